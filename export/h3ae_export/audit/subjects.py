"""What the command audits: the reference decoder, or the graphs as they would be exported.

Each comes with real inputs: a clip encoded by the reference, and what one graph hands the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from h3ae_export.reference import Reference
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.mobile.builder import MobileGraph
from h3ae_mobile.models.autoencoder import VideoAutoencoder

Inputs = tuple[Tensor, ...]

# The frame stage would be run for every frame; its range is told by the first, a middle, the last.
CALLS = 3


@dataclass(frozen=True)
class Subject:
    """A network with real inputs, one tuple a call.

    Attributes
    ----------
    graph : str
        Its name.
    """

    graph: str
    module: nn.Module
    batches: Sequence[Inputs]


class ReferenceDecoder(nn.Module):
    """The decoder as trained: normalised latents `(1, Z, T', H', W')` to video."""

    def __init__(self, model: VideoAutoencoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, latents: Tensor) -> Tensor:
        """Decode in one pass."""
        return self.model.decode(self.model.denormalise(latents))


def reference_subjects(model: VideoAutoencoder, reference: Reference) -> Iterator[Subject]:
    """Yield the reference decoder."""
    latents = torch.from_numpy(reference.latents).transpose(0, 1)[None].contiguous()
    yield Subject("reference_decoder", ReferenceDecoder(model), [(latents,)])


def mobile_subjects(graphs: Sequence[MobileGraph], reference: Reference) -> Iterator[Subject]:
    """Yield the graphs, each fed with what the ones before it gave."""
    pool = {
        "latents": torch.from_numpy(reference.latents),
        "video": torch.from_numpy(reference.video),
        "image": torch.from_numpy(reference.image),
    }
    # Conditions come from the image encoder.
    for graph in sorted(graphs, key=lambda each: each.spec.role != "image_encoder"):
        batches = _batches(graph.spec, pool)
        yield Subject(graph.name, graph.module, batches)
        with torch.no_grad():
            outputs = graph.module(*batches[0])
        names = (tensor.name for tensor in graph.spec.outputs)
        pool |= {
            name: tensor
            for name, tensor in zip(names, outputs, strict=True)
            if name not in ("latents", "frames")
        }


def _batches(spec: Graph, pool: dict[str, Tensor]) -> list[Inputs]:
    """Return the inputs of a few calls, spread over the frames that the pool has."""
    sources = {cache.input: cache.output for cache in spec.caches}
    tensors = [pool[sources.get(tensor.name, tensor.name)] for tensor in spec.inputs]
    if spec.role == "next":
        tensors[0] = tensors[0][1:] if len(tensors[0]) > 1 else tensors[0]
    count = spec.inputs[0].shape[0]
    last = 0 if spec.caches else len(tensors[0]) // count - 1
    calls = sorted({last * index // (CALLS - 1) for index in range(CALLS)})
    return [(tensors[0][call * count : (call + 1) * count], *tensors[1:]) for call in calls]
