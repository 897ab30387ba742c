"""A stage of mobile layers; adjacent attention blocks become one trunk."""

from __future__ import annotations

from itertools import groupby

from torch import Tensor, nn

from h3ae_mobile.mobile.attention import MobileAttentionTrunk
from h3ae_mobile.mobile.registry import Context, rewrite, rewrites
from h3ae_mobile.models.attention import AttentionBlock
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.stage import Stage


class MobileStage(nn.ModuleList):
    """Layers in sequence on `(T, C, H, W)`, a chunk travelling with the tensor."""

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Apply every layer."""
        for layer in self:
            x = layer(x, chunk)
        return x


@rewrites(AttentionBlock)
def _attention(reference: AttentionBlock, context: Context) -> nn.Module:
    return MobileAttentionTrunk([reference], context)


@rewrites(Stage)
def _stage(reference: Stage, context: Context) -> nn.Module:
    layers: list[nn.Module] = []
    for is_attention, run in groupby(reference, lambda layer: isinstance(layer, AttentionBlock)):
        if is_attention:
            blocks = [block for block in run if isinstance(block, AttentionBlock)]
            layers.append(MobileAttentionTrunk(blocks, context))
        else:
            layers.extend(rewrite(layer, context) for layer in run)
    return MobileStage(layers)
