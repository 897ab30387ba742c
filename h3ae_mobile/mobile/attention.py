"""Causal attention with static shapes, channels first, tokens last: `(1, C, 1, N)`.

Linear layers are 1x1 convolutions and the normalisations ones-convolutions, so a run of
attention blocks needs one permute in and one out. The block-causal mask is never materialised:
see `h3ae_mobile.mobile.sight`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from h3ae_mobile.mobile.conv import conv2d_of
from h3ae_mobile.mobile.norm import GroupRms
from h3ae_mobile.mobile.registry import Context, rewrite
from h3ae_mobile.mobile.residual import silu
from h3ae_mobile.mobile.sight import UNSEEN, make_sight, stream_window
from h3ae_mobile.models.attention import AttentionBlock
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.norm import FrameGroupNorm


def pointwise(weight: Tensor, bias: Tensor) -> nn.Conv2d:
    """Return a linear layer `(out, in)` as a 1x1 convolution."""
    return conv2d_of(weight[:, :, None, None], bias, 1, 0)


class FramesOfTokens(nn.Module):
    """A norm that must see frames apart, on tokens `(1, C, 1, N)` of all of them."""

    def __init__(self, norm: nn.Module, frames: int) -> None:
        super().__init__()
        self.norm = norm
        self.frames = frames

    def forward(self, x: Tensor) -> Tensor:
        """Normalise every frame alone."""
        channels = x.shape[1]
        frames = x.reshape(channels, self.frames, 1, -1).transpose(0, 1)
        return self.norm(frames).transpose(0, 1).reshape(x.shape)


def token_norm(reference: nn.Module, context: Context) -> nn.Module:
    """Return a norm of `(1, C, 1, N)`: only GroupNorm sees more than one token."""
    norm, frames = rewrite(reference, context), context.grid.frames
    if isinstance(reference, FrameGroupNorm) and frames > 1:
        return FramesOfTokens(norm, frames)
    return norm


class MobileAttentionBlock(nn.Module):
    """One transformer block on `(1, C, 1, N)`."""

    def __init__(self, reference: AttentionBlock, context: Context) -> None:
        super().__init__()
        precision = context.options.precision
        self.heads, self.head_dim = reference.heads, reference.head_dim
        width = self.heads * self.head_dim
        self.norm1 = token_norm(reference.norm1, context)
        self.norm2 = token_norm(reference.norm2, context)
        weights, biases = reference.qkv.weight.chunk(3), reference.qkv.bias.chunk(3)
        self.to_query, self.to_key, self.to_value = map(pointwise, weights, biases)
        self.rms_query = GroupRms(width, reference.norm_q.eps, precision, self.heads)
        self.rms_key = GroupRms(width, reference.norm_k.eps, precision, self.heads)
        self.sight = make_sight(reference, context)
        self.project = pointwise(reference.project.weight, reference.project.bias)
        self.expand = pointwise(reference.expand.weight, reference.expand.bias)
        self.contract = pointwise(reference.contract.weight, reference.contract.bias)

    def forward(self, x: Tensor, chunk: Chunk, bias: Tensor | None) -> Tensor:
        """Map `(1, C, 1, N)` to the same shape; `bias` hides the unfilled part of a window."""
        y = self.norm1(x)
        query = self._heads(*self.rms_query(self.to_query(y)))
        key = self._heads(*self.rms_key(self.to_key(y)))
        value = self.to_value(y).reshape(self.heads, self.head_dim, -1)
        y = self.sight(query, key, value, chunk, bias).transpose(1, 2)
        x = x + self.project(y.reshape(x.shape))
        return x + self.contract(silu(self.expand(self.norm2(x))))

    def _heads(self, x: Tensor, factor: Tensor) -> Tensor:
        """Split `(1, C, 1, N)` into heads `(heads, head_dim, N)` and normalise each."""
        split = x.reshape(self.heads, self.head_dim, -1)
        return split * factor.reshape(self.heads, 1, -1)


class MobileAttentionTrunk(nn.Module):
    """A run of attention blocks between two permutes.

    In a stream it also keeps the bias that hides the part of the window not yet filled: a cache
    like any other, so that no host has to know about it.
    """

    unseen: Tensor
    zero: Tensor

    def __init__(self, references: Sequence[AttentionBlock], context: Context) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(MobileAttentionBlock(block, context) for block in references)
        self.area = context.grid.area
        past = stream_window(references[0], context) - 1
        self.streams = context.mode != "clip" and past > 0
        unseen = torch.zeros(1, 1, max(past, 1) * self.area)
        unseen[..., : (past - 1) * self.area] = UNSEEN
        self.register_buffer("unseen", unseen)
        self.register_buffer("zero", torch.zeros(1, 1, 1, 1))

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(T, C, H, W)` to the same shape."""
        frames, channels, height, width = x.shape
        y = x.permute(1, 0, 2, 3).reshape(1, channels, 1, frames * height * width)
        bias = self._bias(y, chunk) if self.streams else None
        for block in self.blocks:
            y = block(y, chunk, bias)
        return y.reshape(channels, frames, height, width).permute(1, 0, 2, 3)

    def _bias(self, y: Tensor, chunk: Chunk) -> Tensor | None:
        """Return the bias over the keys of this step, and give that of the next one."""
        # Zeros that depend on the input: a constant output is refused by some runtimes.
        seen = (y[:, :1, :, : self.area] * self.zero).reshape(1, 1, self.area)
        if chunk.first:
            chunk.give(self.unseen + seen[..., :1])
            return None
        bias = torch.cat([chunk.take(), seen], dim=2)
        chunk.give(bias[..., self.area :])
        return bias
