"""State outside the networks: one chunk's passage through a causal network.

A causal network that is fed chunk by chunk needs the last input frames of every temporal layer.
The layers do not keep them. Each takes its own from the `Chunk` that travels with the tensor and
gives back what the next chunk will need, always in the order of traversal, so that the caches are
a plain tuple of tensors: easy to detach, to store, or to make inputs and outputs of a graph.

    caches = None                                   # the first chunk
    for x in chunks:
        chunk = Chunk(caches)
        y = network(x, chunk)
        caches = chunk.caches
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from h3ae_mobile.errors import H3AEError

Caches = tuple[Tensor, ...]


class Chunk:
    """Hands every temporal layer its cache and collects the next ones.

    Parameters
    ----------
    caches : sequence of Tensor, optional
        What the previous chunk left behind. None says that this is the first chunk, told
        explicitly and never inferred from a shape: causal padding repeats the first frame and
        temporal upsampling drops the frames before it.
    keep : bool
        Whether a further chunk follows. If not, nothing is collected, and nothing is kept alive.
    """

    def __init__(self, caches: Sequence[Tensor] | None = None, *, keep: bool = True) -> None:
        self.first = caches is None
        self.keep = keep
        self._given: list[Tensor] = []
        self._incoming = iter(caches or ())

    def take(self) -> Tensor:
        """Return the cache of the layer that asks. Not to be called on the first chunk."""
        try:
            return next(self._incoming)
        except StopIteration:
            raise H3AEError("the caches belong to another network: there are too few") from None

    def give(self, cache: Tensor) -> None:
        """Leave what this layer will need at the next chunk."""
        if self.keep:
            self._given.append(cache)

    @property
    def caches(self) -> Caches:
        """The collected caches, in the order of traversal."""
        return tuple(self._given)
