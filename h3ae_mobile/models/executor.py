"""One executor for whole and chunked passes, encoder and decoder alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.chunk import Caches, Chunk

Plan = Sequence[int]


def iterate(
    network: Callable[[Tensor, Chunk], Tensor], x: Tensor, plan: Plan | None = None
) -> Iterator[Tensor]:
    """Feed `x` to a causal network chunk by chunk and yield what comes out.

    Any plan gives, concatenated, what the whole pass gives; only the memory differs.

    Parameters
    ----------
    network : callable
        Maps `(B, C, n, H, W)` and a `Chunk` to its output.
    x : Tensor
        `(B, C, T, H, W)`.
    plan : sequence of int, optional
        Frames of every chunk; they must add up to T. None is one chunk of all frames.
    """
    frames = x.shape[2]
    plan = [frames] if plan is None else list(plan)
    if not plan or sum(plan) != frames or any(n < 1 for n in plan):
        raise H3AEError(f"the plan {plan} does not add up to {frames} frames")
    caches: Caches | None = None
    start = 0
    for index, count in enumerate(plan):
        chunk = Chunk(caches, keep=index + 1 < len(plan))
        yield network(x[:, :, start : start + count], chunk)
        # Caches are views of whole activations; a copy lets those go.
        caches = tuple(cache.clone() for cache in chunk.caches)
        start += count


def run(network: Callable[[Tensor, Chunk], Tensor], x: Tensor, plan: Plan | None = None) -> Tensor:
    """Concatenate what `iterate` yields, over time."""
    return torch.cat(list(iterate(network, x, plan)), dim=2)
