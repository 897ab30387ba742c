"""The engines' own runtimes tell the time of every operation, each once and within the call."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_profiling.host import protocol
from h3ae_profiling.host.operations import PROFILERS, profiler_of
from h3ae_profiling.host.placement import METHOD, count
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
        # No upper bound: this graph takes a quarter of a millisecond, and tests are not timed.
    assert sum(one.seconds for one in found.operations) > 0


class MLCPUComputeDevice:
    """As coremltools calls it."""


class MLNeuralEngineComputeDevice:
    """As coremltools calls it."""


class Plan:
    """A compute plan as coremltools documents it: a constant, two convolutions, a copy."""

    PLACED = (None, MLNeuralEngineComputeDevice, MLNeuralEngineComputeDevice, MLCPUComputeDevice)
    COSTS = (None, 0.5, 0.25, None)

    def __init__(self) -> None:
        block = SimpleNamespace(operations=range(4))
        functions = {"decode": SimpleNamespace(block=block)}
        self.model_structure = SimpleNamespace(program=SimpleNamespace(functions=functions))

    def get_compute_device_usage_for_mlprogram_operation(self, one: int) -> Any:
        device = self.PLACED[one]
        return device and SimpleNamespace(preferred_compute_device=device())

    def get_estimated_cost_for_mlprogram_operation(self, one: int) -> Any:
        cost = self.COSTS[one]
        return cost and SimpleNamespace(weight=cost)


def test_core_mls_plan_is_counted_by_unit() -> None:
    found = count(Plan(), "decode")
    assert found == [
        {"unit": "neural_engine", "operations": 2, "cost": 0.75},
        {"unit": "cpu", "operations": 1, "cost": 0.0},
    ]
    answer = {"method": METHOD, "items": [{"graph": "decoder_frame", **one} for one in found]}
    worker = SimpleNamespace(contender=SimpleNamespace(label="x"), ask=lambda request: answer)
    told = protocol._placement(cast(Any, worker), lambda line: None)
    assert told is not None
    assert [(one.unit, one.cost) for one in told.items] == [("neural_engine", 0.75), ("cpu", 0.0)]


def test_a_plan_that_cannot_be_had_costs_no_report() -> None:
    def refuse(request: str) -> Any:
        raise H3AEError("MLComputePlan is not supported")

    worker = SimpleNamespace(contender=SimpleNamespace(label="x"), ask=refuse)
    told: list[str] = []
    assert protocol._placement(cast(Any, worker), told.append) is None
    assert told[-1] == "x: no placement: MLComputePlan is not supported"


def test_engines_without_a_profiler_of_operations_say_so() -> None:
    assert set(PROFILERS) == {"executorch", "onnx", "torch", "coreai"}
    assert profiler_of("coreml") is None
