"""Upsampling: 3D pixel shuffle as a temporal reshape and a 2D pixel shuffle.

With the convolution's channels ordered (time, out, height, width), the temporal half of the
shuffle is a reshape `(T, 2*4o, H, W) -> (2T, 4o, H, W)` that moves no data.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from h3ae_mobile.mobile.conv import MobileFrameConv2d, conv2d_of, mobile_causal_conv
from h3ae_mobile.mobile.registry import Context, rewrite, rewrites
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.resample import (
    InterpolationUpsample,
    Patchify,
    PixelShuffleUpsample,
    Unpatchify,
)


def pixel_shuffle(x: Tensor, factor: int, *, native: bool) -> Tensor:
    """`F.pixel_shuffle`, or the same by reshape and permute.

    Frames and channels move as one axis, so that rank 5 suffices: the most that Core AI's
    authoring rules give the Neural Engine.
    """
    if native:
        return F.pixel_shuffle(x, factor)
    frames, channels, height, width = x.shape
    out = channels // factor**2
    x = x.reshape(frames * out, factor, factor, height, width).permute(0, 3, 1, 4, 2)
    return x.reshape(frames, out, height * factor, width * factor)


class MobileShuffleUpsample(nn.Module):
    """Convolution with reordered channels, temporal reshape, 2D pixel shuffle."""

    def __init__(self, reference: PixelShuffleUpsample, context: Context) -> None:
        super().__init__()
        self.time, self.space = reference.stride[0], reference.stride[1]
        self.native = context.options.native_shuffle
        conv = _time_first(reference.conv.conv, self.time)
        self.conv = (
            MobileFrameConv2d(conv) if isinstance(conv, nn.Conv2d) else mobile_causal_conv(conv)
        )

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(T, C, H, W)` to `(T*t, out, H*h, W*w)`, less t - 1 frames at first."""
        y = self.conv(x, chunk)
        if self.time > 1:
            frames, channels, height, width = y.shape
            y = y.reshape(frames * self.time, channels // self.time, height, width)
            if chunk.first:
                y = y[self.time - 1 :]
        return pixel_shuffle(y, self.space, native=self.native)


def _time_first(conv: nn.Conv2d | nn.Conv3d, time: int) -> nn.Conv2d | nn.Conv3d:
    """Reorder output channels from (out, time, height, width) to (time, out, height, width)."""
    if time == 1:
        return conv
    order = torch.arange(conv.out_channels).view(-1, time, 4).transpose(0, 1).flatten()
    with torch.device("meta"):
        reordered = type(conv)(
            conv.in_channels,
            conv.out_channels,
            conv.kernel_size,  # type: ignore[arg-type]
            conv.stride,  # type: ignore[arg-type]
            conv.padding,  # type: ignore[arg-type]
        )
    state = {name: value[order] for name, value in conv.state_dict().items()}
    reordered.load_state_dict(state, assign=True)
    return reordered


class MobileInterpolationUpsample(nn.Module):
    """Convolution, 1x1 projection to repeated channels, and a shuffle: nearest interpolation.

    XNNPACK interpolates bilinearly alone; a shuffle of equal channels is the nearest neighbour.
    """

    def __init__(self, reference: InterpolationUpsample, context: Context) -> None:
        super().__init__()
        self.time, self.space = reference.stride[0], reference.stride[1]
        self.native = context.options.native_shuffle
        self.conv = rewrite(reference.conv, context)
        project = reference.project.conv
        bias = None if project.bias is None else self._repeated(project.bias)
        self.project = conv2d_of(self._repeated(project.weight), bias, 1, 0)

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(T, C, H, W)` to `(T*t, out, H*h, W*w)`, less t - 1 frames at first."""
        y = self.project(self.conv(x, chunk))
        if self.time > 1:
            frames, channels, height, width = y.shape
            y = y.reshape(frames * self.time, channels // self.time, height, width)
            if chunk.first:
                y = y[self.time - 1 :]
        return pixel_shuffle(y, self.space, native=self.native)

    def _repeated(self, rows: Tensor) -> Tensor:
        """Repeat output channels to the order (time, out, height, width)."""
        return torch.cat([rows.repeat_interleave(self.space**2, dim=0)] * self.time)


class MobilePatchify(nn.Module):
    """Space to depth."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(T, C, H, W)` to `(T, C*s*s, H/s, W/s)`."""
        return F.pixel_unshuffle(x, self.side)


class MobileUnpatchify(nn.Module):
    """Depth to space."""

    def __init__(self, side: int, native: bool) -> None:
        super().__init__()
        self.side = side
        self.native = native

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(T, C*s*s, H, W)` to `(T, C, H*s, W*s)`."""
        return pixel_shuffle(x, self.side, native=self.native)


@rewrites(PixelShuffleUpsample)
def _shuffle(reference: PixelShuffleUpsample, context: Context) -> nn.Module:
    return MobileShuffleUpsample(reference, context)


@rewrites(InterpolationUpsample)
def _interpolation(reference: InterpolationUpsample, context: Context) -> nn.Module:
    return MobileInterpolationUpsample(reference, context)


@rewrites(Patchify)
def _patchify(reference: Patchify, context: Context) -> nn.Module:
    return MobilePatchify(reference.side)


@rewrites(Unpatchify)
def _unpatchify(reference: Unpatchify, context: Context) -> nn.Module:
    return MobileUnpatchify(reference.side, context.options.native_shuffle)
