"""What a codec must beat: resizing every frame to about as many numbers as its latents hold."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.frames import FrameLaw
from h3ae_mobile.video import Size

Array = NDArray[np.float32]


class ResizeCodec:
    """Scales frames down (bicubic, antialiased) and up again (bicubic).

    A clip keeps its frames. Their sides shrink by one factor, and are rounded up: rounding is in
    the baseline's favour.

    Parameters
    ----------
    config : AutoencoderConfig
        Whose latents set the budget.
    size : (int, int)
        Height and width of the clips.
    """

    def __init__(self, config: AutoencoderConfig, size: Size) -> None:
        self.config = config
        self.size = size

    def encode(self, video: Array) -> Array:
        """Scale `[T, 3, H, W]` down to `[T, 3, h, w]`."""
        return _resize(video, self.small(len(video)))

    def frames(self, latents: Array, *, image: Array | None = None) -> Iterator[Array]:
        """Yield the frames scaled up; an `image` says nothing to it."""
        yield from _resize(latents, self.size).clip(-1, 1)

    def small(self, frames: int) -> Size:
        """Return the height and width that a clip of so many frames is scaled down to."""
        time, *space = self.config.compression
        positions = math.prod(n // s for n, s in zip(self.size, space, strict=True))
        numbers = self.config.latent_channels * FrameLaw(time).latents(frames) * positions
        factor = math.sqrt(numbers / (frames * 3 * math.prod(self.size)))
        height, width = (math.ceil(side * factor) for side in self.size)
        return height, width


def _resize(video: Array, size: Size) -> Array:
    scaled = F.interpolate(
        torch.from_numpy(np.ascontiguousarray(video)), size, mode="bicubic", antialias=True
    )
    result: Array = scaled.numpy()
    return result
