"""The residual block of mobile layers; SiLU as x * sigmoid(x), which stays in fp16 whole."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from h3ae_mobile.mobile.registry import Context, rewrite, rewrites
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.residual import ResidualBlock


def silu(x: Tensor) -> Tensor:
    """X * sigmoid(x): `F.silu` is split up in fp16 by XNNPACK, and cast to fp32 by Core AI."""
    return x * torch.sigmoid(x)


class MobileResidualBlock(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x))))))."""

    def __init__(self, reference: ResidualBlock, context: Context) -> None:
        super().__init__()
        self.norm1 = rewrite(reference.norm1, context)
        self.norm2 = rewrite(reference.norm2, context)
        self.conv1 = rewrite(reference.conv1, context)
        self.conv2 = rewrite(reference.conv2, context)

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(T, C, H, W)` to the same shape."""
        y = self.conv1(silu(self.norm1(x)), chunk)
        return x + self.conv2(silu(self.norm2(y)), chunk)


@rewrites(ResidualBlock)
def _residual(reference: ResidualBlock, context: Context) -> nn.Module:
    return MobileResidualBlock(reference, context)
