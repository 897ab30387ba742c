"""Distances between a clip and its reconstruction that the objective may minimise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

# A configuration names these losses, and reading one must not wait for torch.
if TYPE_CHECKING:
    from torch import Tensor

Reconstruction = Literal["l1", "l2", "log"]
RECONSTRUCTIONS: tuple[Reconstruction, ...] = get_args(Reconstruction)

# Added to a mean square before its logarithm: 56 dB in [-1, 1], beyond which nothing is gained.
TINY = 1e-5


def reconstruction_loss(kind: Reconstruction, output: Tensor, target: Tensor) -> Tensor:
    """Return the distance of two videos `(B, C, T, H, W)`, a scalar.

    `l1` is the paper's (Eq. 2). `l2` is the mean square. `log` is the mean over samples of the
    logarithm of a sample's mean square: up to a factor and a constant the mean PSNR, so that an
    easy clip counts as much as a hard one.
    """
    if kind == "l1":
        return (output - target).abs().mean()
    return from_squares(kind, (output - target).square().mean((1, 2, 3, 4)))


def from_squares(kind: Reconstruction, squares: Tensor) -> Tensor:
    """Return the distance, `l2` or `log`, of samples with mean squared errors `(B,)`."""
    if kind == "log":
        squares = (squares + TINY).log()
    return squares.mean()
