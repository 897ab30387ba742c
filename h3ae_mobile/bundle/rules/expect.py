"""What a graph must look like to stand in its place of the schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from h3ae_mobile.bundle.fields import violation
from h3ae_mobile.bundle.tensors import Graph, Kind, TensorSpec

if TYPE_CHECKING:
    from h3ae_mobile.bundle.manifest import Manifest

Side = Literal["inputs", "outputs"]

# What may enter a graph of each role; anything else would stay unfed.
INPUT_KINDS: dict[str, frozenset[Kind]] = {
    "temporal": frozenset({"latents", "condition"}),
    "frame": frozenset({"features", "condition"}),
    "first": frozenset({"latents", "condition"}),
    "next": frozenset({"latents", "condition", "cache"}),
    "encoder": frozenset({"video"}),
    "image_encoder": frozenset({"image"}),
}


def graph_of_role(manifest: Manifest, name: str, where: str, role: str) -> Graph:
    """Return the graph that the field `where` names; it must have `role` and only fed inputs."""
    graph = manifest.graphs.get(name)
    if graph is None:
        raise violation("manifest.reference", f"{where}: no graph {name!r}")
    if graph.role != role:
        raise violation(
            "manifest.reference", f"{where}: {name!r} has role {graph.role!r}, not {role!r}"
        )
    for tensor in graph.inputs:
        if tensor.kind not in INPUT_KINDS[role]:
            raise violation(
                "manifest.reference",
                f"graphs.{name}.inputs: nothing feeds {tensor.name!r} of kind {tensor.kind!r}",
            )
    return graph


def expect(name: str, graph: Graph, side: Side, kind: Kind, shape: tuple[int, ...]) -> None:
    """Require exactly one tensor of that kind, of layout TCHW and that shape."""
    tensor = only(name, graph, side, kind)
    expect_shape(f"graphs.{name}.{side}: {tensor.name!r}", tensor.shape, shape)


def expect_features(name: str, graph: Graph, frames: int) -> TensorSpec:
    """Require one output of features for `frames` frames and return it."""
    features = only(name, graph, "outputs", "features")
    where = f"graphs.{name}.outputs: {features.name!r}"
    expect_shape(where, features.shape, (frames, *features.shape[1:]))
    return features


def only(name: str, graph: Graph, side: Side, kind: Kind) -> TensorSpec:
    """Return the one input or output of that kind, which has layout TCHW."""
    tensors = graph.inputs if side == "inputs" else graph.outputs
    found = [tensor for tensor in tensors if tensor.kind == kind]
    if len(found) != 1:
        raise violation(
            "manifest.reference",
            f"graphs.{name}.{side} hold {len(found)} tensors of kind {kind!r}, not one",
        )
    if found[0].layout != "TCHW":
        raise violation(
            "manifest.shape",
            f"graphs.{name}.{side}: {found[0].name!r} has layout {found[0].layout!r}, not 'TCHW'",
        )
    return found[0]


def expect_shape(where: str, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    """Require a shape."""
    if shape != expected:
        raise violation(
            "manifest.shape", f"{where} has shape {list(shape)}, expected {list(expected)}"
        )
