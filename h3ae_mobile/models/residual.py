"""The residual block: twice norm, SiLU, convolution (two convolutions a block, Tab. 9)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.conv import CausalConv3d, FrameConv2d


class ResidualBlock(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x))))))."""

    def __init__(
        self,
        norms: tuple[nn.Module, nn.Module],
        convs: tuple[FrameConv2d | CausalConv3d, FrameConv2d | CausalConv3d],
    ) -> None:
        super().__init__()
        self.norm1, self.norm2 = norms
        self.conv1, self.conv2 = convs

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(B, C, T, H, W)` to the same shape."""
        y = self.conv1(F.silu(self.norm1(x)), chunk)
        return x + self.conv2(F.silu(self.norm2(y)), chunk)
