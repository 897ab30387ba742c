"""torch, eager: the mobile graphs of a bundle with the weights that it was exported from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from h3ae_mobile.bundle import Bundle
from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import GraphBuilder, MobileGraph
from h3ae_mobile.mobile.options import MobileOptions
from h3ae_profiling.decode import Decode
from h3ae_profiling.graphs import build_graph, extent_of
from h3ae_profiling.host.weights import bundle_model


class TorchSession:
    """A mobile graph as a module of torch."""

    def __init__(self, graph: MobileGraph, threads: int | None) -> None:
        self.graph: MobileGraph | None = graph
        if threads is not None:
            torch.set_num_threads(threads)

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph once."""
        if self.graph is None:
            raise H3AEError("the session is closed")
        spec = self.graph.spec
        with torch.inference_mode():
            outputs = self.graph.module(*tensors(self.graph, inputs))
        return {one.name: value.numpy() for one, value in zip(spec.outputs, outputs, strict=True)}

    def reset(self) -> None:
        """Nothing: caches are inputs and outputs."""

    def close(self) -> None:
        """Give the weights back."""
        self.graph = None


@dataclass(frozen=True)
class TorchVariant:
    """What a bundle's artifacts are to other engines: its graphs, traced from nothing.

    Attributes
    ----------
    model : str, optional
        Checkpoint or preset with the weights; by default the preset of the model's name.
    """

    bundle: Bundle
    decode: Decode
    model: str | None = None
    target: str = "torch"
    backend: str = "eager"
    precision: str = "fp32"

    def open_session(self, graph: str, threads: int | None = None) -> TorchSession:
        """Load the weights and build a graph."""
        manifest = self.bundle.manifest
        options = MobileOptions(
            "fp32", self.decode.window or MobileOptions().window, native_shuffle=True
        )
        network = bundle_model(manifest, self.model)
        builder = GraphBuilder(network, extent_of(manifest, self.decode), options)
        return TorchSession(build_graph(builder, graph), threads)


def tensors(graph: MobileGraph, inputs: Arrays) -> list[torch.Tensor]:
    """Return the inputs of a graph in its order."""
    return [torch.from_numpy(np.array(inputs[one.name])) for one in graph.spec.inputs]
