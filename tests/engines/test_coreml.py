"""Core ML's engine against a stand-in for Core ML, which no machine but a Mac has."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Cache, Graph, TensorSpec
from h3ae_mobile.engines.coreml import CoreMLEngine
from h3ae_mobile.errors import H3AEError, MissingExtraError


class StandInState:
    def __init__(self) -> None:
        self.buffers: dict[str, np.ndarray] = {}

    def write_state(self, name: str, array: np.ndarray) -> None:
        assert array.dtype == np.float32
        self.buffers[name] = array.copy()


class StandInModel:
    """Adds one to its input, or its state to it; makes a picture where `frames` come out."""

    def __init__(self, path: str, compute_units: str, function_name: str | None) -> None:
        if "broken" in path:
            raise RuntimeError("error code -14")
        self.arguments = (compute_units, function_name)

    def make_state(self) -> StandInState:
        return StandInState()

    def predict(self, inputs: dict[str, np.ndarray], state: StandInState | None) -> dict[str, Any]:
        (value,) = inputs.values()
        assert value.dtype == np.float16
        if (value < 0).any():
            raise RuntimeError("no negative numbers")
        if value.shape[-1] == 4:
            return {"frames": Image.new("RGBA", (4, 2), (0, 255, 51, 255))}
        if state is None:
            return {"features": value + 1}
        state.buffers["cache_in"] = state.buffers["cache_in"] + value
        return {"features": state.buffers["cache_in"].astype(np.float16)}


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> None:
    coremltools = ModuleType("coremltools")
    coremltools.models = ModuleType("models")
    coremltools.models.MLModel = StandInModel
    units = ("ALL", "CPU_ONLY", "CPU_AND_GPU", "CPU_AND_NE")
    coremltools.ComputeUnit = {name: name for name in units}
    monkeypatch.setitem(sys.modules, "coremltools", coremltools)
    monkeypatch.setattr("platform.system", lambda: "Darwin")


def tensor(name: str, kind: str, shape: tuple[int, ...] = (1, 1, 2, 2)) -> TensorSpec:
    return TensorSpec(name=name, shape=shape, dtype="float32", layout="TCHW", kind=kind)


def artifact(**changes: Any) -> ArtifactSpec:
    fields = {
        "target": "coreml",
        "backend": "mlprogram",
        "graph": "decoder_next",
        "precision": "fp16",
        "io_dtype": "float16",
        "entry": "decoder_next",
        "compute_units": "cpuAndNeuralEngine",
    }
    return ArtifactSpec(**(fields | changes))


LATENTS, FEATURES = tensor("latents", "latents"), tensor("features", "features")
STEP = Graph(
    role="next",
    inputs=(LATENTS, tensor("cache_in", "cache")),
    outputs=(FEATURES, tensor("cache_out", "cache")),
    caches=(Cache(input="cache_in", output="cache_out"),),
)
PLAIN = Graph(role="temporal", inputs=(LATENTS,), outputs=(FEATURES,))


@pytest.mark.usefixtures("mac")
def test_arrays_units_and_functions_reach_core_ml() -> None:
    session = CoreMLEngine().open(Path("a.mlpackage"), artifact(), PLAIN)
    assert session._program._model.arguments == ("CPU_AND_NE", "decoder_next")
    outputs = session.run({"latents": np.full((1, 1, 2, 2), 2, np.float32)})
    assert outputs["features"].dtype == np.float32
    np.testing.assert_array_equal(outputs["features"], 3)
    single = CoreMLEngine().open(
        Path("a.mlpackage"), artifact(entry="main", compute_units=None), PLAIN
    )
    assert single._program._model.arguments == ("ALL", None)


@pytest.mark.usefixtures("mac")
def test_a_state_begins_with_the_caches_of_the_first_step() -> None:
    session = CoreMLEngine().open(Path("a.mlpackage"), artifact(states=("cache_in",)), STEP)
    ones = np.ones((1, 1, 2, 2), np.float32)
    sums = [session.run({"latents": ones, "cache_in": 10 * ones})]
    sums += [session.run({"latents": ones}) for _ in range(2)]
    assert [one["features"][0, 0, 0, 0] for one in sums] == [11, 12, 13]
    assert all(list(one) == ["features"] for one in sums)
    session.reset()
    with pytest.raises(H3AEError, match="has not begun"):
        session.run({"latents": ones})


@pytest.mark.usefixtures("mac")
def test_a_picture_comes_back_as_a_frame() -> None:
    graph = Graph(
        role="frame",
        inputs=(tensor("features", "features", (1, 1, 2, 4)),),
        outputs=(tensor("frames", "frames", (1, 3, 2, 4)),),
    )
    session = CoreMLEngine().open(Path("a.mlpackage"), artifact(image_outputs=("frames",)), graph)
    frames = session.run({"features": np.zeros((1, 1, 2, 4), np.float32)})["frames"]
    assert frames.shape == (1, 3, 2, 4)
    np.testing.assert_allclose(frames[0, :, 0, 0], [-1, 1, -0.6], atol=1e-6)


@pytest.mark.usefixtures("mac")
def test_failures_of_core_ml_are_one_line() -> None:
    engine = CoreMLEngine()
    with pytest.raises(H3AEError, match=r"cannot load broken\.mlpackage: error code -14"):
        engine.open(Path("broken.mlpackage"), artifact(), PLAIN)
    session = engine.open(Path("a.mlpackage"), artifact(), PLAIN)
    with pytest.raises(H3AEError, match=r"cannot run a\.mlpackage: no negative"):
        session.run({"latents": np.full((1, 1, 2, 2), -1, np.float32)})


def test_other_machines_are_told_where_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert "on a Mac" in (CoreMLEngine().obstacle(artifact()) or "")
    with pytest.raises(H3AEError, match="on a Mac only"):
        CoreMLEngine().open(Path("a.mlpackage"), artifact(), PLAIN)
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setitem(sys.modules, "coremltools", None)
    with pytest.raises(MissingExtraError, match="coremltools"):
        CoreMLEngine().open(Path("a.mlpackage"), artifact(), PLAIN)
