"""Causal 3D attention: block-causal over frames, 3D RoPE, per-head QK-norm (Sec. 3.1.1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from h3ae_mobile.models.chunk import Chunk


def rope_table(
    frames: int, height: int, width: int, head_dim: int, theta: float, like: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the 3D rotary embedding at integer latent positions.

    The head's channels are split 1/4, 3/8, 3/8 over time, height and width (64: 16, 24, 24), and
    rotated as halves: channel i pairs with channel i + head_dim / 2.

    Returns
    -------
    tuple of Tensor
        Two tables `(frames * height * width, head_dim / 2)`, float64 unless `like` says otherwise.
    """
    pairs = head_dim // 2
    time_pairs = pairs // 4
    height_pairs = (pairs - time_pairs) // 2
    split = (time_pairs, height_pairs, pairs - time_pairs - height_pairs)
    device = like.device if like is not None else None
    grid = torch.meshgrid(
        *(torch.arange(n, dtype=torch.float64, device=device) for n in (frames, height, width)),
        indexing="ij",
    )
    angles = torch.cat(
        [
            axis.reshape(-1, 1)
            * theta ** (-torch.arange(n, dtype=torch.float64, device=device) / n)
            for axis, n in zip(grid, split, strict=True)
        ],
        dim=1,
    )
    cos, sin = angles.cos(), angles.sin()
    return (cos, sin) if like is None else (cos.to(like.dtype), sin.to(like.dtype))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate the pairs of `(..., N, head_dim)` by tables `(N, head_dim / 2)`."""
    left, right = x.chunk(2, dim=-1)
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)


def block_causal_mask(
    queries: int, keys: int, tokens: int, window: int | None, device: torch.device | None = None
) -> Tensor:
    """Which key each query may see: blocks of `tokens` x `tokens`, one a frame (Fig. 2).

    The `queries` frames are the last ones of the `keys` frames; a frame sees itself and, at
    most `window - 1` frames back, its past.

    Returns
    -------
    Tensor
        bool `(queries * tokens, keys * tokens)`, True where attention is allowed.
    """
    row = torch.arange(keys - queries, keys, device=device)[:, None]
    column = torch.arange(keys, device=device)[None, :]
    allowed = column <= row
    if window is not None:
        allowed = allowed & (row - column < window)
    return allowed.repeat_interleave(tokens, 0).repeat_interleave(tokens, 1)


class HeadNorm(nn.Module):
    """RMS norm over the channels of a head, with a learned gain (QK-norm)."""

    def __init__(self, head_dim: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(head_dim))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axis."""
        wide = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
        return (
            x
            * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.eps).to(x.dtype)
            * (self.weight)
        )


class AttentionBlock(nn.Module):
    """Transformer block over all present and past tokens: attention, then a SiLU MLP.

    The cache is the keys (before rotation) and values of the past frames. Positions are counted
    from the oldest frame in sight; RoPE is relative, so the result equals absolute positions.
    """

    def __init__(
        self,
        norms: tuple[nn.Module, nn.Module],
        width: int,
        head_dim: int,
        window: int | None,
        theta: float,
        eps: float,
    ) -> None:
        super().__init__()
        self.heads = width // head_dim
        self.head_dim = head_dim
        self.window = window
        self.theta = theta
        self.norm1, self.norm2 = norms
        self.qkv = nn.Linear(width, 3 * width)
        self.norm_q = HeadNorm(head_dim, eps)
        self.norm_k = HeadNorm(head_dim, eps)
        self.project = nn.Linear(width, width)
        self.expand = nn.Linear(width, 4 * width)
        self.contract = nn.Linear(4 * width, width)

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(B, C, T, H, W)` to the same shape."""
        x = x + self._attend(self.norm1(x), chunk)
        tokens = self.norm2(x).flatten(2).transpose(1, 2)
        y = self.contract(F.silu(self.expand(tokens)))
        return x + y.transpose(1, 2).reshape(x.shape)

    def _attend(self, x: Tensor, chunk: Chunk) -> Tensor:
        batch, _, frames, height, width = x.shape
        area = height * width
        tokens = x.flatten(2).transpose(1, 2)
        qkv = self.qkv(tokens).unflatten(-1, (3, self.heads, self.head_dim))
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, T*H*W, head_dim)
        query, key = self.norm_q(query), self.norm_k(key)
        if not chunk.first:
            key = torch.cat([chunk.take(), key], dim=2)
            value = torch.cat([chunk.take(), value], dim=2)
        past = key.shape[2] // area
        kept = past if self.window is None else min(past, self.window - 1)
        chunk.give(key[:, :, key.shape[2] - kept * area :])
        chunk.give(value[:, :, value.shape[2] - kept * area :])
        cos, sin = rope_table(past, height, width, self.head_dim, self.theta, like=x)
        start = (past - frames) * area
        mask = block_causal_mask(frames, past, area, self.window, x.device)
        y = F.scaled_dot_product_attention(
            rotate(query, cos[start:], sin[start:]), rotate(key, cos, sin), value, attn_mask=mask
        )
        y = self.project(y.transpose(1, 2).flatten(2))
        return y.transpose(1, 2).reshape(batch, -1, frames, height, width)
