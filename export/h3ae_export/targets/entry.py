"""One function of a file to be: a module, and what its converter must know of its edges."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.export import ExportedProgram

from h3ae_export.targets.stateful import StatefulStep
from h3ae_mobile.bundle.tensors import TensorSpec
from h3ae_mobile.mobile.builder import MobileGraph


@dataclass(frozen=True)
class Entry:
    """A function of a file.

    Attributes
    ----------
    module : nn.Module
        Takes `inputs`, returns `outputs`, in their order.
    states : tuple of TensorSpec
        Buffers of the module that the runtime is to keep between calls.
    """

    module: nn.Module
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    states: tuple[TensorSpec, ...] = ()

    def trace(
        self, decompositions: Mapping[Any, Any], dtype: torch.dtype = torch.float32
    ) -> ExportedProgram:
        """Return the graph of the module's operations, for inputs of `dtype`.

        `decompositions` is the converter's table of operations to take apart.
        """
        # Zeros: tracing sees shapes alone.
        inputs = tuple(torch.zeros(tensor.shape, dtype=dtype) for tensor in self.inputs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of torch, about itself
            return torch.export.export(self.module, inputs).run_decompositions(dict(decompositions))


def make_entry(graph: MobileGraph, *, state_dtype: torch.dtype | None = None) -> Entry:
    """Return the function of a graph.

    Parameters
    ----------
    graph : MobileGraph
        What to export.
    state_dtype : torch.dtype, optional
        Of states that take the place of the graph's caches, where it has any; None leaves the
        caches inputs and outputs.
    """
    spec = graph.spec
    if state_dtype is None or not spec.caches:
        return Entry(graph.module, spec.inputs, spec.outputs)
    given = {cache.output for cache in spec.caches}
    return Entry(
        StatefulStep(graph, state_dtype),
        tuple(tensor for tensor in spec.inputs if tensor.kind != "cache"),
        tuple(tensor for tensor in spec.outputs if tensor.name not in given),
        tuple(tensor for tensor in spec.inputs if tensor.kind == "cache"),
    )
