"""Operations on single frames, time folded into the batch."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor


def per_frame(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Apply a function of `(N, C, H, W)` to every frame of `(B, C, T, H, W)`.

    Rank 4 is what 2D operations know: torch's own pixel shuffle fails on rank 5 where the strides
    look like channels-last.
    """
    batch, _, time = x.shape[:3]
    frames = function(x.transpose(1, 2).flatten(0, 1))
    return frames.reshape(batch, time, *frames.shape[1:]).transpose(1, 2)
