"""Scores that need no downloaded weights: PSNR, SSIM and VMAF.

All compare 8-bit frames, which is what a person sees, and average over frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray

from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.video.psnr import frame_psnr

Frames = NDArray[np.uint8]

# What a PSNR of equal frames counts as in a mean.
EQUAL_DB = 100.0
LUMA = (0.2126, 0.7152, 0.0722)
# VMAF's filters need that many pixels.
SMALLEST_VMAF_SIDE = 64


@dataclass(frozen=True)
class Scores:
    """Scores of one clip.

    Attributes
    ----------
    psnr_db : float
        Mean over frames of the PSNR of all three channels.
    ssim : float
        Mean over frames, Gaussian window of 11 pixels, sigma 1.5.
    vmaf : float or None
        None where the frames are too small.
    frames : int
        Number of frames.
    """

    psnr_db: float
    ssim: float
    vmaf: float | None
    frames: int


def check_packages() -> None:
    """Raise MissingExtraError if clips cannot be scored here; for a word before long work."""
    for package, purpose in (("torchmetrics", "SSIM"), ("vmaf_torch", "VMAF")):
        if find_spec(package) is None:
            raise MissingExtraError(package.replace("_", "-"), "evaluate", purpose)


def score_clip(original: Frames, reconstruction: Frames) -> Scores:
    """Score a reconstruction.

    Parameters
    ----------
    original, reconstruction : ndarray of shape (T, H, W, 3), uint8

    Raises
    ------
    H3AEError
        If the two differ in shape, or a package is not installed.
    """
    check_packages()
    if original.shape != reconstruction.shape:
        raise H3AEError(
            f"a clip of shape {list(reconstruction.shape)} cannot be compared with one of "
            f"{list(original.shape)}"
        )
    psnr = np.minimum(frame_psnr(original, reconstruction), EQUAL_DB)
    return Scores(
        psnr_db=float(psnr.mean()),
        ssim=ssim(original, reconstruction),
        vmaf=vmaf(original, reconstruction),
        frames=len(original),
    )


def ssim(original: Frames, reconstruction: Frames) -> float:
    """Return the structural similarity, averaged over frames."""
    from torchmetrics.image import StructuralSimilarityIndexMeasure

    metric = StructuralSimilarityIndexMeasure(data_range=255.0)
    for one, other in zip(reconstruction, original, strict=True):
        metric.update(_planes(one), _planes(other))
    return float(torch.as_tensor(metric.compute()))


def vmaf(original: Frames, reconstruction: Frames) -> float | None:
    """Return VMAF (version 0.6.1, not clipped) of the luma, averaged over frames."""
    if min(original.shape[1:3]) < SMALLEST_VMAF_SIDE:
        return None
    from vmaf_torch import VMAF

    with torch.inference_mode():
        model = VMAF(temporal_pooling=True, enable_motion=len(original) > 1)
        return float(model(_luma(original), _luma(reconstruction)))


def _planes(frame: Frames) -> torch.Tensor:
    return torch.from_numpy(frame.transpose(2, 0, 1)[None].astype(np.float32))


def _luma(frames: Frames) -> torch.Tensor:
    """Return `(T, 1, H, W)` in [0, 255], limited range as VMAF was trained on."""
    full = frames.astype(np.float32) @ np.asarray(LUMA, np.float32)
    return torch.from_numpy(16 + full * (219 / 255))[:, None]
