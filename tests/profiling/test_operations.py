"""Core AI's own runtime tells the time of every operation; the engines by name."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from h3ae_profiling.host.operations import PROFILERS, profiler_of
from tests.export import apple

GRAPHS = ("decoder_frame", "decoder_next")

needs_coreai = pytest.mark.skipif(
    importlib.util.find_spec("coreai_torch") is None,
    reason="the extra coreai is not installed: Python 3.11, x86-64 Linux or a Mac",
)


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The frame stage and a stream's step with states, as saved; what a variant says of them."""
    from h3ae_export.settings import TargetSettings
    from h3ae_export.targets.coreai import CoreAITarget

    folder = tmp_path_factory.mktemp("coreai") / "files"
    files = apple.export(
        CoreAITarget(), TargetSettings(), folder, apple.small_model(), apple.SMALL, *GRAPHS
    )
    paths: dict[int, Path] = {id(one.spec): one.path for one in files.exported.values()}
    bundle = SimpleNamespace(
        artifact=lambda target, graph, precision, backend: files.exported[graph].spec,
        path=lambda spec: paths[id(spec)],
        manifest=SimpleNamespace(graphs={name: files.graphs[name].spec for name in GRAPHS}),
    )
    return SimpleNamespace(bundle=bundle, target="coreai", precision="fp32", backend="coreai")


@needs_coreai
@pytest.mark.parametrize("graph", GRAPHS)
def test_core_ai_tells_every_operation(assets: Any, graph: str) -> None:
    profiler = profiler_of("coreai")
    assert profiler is not None
    spec = assets.bundle.manifest.graphs[graph]
    inputs = {one.name: np.zeros(one.shape, np.float32) for one in spec.inputs}
    found = profiler.profile(assets, graph, inputs, 2, None)
    kinds = {one.kind for one in found.operations}
    assert "conv2d" in kinds
    assert not any(kind.startswith(("call.", "coreai.")) for kind in kinds)
    assert all(one.seconds > 0 for one in found.operations)
    assert 0 < sum(one.seconds for one in found.operations) <= found.call_s
    assert len({one.name for one in found.operations}) == len(found.operations)


def test_engines_without_a_profiler_of_operations_say_so() -> None:
    assert set(PROFILERS) == {"executorch", "onnx", "torch", "coreai"}
    assert profiler_of("coreml") is None
