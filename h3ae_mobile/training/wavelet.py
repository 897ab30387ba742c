"""The wavelet loss of Tab. 5: L1 between the detail bands of a 3D Haar transform."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor
from torch.nn import functional as F


def haar_3d(video: Tensor) -> Tensor:
    """Split `(B, C, T, H, W)` into 8 orthonormal bands `(B, 8, C, T/2, H/2, W/2)`, low first.

    An odd length is filled up by repeating its end.
    """
    time, height, width = video.shape[2:]
    video = F.pad(video, (0, width % 2, 0, height % 2, 0, time % 2), mode="replicate")
    bands = []
    for signs in itertools.product((1.0, -1.0), repeat=3):
        band = video
        for axis, sign in zip((2, 3, 4), signs, strict=True):
            even, odd = torch.unbind(_pairs(band, axis), axis + 1)
            band = (even + sign * odd) * 0.5**0.5
        bands.append(band)
    return torch.stack(bands, dim=1)


def _pairs(x: Tensor, axis: int) -> Tensor:
    return x.reshape(*x.shape[:axis], -1, 2, *x.shape[axis + 1 :])


def wavelet_loss(output: Tensor, video: Tensor) -> Tensor:
    """Return the mean absolute difference of the seven detail bands."""
    return (haar_3d(output) - haar_3d(video))[:, 1:].abs().mean()
