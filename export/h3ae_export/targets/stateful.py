"""A stream's step whose caches are buffers: what converters turn into states of their runtimes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from h3ae_mobile.mobile.builder import MobileGraph


class StatefulStep(nn.Module):
    """The `next` step of a stream, with every cache input as a mutated buffer of that name.

    Parameters
    ----------
    graph : MobileGraph
        Takes its caches after all other inputs, and returns them after all other outputs.
    dtype : torch.dtype
        Of the buffers; the step keeps its own.
    """

    def __init__(self, graph: MobileGraph, dtype: torch.dtype) -> None:
        super().__init__()
        self.step = graph.module
        self.names = tuple(cache.input for cache in graph.spec.caches)
        shapes = {tensor.name: tensor.shape for tensor in graph.spec.inputs}
        for name in self.names:
            self.register_buffer(name, torch.zeros(shapes[name], dtype=dtype))

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Map the inputs that are no caches to the outputs that are none."""
        buffers = [self.get_buffer(name) for name in self.names]
        results = self.step(*inputs, *(buffer.to(inputs[0].dtype) for buffer in buffers))
        caches = results[-len(buffers) :]
        for buffer, cache in zip(buffers, caches, strict=True):
            buffer.copy_(cache)
        return tuple(results[: -len(buffers)])
