"""The joint of first-frame features and decoder features, at rank 4."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from h3ae_mobile.mobile.registry import Context, rewrites
from h3ae_mobile.models.conditioning import Join


class MobileJoin(nn.Module):
    """x + condition, halved for the average, or the condition scaled channel by channel."""

    weight: Tensor

    def __init__(self, reference: Join) -> None:
        super().__init__()
        self.kind = reference.kind
        # Buffers: a Python number would be an fp32 constant in fp16 graphs, and a cast.
        weight = torch.full((1, 1, 1, 1), 0.5)
        if reference.gain is not None:
            weight = reference.gain.detach().clone().view(1, -1, 1, 1)
        self.register_buffer("weight", weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map `(T, C, H, W)` and `(1, C, H, W)` to `(T, C, H, W)`."""
        if self.kind == "gated":
            return x + condition * self.weight
        x = x + condition
        return x * self.weight if self.kind == "average" else x


@rewrites(Join)
def _join(reference: Join, context: Context) -> nn.Module:
    return MobileJoin(reference)
