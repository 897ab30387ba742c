"""The frame law of a causal video autoencoder: 1 + 8k frames (1 + 4k for 4x16x16)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from h3ae_mobile.errors import H3AEError


@dataclass(frozen=True)
class FrameLaw:
    """One frame, then groups of `temporal` frames a latent.

    Attributes
    ----------
    temporal : int
        Temporal compression: 8, or 4 for 4x16x16.
    """

    temporal: int

    def is_valid(self, frames: int) -> bool:
        """Whether a clip of `frames` frames can be encoded as it is."""
        return frames >= 1 and (frames - 1) % self.temporal == 0

    def nearest(self, frames: int) -> tuple[int, int]:
        """Return the largest valid count not above `frames` and the smallest not below it."""
        below = 1 + max(0, frames - 1) // self.temporal * self.temporal
        return below, below if below >= frames else below + self.temporal

    def padding(self, frames: int) -> int:
        """Frames to add at the end to reach the next valid count."""
        return self.nearest(frames)[1] - frames

    def latents(self, frames: int) -> int:
        """Latent frames of a valid clip."""
        self.check(frames)
        return 1 + (frames - 1) // self.temporal

    def frames(self, latents: int) -> int:
        """Video frames that `latents` latent frames decode to."""
        if latents < 1:
            raise H3AEError(f"{latents} latent frames cannot be decoded")
        return 1 + (latents - 1) * self.temporal

    def check(self, frames: int) -> None:
        """Refuse a count that breaks the law, with the nearest valid ones."""
        if self.is_valid(frames):
            return
        below, above = self.nearest(frames)
        nearest = f"{below} or {above}" if frames > 0 else f"{above}"
        raise H3AEError(
            f"{frames} frames do not fit: a clip has 1 + {self.temporal}k frames",
            f"the nearest counts are {nearest}",
        )


def pad_frames(frames: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint8]:
    """Lengthen a clip by repeating its last frame.

    Stillness is what the network codes best, and a causal network keeps it out of the frames
    before it.

    Parameters
    ----------
    frames : ndarray of shape (T, H, W, 3)
    count : int
        Frames wanted, at least T.

    Returns
    -------
    ndarray of shape (count, H, W, 3)
        `frames` itself if nothing is missing.

    Raises
    ------
    H3AEError
        If `frames` is empty or longer than `count`.
    """
    present = len(frames)
    if not 1 <= present <= count:
        raise H3AEError(f"a clip of {present} frames cannot be padded to {count}")
    if present == count:
        return frames
    return np.concatenate([frames, np.repeat(frames[-1:], count - present, axis=0)])
