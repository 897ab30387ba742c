"""Turbo-VAED-LTX's decoder (arXiv 2508.09136), as its published configuration describes it.

Written for measuring: random weights, and only what a decode runs. Deep stages use depthwise
separable 3-D convolutions of kernel 5, shallow ones plain 3-D convolutions; upsampling shuffles
time and space apart.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTHS = (512, 256, 128, 64)
BLOCKS = (1, 3, 2, 3)
SEPARABLE = (True, False, False, False)
UPSAMPLED = (False, True, True, True)


class PaddedConv3d(nn.Module):
    """Conv3d that repeats the outer frames, one or two to either side."""

    def __init__(self, channels: int, out: int, kernel: int = 3, groups: int = 1) -> None:
        super().__init__()
        self.frames = kernel // 2
        padding = (0, kernel // 2, kernel // 2)
        self.conv = nn.Conv3d(channels, out, kernel, padding=padding, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve `(B, C, T, H, W)`."""
        if self.frames:
            first, last = x[:, :, :1], x[:, :, -1:]
            x = torch.cat([*[first] * self.frames, x, *[last] * self.frames], dim=2)
        return self.conv(x)


def separable(channels: int, out: int) -> nn.Module:
    """Return a depthwise convolution of kernel 5 and a pointwise one."""
    return nn.Sequential(
        PaddedConv3d(channels, channels, 5, groups=channels), nn.Conv3d(channels, out, 1)
    )


class Rms(nn.Module):
    """RMS norm over channels."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(B, C, ...)` over C."""
        return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int, out: int, *, deep: bool) -> None:
        super().__init__()
        conv = separable if deep else PaddedConv3d
        self.first, self.second = conv(channels, out), conv(out, out)
        self.norm = Rms()
        self.shortcut = nn.Conv3d(channels, out, 1) if channels != out else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, T, H, W)` to the same extent."""
        y = self.first(F.silu(self.norm(x)))
        return self.shortcut(x) + self.second(F.silu(self.norm(y)))


def shuffle_space(x: Tensor) -> Tensor:
    """Shuffle `(B, 4C, T, H, W)` to `(B, C, T, 2H, 2W)`, frame by frame."""
    batch, _, frames, _, _ = x.shape
    x = F.pixel_shuffle(x.transpose(1, 2).flatten(0, 1), 2)
    return x.unflatten(0, (batch, frames)).transpose(1, 2)


class Upsample(nn.Module):
    """Convolution to eight times the channels, shuffled over time, then over space."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = PaddedConv3d(channels, 8 * channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, C, T, H, W)` to `(B, C, 2T - 1, 2H, 2W)`."""
        x = self.conv(x).unflatten(1, (-1, 2)).transpose(2, 3).flatten(2, 3)
        return shuffle_space(x)[:, :, 1:]


class TurboVaedDecoder(nn.Module):
    """Latents `(1, 128, T', H', W')` to frames `(1, 3, 8 T' - 7, 32 H', 32 W')`."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [PaddedConv3d(128, WIDTHS[0]), Residual(512, 512, deep=True)]
        channels = WIDTHS[0]
        for width, count, deep, up in zip(WIDTHS, BLOCKS, SEPARABLE, UPSAMPLED, strict=True):
            if channels != width:
                layers.append(Residual(channels, width, deep=deep))
            if up:
                layers.append(Upsample(width))
            layers += [Residual(width, width, deep=deep) for _ in range(count)]
            channels = width
        self.body = nn.Sequential(*layers)
        self.norm = Rms()
        self.up = nn.ModuleList([nn.Conv2d(64, 64, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)])
        self.to_pixels = PaddedConv3d(4, 3)

    def forward(self, latents: Tensor) -> Tensor:
        """Decode."""
        x = self.body(latents)
        for conv in self.up:
            y = F.silu(self.norm(x))
            batch, _, frames, _, _ = y.shape
            y = F.pixel_shuffle(conv(y.transpose(1, 2).flatten(0, 1)), 2)
            x = y.unflatten(0, (batch, frames)).transpose(1, 2)
        return self.to_pixels(F.silu(x))
