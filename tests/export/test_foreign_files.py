"""Files that are not what their manifest says: one line and a failure, in every runtime."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from torch import Tensor, nn

from h3ae_export.inspection import open_inspected
from h3ae_export.settings import TargetSettings
from h3ae_export.targets.registry import get_target
from h3ae_mobile.bundle.tensors import Graph, Kind, TensorSpec
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import MobileGraph


class Doubled(nn.Module):
    """Two inputs, two outputs."""

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return a * 2.0 + b, a - b


def edge(name: str, shape: tuple[int, ...], kind: Kind) -> TensorSpec:
    return TensorSpec(name=name, shape=shape, dtype="float32", layout="TCHW", kind=kind)


SHAPE = (1, 3, 8, 8)
GRAPH = Graph(
    role="frame",
    inputs=(edge("features", SHAPE, "features"), edge("feature_0", SHAPE, "condition")),
    outputs=(edge("frames", SHAPE, "frames"), edge("more", SHAPE, "features")),
)


def without(side: str, name: str) -> Graph:
    kept = [tensor for tensor in getattr(GRAPH, side) if tensor.name != name]
    return GRAPH.model_copy(update={side: tuple(kept)})


def changed(side: str, **update: object) -> Graph:
    first, *others = getattr(GRAPH, side)
    return GRAPH.model_copy(update={side: (first.model_copy(update=update), *others)})


# What the manifest says of the file above.
CLAIMS = {
    "another output": changed("outputs", name="pixels"),
    "one output more": GRAPH.model_copy(
        update={"outputs": (*GRAPH.outputs, edge("third", SHAPE, "cache"))}
    ),
    "another shape": changed("outputs", shape=(1, 3, 8, 4)),
    "one input less": without("inputs", "feature_0"),
    "another input": changed("inputs", name="latents"),
    "wider inputs": changed("inputs", shape=(1, 3, 8, 16)),
    "another type": changed("inputs", dtype="int32"),
}
# Values are cast to what the graph states; a program of methods has no names at all.
HARMLESS = {
    ("executorch", "another output"),
    ("executorch", "another input"),
}


@pytest.fixture(scope="module", params=["onnx", "executorch", "coreml"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable:
    """A file of one graph, opened as another."""
    name = request.param
    pytest.importorskip({"coreml": "coremltools", "onnx": "onnxscript"}.get(name, name))
    target, folder = get_target(name), tmp_path_factory.mktemp(name)
    graph = MobileGraph("decoder_frame", Doubled().eval(), GRAPH)
    (exported,) = target.export([graph], TargetSettings(), folder, lambda line: None)

    def run(claimed: Graph) -> dict[str, np.ndarray]:
        session = open_inspected(target, exported, claimed)
        inputs = {one.name: np.ones(one.shape, one.dtype) for one in claimed.inputs}
        return session.run(inputs)

    run.target = name  # type: ignore[attr-defined]
    return run


def test_a_file_that_keeps_its_promises_runs(saved: Callable) -> None:
    outputs = saved(GRAPH)
    np.testing.assert_allclose(outputs["frames"], np.full(SHAPE, 3.0), rtol=1e-6)


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_file_that_breaks_them_is_one_line(claim: str, saved: Callable) -> None:
    if (saved.target, claim) in HARMLESS:  # type: ignore[attr-defined]
        saved(CLAIMS[claim])
        return
    with pytest.raises(H3AEError) as caught:
        saved(CLAIMS[claim])
    assert "\n" not in str(caught.value)
