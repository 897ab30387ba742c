"""The engines' own runtimes tell the time of every operation, each once and within the call."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from h3ae_mobile.errors import MissingExtraError
from h3ae_profiling.host.operations import PROFILERS, profiler_of
from tests.export import apple

# A stream's step has states in Core AI alone.
GRAPHS = {
    "coreai": ("decoder_frame", "decoder_next"),
    "executorch": ("decoder_frame",),
    "onnx": ("decoder_frame",),
}


@pytest.fixture(scope="module", params=GRAPHS)
def assets(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Graphs as saved for an engine, and what a variant says of them."""
    from h3ae_export.settings import TargetSettings
    from h3ae_export.targets.registry import get_target

    try:
        target = get_target(request.param)
        target.check(TargetSettings())
    except MissingExtraError as error:
        pytest.skip(str(error))
    folder, names = tmp_path_factory.mktemp(request.param) / "files", GRAPHS[request.param]
    files = apple.export(target, TargetSettings(), folder, apple.small_model(), apple.SMALL, *names)
    paths: dict[int, Path] = {id(one.spec): one.path for one in files.exported.values()}
    bundle = SimpleNamespace(
        artifact=lambda target, graph, precision, backend: files.exported[graph].spec,
        path=lambda spec: paths[id(spec)],
        manifest=SimpleNamespace(graphs={name: files.graphs[name].spec for name in names}),
    )
    return SimpleNamespace(bundle=bundle, target=request.param, precision="fp32", backend="")


CONVOLUTIONS = {"coreai": "conv2d", "executorch": "Convolution (NHWC, F32)", "onnx": "Conv"}


def test_a_runtime_tells_every_operation(assets: Any) -> None:
    profiler = profiler_of(assets.target)
    assert profiler is not None
    for graph, spec in assets.bundle.manifest.graphs.items():
        inputs = {one.name: np.zeros(one.shape, np.float32) for one in spec.inputs}
        found = profiler.profile(assets, graph, inputs, 7, None)
        kinds = {one.kind for one in found.operations}
        assert any(kind.startswith(CONVOLUTIONS[assets.target]) for kind in kinds)
        assert not any(kind.startswith(("call.", "coreai.")) for kind in kinds)
        # An operation told twice, or one that contains others, would show here.
        assert len({one.name for one in found.operations}) == len(found.operations)
        assert 0 < sum(one.seconds for one in found.operations) <= found.call_s * 1.05


def test_engines_without_a_profiler_of_operations_say_so() -> None:
    assert set(PROFILERS) == {"executorch", "onnx", "torch", "coreai"}
    assert profiler_of("coreml") is None
