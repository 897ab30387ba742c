"""Convolutions: per frame, and causal over time with repeated padding (App. D)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.per_frame import per_frame


class FrameConv2d(nn.Module):
    """Conv2d on every frame of `(B, C, T, H, W)`; no temporal mixing (spatial stages)."""

    def __init__(self, channels: int, out: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2)

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Convolve `(B, C, T, H, W)`."""
        return per_frame(self.conv, x)


class CausalConv3d(nn.Module):
    """Conv3d that sees only the present and the past.

    The first chunk is padded by k - 1 repetitions of its first frame, every later one by the
    last k - stride frames of the chunk before.
    """

    def __init__(
        self, channels: int, out: int, kernel: int = 3, stride: tuple[int, int, int] = (1, 1, 1)
    ) -> None:
        super().__init__()
        self.kernel = kernel
        self.keep = kernel - stride[0]
        space = kernel // 2
        self.conv = nn.Conv3d(channels, out, kernel, stride, padding=(0, space, space))

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Convolve `(B, C, T, H, W)`; a first chunk gives ceil(T / stride) frames."""
        if self.kernel > 1:
            if chunk.first:
                past = x[:, :, :1].expand(-1, -1, self.kernel - 1, -1, -1)
            else:
                past = chunk.take()
            x = torch.cat([past, x], dim=2)
            chunk.give(x[:, :, -self.keep :])
        return self.conv(x)
