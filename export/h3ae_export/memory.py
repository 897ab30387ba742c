"""Memory estimate of a graph: weights, and the largest sum of activations alive at once."""

from __future__ import annotations

import torch
from torch.fx import Node

from h3ae_mobile.bundle.model import StageMemory
from h3ae_mobile.mobile.builder import MobileGraph

METHOD = "liveness of the exported graph, without a runtime's workspace"

# Outputs that share the memory of their input.
_VIEWS = {
    torch.ops.aten.view.default,
    torch.ops.aten.reshape.default,
    torch.ops.aten.slice.Tensor,
    torch.ops.aten.permute.default,
    torch.ops.aten.transpose.int,
    torch.ops.aten.unsqueeze.default,
    torch.ops.aten.squeeze.dims,
}


def estimate(graph: MobileGraph, bytes_per_value: int) -> StageMemory:
    """Walk the exported graph and add up what is alive.

    Parameters
    ----------
    bytes_per_value : int
        4 for fp32, 2 for fp16.
    """
    program = torch.export.export(graph.module, graph.example_inputs())
    nodes = list(program.graph.nodes)
    roots = {node: _root(node) for node in nodes}
    last_use: dict[Node, int] = {}
    for index, node in enumerate(nodes):
        for used in (node, *node.all_input_nodes):
            last_use[roots[used]] = index
    weights = {
        name
        for name, spec in ((spec.arg.name, spec) for spec in program.graph_signature.input_specs)
        if spec.kind.name in ("PARAMETER", "BUFFER", "CONSTANT_TENSOR")
    }
    alive = peak = weight_bytes = 0
    frees: dict[int, int] = {}
    for index, node in enumerate(nodes):
        values = _values(node) * bytes_per_value
        if node.op == "placeholder" and node.name in weights:
            weight_bytes += values
            continue
        if node.op in ("placeholder", "call_function") and roots[node] is node:
            alive += values
            frees[last_use[node]] = frees.get(last_use[node], 0) + values
        peak = max(peak, alive)
        alive -= frees.pop(index, 0)
    caches = sum(tensor.elements for tensor in graph.spec.outputs if tensor.kind == "cache")
    return StageMemory(weights=weight_bytes, activations=peak, caches=caches * bytes_per_value)


def _root(node: Node) -> Node:
    """Return the node whose memory this one shows."""
    while node.op == "call_function" and node.target in _VIEWS:
        node = node.all_input_nodes[0]
    return node


def _values(node: Node) -> int:
    value = node.meta.get("val")
    return value.numel() if isinstance(value, torch.Tensor) else 0
