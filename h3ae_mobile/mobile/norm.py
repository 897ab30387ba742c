"""PixelNorm without a reduction: a convolution with ones sums the squares of the channels.

No reshape, no transpose, no reduction over channels, which XNNPACK refuses. In fp16 squares
overflow near |x| = 256 and epsilons underflow, so the guarded form scales by a power of two
before squaring and undoes it afterwards; PixelNorm does not see scales.
"""

from __future__ import annotations

from math import ceil, log2

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from h3ae_mobile.mobile.options import Precision
from h3ae_mobile.mobile.registry import Context, rewrites
from h3ae_mobile.models.norm import ChannelLayerNorm, FrameGroupNorm, PixelNorm

SMALLEST_NORMAL_FP16 = 2.0**-14


class GroupRms(nn.Module):
    """Reciprocal root mean square over groups of channels, as a 1x1 convolution with ones.

    The constants are buffers: Python numbers become fp32 constants in fp16 graphs, and casts.

    Parameters
    ----------
    channels : int
        Channels of the input.
    eps : float
        Added to the mean square; in fp16 at least what fp16 can hold.
    precision : {"fp32", "fp16"}
        Of the graph.
    groups : int
        Equal groups of adjacent channels: 1 for PixelNorm, the heads for QK-norm.
    per_frame : bool
        Mean over all positions of a frame besides, as GroupNorm has it.
    """

    ones: Tensor
    eps: Tensor
    guard: Tensor
    gain: Tensor

    def __init__(
        self,
        channels: int,
        eps: float,
        precision: Precision,
        groups: int = 1,
        *,
        per_frame: bool = False,
    ) -> None:
        super().__init__()
        self.per_frame = per_frame
        size = channels // groups
        guarded = precision == "fp16"
        rows = torch.eye(groups, dtype=torch.float64).repeat_interleave(size, dim=1)
        weight = rows.view(groups, channels, 1, 1)
        # Guarded: the sum of (guard * x)^2 is at most the mean square, so nothing below 256 can
        # overflow. A mean, as products with 1 / size, would underflow on Arm (seen as NaN).
        guard = 2.0 ** -ceil(log2(size) / 2)
        floor = max(size * eps * guard**2, SMALLEST_NORMAL_FP16) if guarded else eps
        self.register_buffer("ones", weight if guarded else weight / size)
        self.register_buffer("eps", torch.full((1, 1, 1, 1), floor, dtype=torch.float64))
        self.guarded = guarded
        self.register_buffer("guard", torch.full((1, 1, 1, 1), guard))
        self.register_buffer("gain", torch.full((1, 1, 1, 1), size**0.5, dtype=torch.float64))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map `(N, C, H, W)` to the input that the factor belongs to, and that factor.

        It is `(N, groups, H, W)`, or `(N, groups, 1, 1)` per frame.
        """
        if self.guarded:
            x = x * self.guard
        square = F.conv2d(x * x, self.ones)
        if self.per_frame:
            square = square.mean((-2, -1), keepdim=True)
        factor = torch.rsqrt(square + self.eps)
        return x, factor * self.gain if self.guarded else factor


class MobilePixelNorm(nn.Module):
    """x * rsqrt(ones-convolution(x * x) + eps)."""

    def __init__(self, channels: int, eps: float, precision: Precision) -> None:
        super().__init__()
        self.rms = GroupRms(channels, eps, precision)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(T, C, H, W)` over C."""
        x, factor = self.rms(x)
        return x * factor


class MobileLayerNorm(nn.Module):
    """LayerNorm over channels: the mean by a ones-convolution, then PixelNorm and the affine."""

    ones: Tensor

    def __init__(self, reference: ChannelLayerNorm, precision: Precision) -> None:
        super().__init__()
        channels = reference.weight.numel()
        self.register_buffer(
            "ones", torch.full((1, channels, 1, 1), 1 / channels, dtype=torch.float64)
        )
        self.norm = MobilePixelNorm(channels, reference.eps, precision)
        self.weight = nn.Parameter(reference.weight.detach().clone().view(1, -1, 1, 1))
        self.bias = nn.Parameter(reference.bias.detach().clone().view(1, -1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(T, C, H, W)` over C."""
        return self.norm(x - F.conv2d(x, self.ones)) * self.weight + self.bias


class MobileGroupNorm(nn.Module):
    """GroupNorm of frames: means by ones-convolutions and over positions, brought back alike.

    A group norm of its own is no operation of XNNPACK's.
    """

    to_groups: Tensor
    to_channels: Tensor

    def __init__(self, reference: FrameGroupNorm, precision: Precision) -> None:
        super().__init__()
        norm = reference.norm
        groups, channels = norm.num_groups, norm.num_channels
        size = channels // groups
        members = torch.eye(groups, dtype=torch.float64).repeat_interleave(size, dim=1)
        self.register_buffer("to_groups", members.view(groups, channels, 1, 1) / size)
        self.register_buffer("to_channels", members.T.reshape(channels, groups, 1, 1).contiguous())
        self.rms = GroupRms(channels, norm.eps, precision, groups, per_frame=True)
        self.weight = nn.Parameter(norm.weight.detach().clone().view(1, -1, 1, 1))
        self.bias = nn.Parameter(norm.bias.detach().clone().view(1, -1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(T, C, H, W)` frame by frame."""
        mean = F.conv2d(x, self.to_groups).mean((-2, -1), keepdim=True)
        x, factor = self.rms(x - F.conv2d(mean, self.to_channels))
        return x * F.conv2d(factor, self.to_channels) * self.weight + self.bias


@rewrites(PixelNorm)
def _pixel_norm(reference: PixelNorm, context: Context) -> nn.Module:
    return MobilePixelNorm(reference.channels, reference.eps, context.options.precision)


@rewrites(ChannelLayerNorm)
def _layer_norm(reference: ChannelLayerNorm, context: Context) -> nn.Module:
    return MobileLayerNorm(reference, context.options.precision)


@rewrites(FrameGroupNorm)
def _group_norm(reference: FrameGroupNorm, context: Context) -> nn.Module:
    return MobileGroupNorm(reference, context.options.precision)
