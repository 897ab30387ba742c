"""What a query sees: three ways to apply the block-causal mask without a mask.

In a clip every frame has one batched product over its causal prefix. In a stream the first frame
sees itself, and every later one the cached window, whose unfilled part a bias pushes out.

All take queries, keys and values `(heads, head_dim, N)`, normalised but not rotated, and return
`(heads, N, head_dim)`. Keys are cached before rotation: RoPE is relative, so positions may be
counted from the start of the window, and the tables are constants.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from h3ae_mobile.mobile.registry import Context
from h3ae_mobile.models.attention import AttentionBlock, HeadNorm, rope_table
from h3ae_mobile.models.chunk import Chunk

# Large enough that exp() of it is zero in every precision. Small enough for fp16, and for the
# Neural Engine of the A13 and A14, whose slices at an offset of the last axis turn what is above
# 4094 into infinity (ane-guide, chapter 19).
UNSEEN = -2e3


def stream_window(reference: AttentionBlock, context: Context) -> int:
    """Latent frames in sight of a stream: its own window, or the model's where that is narrower."""
    window = context.options.window
    return window if reference.window is None else min(window, reference.window)


class HeadRotation(nn.Module):
    """QK-norm's gain and the rotary embedding of one side, folded into two tables.

    Parameters
    ----------
    norm : HeadNorm
        Its gain is folded.
    tables : tuple of Tensor
        Cosines and sines `(N, head_dim / 2)` of the positions that will be rotated.
    scale : float
        Folded as well: 1 / sqrt(head_dim) on the query's side.
    """

    cosines: Tensor
    sines: Tensor

    def __init__(self, norm: HeadNorm, tables: tuple[Tensor, Tensor], scale: float = 1.0) -> None:
        super().__init__()
        gain = norm.weight.detach().double()
        cos, sin = (table.to(gain) for table in tables)
        self.middle = gain.numel() // 2
        swapped = torch.cat([gain[self.middle :], gain[: self.middle]])
        cosines = torch.cat([cos, cos], dim=1) * gain * scale
        sines = torch.cat([-sin, sin], dim=1) * swapped * scale
        self.register_buffer("cosines", cosines.T[None].contiguous())
        self.register_buffer("sines", sines.T[None].contiguous())

    def forward(self, x: Tensor) -> Tensor:
        """Rotate `(heads, head_dim, N)`."""
        swapped = torch.cat([x[:, self.middle :], x[:, : self.middle]], dim=1)
        return x * self.cosines + swapped * self.sines


class _Sight(nn.Module):
    """Rotations of `queries` frames that end a row of `keys` frames."""

    def __init__(self, reference: AttentionBlock, context: Context, queries: int, keys: int):
        super().__init__()
        grid = context.grid
        self.area = grid.area
        cos, sin = rope_table(keys, grid.height, grid.width, reference.head_dim, reference.theta)
        last = queries * grid.area
        self.rotate_query = HeadRotation(
            reference.norm_q, (cos[-last:], sin[-last:]), reference.head_dim**-0.5
        )
        self.rotate_key = HeadRotation(reference.norm_k, (cos, sin))


class ClipSight(_Sight):
    """Every frame over its causal prefix, one batched product each."""

    def __init__(self, reference: AttentionBlock, context: Context) -> None:
        super().__init__(reference, context, context.grid.frames, context.grid.frames)
        self.frames = context.grid.frames
        self.window = reference.window or self.frames

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, chunk: Chunk, bias: Tensor | None
    ) -> Tensor:
        """Attend within the clip."""
        query = self.rotate_query(query).transpose(1, 2)
        key = self.rotate_key(key)
        value = value.transpose(1, 2)
        if self.frames == 1:
            return _attend(query, key, value)
        outputs = []
        for frame in range(self.frames):
            start, stop = max(0, frame + 1 - self.window) * self.area, (frame + 1) * self.area
            keys, values = key, value
            # A slice of the full range would be a copy that no delegate takes.
            if (start, stop) != (0, self.frames * self.area):
                keys, values = key[:, :, start:stop], value[:, start:stop]
            outputs.append(_attend(query[:, frame * self.area : stop], keys, values))
        return torch.cat(outputs, dim=1)


class FirstSight(_Sight):
    """The first frame of a stream sees itself and begins the caches."""

    zeros: Tensor

    def __init__(self, reference: AttentionBlock, context: Context) -> None:
        super().__init__(reference, context, 1, 1)
        self.past = stream_window(reference, context) - 1
        self.register_buffer("zeros", torch.zeros(1, 1, max(self.past - 1, 0) * self.area))

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, chunk: Chunk, bias: Tensor | None
    ) -> Tensor:
        """Attend within the frame."""
        if self.past:
            chunk.give(self._fill(key))
            chunk.give(self._fill(value))
        return _attend(
            self.rotate_query(query).transpose(1, 2), self.rotate_key(key), value.transpose(1, 2)
        )

    def _fill(self, present: Tensor) -> Tensor:
        """Put zeros before the present frame, up to a full window: the bias hides them."""
        if self.past == 1:
            return present
        column = present if self.area == 1 else present[:, :, :1]
        return torch.cat([column * self.zeros, present], dim=2)


class NextSight(_Sight):
    """A later frame of a stream sees the cached window and itself."""

    def __init__(self, reference: AttentionBlock, context: Context) -> None:
        window = stream_window(reference, context)
        super().__init__(reference, context, 1, window)
        self.past = window - 1

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, chunk: Chunk, bias: Tensor | None
    ) -> Tensor:
        """Attend to the window."""
        if self.past:
            key = torch.cat([chunk.take(), key], dim=2)
            value = torch.cat([chunk.take(), value], dim=2)
            chunk.give(key[:, :, self.area :])
            chunk.give(value[:, :, self.area :])
        query = self.rotate_query(query).transpose(1, 2)
        return _attend(query, self.rotate_key(key), value.transpose(1, 2), bias)


def make_sight(reference: AttentionBlock, context: Context) -> nn.Module:
    """Return the sight of the graph's mode."""
    kinds = {"clip": ClipSight, "first": FirstSight, "next": NextSight}
    return kinds[context.mode](reference, context)


def _attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None = None) -> Tensor:
    """Softmax attention of `(heads, Q, d)`, `(heads, d, K)`, `(heads, K, d)`."""
    scores = torch.bmm(query, key)
    if bias is not None:
        scores = scores + bias
    return torch.bmm(torch.softmax(scores, dim=-1), value)
