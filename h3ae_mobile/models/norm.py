"""Normalisation layers (Sec. 3.1.1; Tab. 1 compares them).

All of them see one position of one frame at a time (GroupNorm: one frame), never other frames,
so that the network stays causal.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.models.per_frame import per_frame

GROUPS = 32


class PixelNorm(nn.Module):
    """x / sqrt(mean over channels of x^2 + eps), without parameters (Karras et al., 2018)."""

    def __init__(self, channels: int, eps: float = 1e-8) -> None:
        super().__init__()
        self.channels = channels
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(B, C, ...)` over C."""
        # Squares of half-precision activations overflow near 256, so they are taken in float32.
        wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
        return x * torch.rsqrt(wide.square().mean(1, keepdim=True) + self.eps).to(x.dtype)


class ChannelLayerNorm(nn.Module):
    """LayerNorm over the channels of every position."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(B, C, ...)` over C."""
        last = x.movedim(1, -1)
        return F.layer_norm(last, self.weight.shape, self.weight, self.bias, self.eps).movedim(
            -1, 1
        )


class FrameGroupNorm(nn.Module):
    """GroupNorm over groups of channels and all positions of one frame."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        groups = next(g for g in range(min(GROUPS, channels), 0, -1) if channels % g == 0)
        self.norm = nn.GroupNorm(groups, channels, eps)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(B, C, T, H, W)` frame by frame."""
        return per_frame(self.norm, x)


def make_norm(config: AutoencoderConfig, channels: int) -> nn.Module:
    """Return the configured normalisation of `channels` channels."""
    if config.norm == "group":
        return FrameGroupNorm(channels)
    if config.norm == "layer":
        return ChannelLayerNorm(channels)
    return PixelNorm(channels, config.norm_eps)
