"""Convolutions of one frame each, for delegates that know no batch.

Vulkan convolves a batch of one alone. A mobile graph carries time in the batch, so that every
convolution over T frames becomes T convolutions between a split and a concatenation.
"""

from __future__ import annotations

import torch
from torch import Tensor, fx
from torch.export import ExportedProgram

_CONV2D = torch.ops.aten.conv2d.default


def unroll_batches(program: ExportedProgram, inputs: tuple[Tensor, ...]) -> ExportedProgram:
    """Return the program with every convolution applied frame by frame."""
    module = program.module()
    if not isinstance(module, fx.GraphModule):
        return program
    for node in list(module.graph.nodes):
        if node.target is _CONV2D and node.meta["val"].shape[0] > 1:
            _unroll(module.graph, node)
    module.graph.lint()
    module.recompile()
    return torch.export.export(module, inputs, strict=False)


def _unroll(graph: fx.Graph, node: fx.Node) -> None:
    frames = node.meta["val"].shape[0]
    batch, *rest = node.args
    with graph.inserting_before(node):
        outputs = []
        for frame in range(frames):
            one = graph.call_function(torch.ops.aten.slice.Tensor, (batch, 0, frame, frame + 1))
            outputs.append(graph.call_function(_CONV2D, (one, *rest), dict(node.kwargs)))
        joined = graph.call_function(torch.ops.aten.cat.default, (outputs, 0))
    node.replace_all_uses_with(joined)
    graph.erase_node(node)
