"""Memory estimate of a graph, for the preflight of whoever loads a bundle."""

from __future__ import annotations

from h3ae_mobile.bundle.model import StageMemory
from h3ae_mobile.info.measure import peak_activations
from h3ae_mobile.mobile.builder import MobileGraph

METHOD = "liveness of the graph's tensors, without a runtime's workspace"


def estimate(graph: MobileGraph, bytes_per_value: int) -> StageMemory:
    """Count weights, activations (see `peak_activations`) and the caches that a graph gives.

    Parameters
    ----------
    bytes_per_value : int
        4 for fp32, 2 for fp16.
    """
    module, spec = graph.module, graph.spec
    constants = (*module.parameters(), *module.buffers())
    activations = peak_activations(module, [tensor.shape for tensor in spec.inputs])
    return StageMemory(
        weights=sum(tensor.numel() for tensor in constants) * bytes_per_value,
        activations=activations * bytes_per_value,
        caches=sum(t.elements for t in spec.outputs if t.kind == "cache") * bytes_per_value,
    )
