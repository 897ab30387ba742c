"""A clip in memory, and its passage to the networks' numbers and back."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video.colour import Colour


@dataclass(frozen=True)
class VideoClip:
    """Frames in memory.

    Parameters
    ----------
    frames : ndarray of shape (T, H, W, 3), uint8, RGB
    fps : Fraction
        Frames per second; 1 for an image.
    colour : Colour
        The encoding of the source. The frames themselves are full-range RGB.
    """

    frames: npt.NDArray[np.uint8]
    fps: Fraction
    colour: Colour

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.frames.shape[1])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.frames.shape[2])


def to_tensor(frames: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Turn frames into the networks' input.

    Parameters
    ----------
    frames : ndarray of shape (T, H, W, 3), uint8

    Returns
    -------
    ndarray of shape (1, 3, T, H, W), float32 in [-1, 1], contiguous

    Raises
    ------
    H3AEError
        If the array is no clip.
    """
    check_frames(frames)
    tensor = np.ascontiguousarray(frames.transpose(3, 0, 1, 2)[None]).astype(np.float32)
    tensor /= np.float32(127.5)
    tensor -= np.float32(1)
    return tensor


def from_tensor(tensor: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Turn the networks' output into frames: clipped to [-1, 1] and rounded.

    Parameters
    ----------
    tensor : ndarray of shape (1, 3, T, H, W) or (3, T, H, W)

    Returns
    -------
    ndarray of shape (T, H, W, 3), uint8, contiguous

    Raises
    ------
    H3AEError
        If the shape is another, or a value is not finite.
    """
    if tensor.ndim == 5 and tensor.shape[0] == 1:
        tensor = tensor[0]
    if tensor.ndim != 4 or tensor.shape[0] != 3:
        raise H3AEError(f"a video tensor is (1, 3, T, H, W), not {tensor.shape}")
    return np.ascontiguousarray(quantise(tensor).transpose(1, 2, 3, 0))


def quantise(values: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Map [-1, 1] to 0..255, clipped and rounded, whatever the layout.

    Raises
    ------
    H3AEError
        If a value is not finite: an fp16 overflow must not pass for a black picture.
    """
    if not np.isfinite(values).all():
        raise H3AEError(
            "the decoded video holds values that are not finite", "an overflow in fp16 is likely"
        )
    scaled = (np.clip(values, -1, 1).astype(np.float32) + np.float32(1)) * np.float32(127.5)
    return np.rint(scaled).astype(np.uint8)


def check_frames(frames: npt.NDArray[np.uint8]) -> None:
    """Refuse an array that is not (T, H, W, 3) in uint8 with at least one frame."""
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not frames.size:
        raise H3AEError(f"a clip is (T, H, W, 3) in uint8, not {frames.shape} in {frames.dtype}")
