"""Up- and downsampling: strided convolution down, pixel shuffle or interpolation up (Tab. 1)."""

from __future__ import annotations

from math import prod

from torch import Tensor, nn
from torch.nn import functional as F

from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.conv import CausalConv3d, FrameConv2d
from h3ae_mobile.models.per_frame import per_frame

Stride = tuple[int, int, int]


def pixel_shuffle_3d(x: Tensor, stride: Stride) -> Tensor:
    """Rearrange `(B, C*t*h*w, T, H, W)` to `(B, C, T*t, H*h, W*w)`."""
    time, height, width = stride
    batch, channels, *shape = x.shape
    out = channels // (time * height * width)
    x = x.reshape(batch, out, time, height, width, *shape)
    return x.permute(0, 1, 5, 2, 6, 3, 7, 4).flatten(6, 7).flatten(4, 5).flatten(2, 3)


def drop_before_first(x: Tensor, stride: Stride, chunk: Chunk) -> Tensor:
    """Drop the stride - 1 frames that upsampling puts before the first one, on the first chunk."""
    return x[:, :, stride[0] - 1 :] if chunk.first else x


class PixelShuffleUpsample(nn.Module):
    """Convolution to out * prod(stride) channels, then a pixel shuffle over time and space."""

    def __init__(self, conv: FrameConv2d | CausalConv3d, stride: Stride) -> None:
        super().__init__()
        self.conv = conv
        self.stride = stride

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(B, C, T, H, W)` to `(B, out, T*t, H*h, W*w)`, less t - 1 frames at first."""
        return drop_before_first(
            pixel_shuffle_3d(self.conv(x, chunk), self.stride), self.stride, chunk
        )


class InterpolationUpsample(nn.Module):
    """Convolution, 1x1 projection, nearest interpolation (the alternative of Tab. 1).

    The projection comes before the interpolation: the two commute, and it is cheaper there.
    """

    def __init__(
        self, conv: FrameConv2d | CausalConv3d, project: FrameConv2d, stride: Stride
    ) -> None:
        super().__init__()
        self.conv = conv
        self.project = project
        self.stride = stride

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(B, C, T, H, W)` to `(B, out, T*t, H*h, W*w)`, less t - 1 frames at first."""
        y = self.project(self.conv(x, chunk), chunk)
        y = F.interpolate(y, scale_factor=tuple(map(float, self.stride)), mode="nearest")
        return drop_before_first(y, self.stride, chunk)


class Patchify(nn.Module):
    """Fold `side` x `side` pixels into channels, without parameters (Tab. 1, as in LTX)."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(B, C, T, H, W)` to `(B, C*s*s, T, H/s, W/s)`."""
        return per_frame(lambda frames: F.pixel_unshuffle(frames, self.side), x)


class Unpatchify(nn.Module):
    """The inverse of `Patchify`."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(B, C*s*s, T, H, W)` to `(B, C, T, H*s, W*s)`."""
        return per_frame(lambda frames: F.pixel_shuffle(frames, self.side), x)


def shuffled_channels(out: int, stride: Stride) -> int:
    """Channels that a convolution before `pixel_shuffle_3d` must have."""
    return out * prod(stride)
