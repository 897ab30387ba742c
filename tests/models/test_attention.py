"""Causal attention: mask, rotary embedding, QK-norm, and the block against loops."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from h3ae_mobile.models.attention import (
    AttentionBlock,
    HeadNorm,
    block_causal_mask,
    rope_table,
    rotate,
)
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.norm import PixelNorm
from tests.models.tiny import assert_close, noise

WINDOWS = st.sampled_from([None, 1, 2, 3])


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(0, 3), st.integers(1, 4), WINDOWS)
def test_mask_is_that_of_a_naive_loop(
    queries: int, past: int, tokens: int, window: int | None
) -> None:
    keys = queries + past
    mask = block_causal_mask(queries, keys, tokens, window)
    assert mask.shape == (queries * tokens, keys * tokens)
    for row in range(queries * tokens):
        for column in range(keys * tokens):
            now, then = past + row // tokens, column // tokens
            seen = then <= now and (window is None or now - then < window)
            assert bool(mask[row, column]) == seen


def test_every_query_sees_its_own_frame() -> None:
    mask = block_causal_mask(3, 5, 2, 1)
    assert mask.any(1).all()


@settings(max_examples=30, deadline=None)
@given(
    st.tuples(*[st.integers(1, 4)] * 3),
    st.tuples(*[st.integers(0, 5)] * 3),
    st.sampled_from([8, 16, 24, 64]),
)
def test_rope_is_relative(
    extent: tuple[int, int, int], shift: tuple[int, int, int], head_dim: int
) -> None:
    """The product of a query and a key depends on the distance of their positions alone."""
    sizes = [n + s for n, s in zip(extent, shift, strict=True)]
    cos, sin = (
        table.view(*sizes, -1) for table in rope_table(*sizes, head_dim=head_dim, theta=1e4)
    )
    query, key = noise((head_dim,), 1), noise((head_dim,), 2)

    def product(q: tuple[int, ...], k: tuple[int, ...]) -> Tensor:
        return rotate(query, cos[q], sin[q]) @ rotate(key, cos[k], sin[k])

    first, last = (0, 0, 0), tuple(n - 1 for n in extent)
    moved_first, moved_last = shift, tuple(n - 1 for n in sizes)
    assert (product(first, last) - product(moved_first, moved_last)).abs() < 1e-9


def test_rope_keeps_lengths_and_begins_with_the_identity() -> None:
    cos, sin = rope_table(3, 2, 2, 16, 1e4)
    x = noise((12, 16))
    assert_close(rotate(x, cos, sin).norm(dim=-1), x.norm(dim=-1))
    assert torch.equal(rotate(x, cos, sin)[0], x[0])


def test_rope_splits_a_head_of_64_into_16_24_24() -> None:
    cos, _ = rope_table(2, 2, 2, 64, 1e4)
    moves = (cos != 1).view(2, 2, 2, 32)
    assert moves[1, 0, 0].nonzero().flatten().tolist() == list(range(8))
    assert moves[0, 1, 0].nonzero().flatten().tolist() == list(range(8, 20))
    assert moves[0, 0, 1].nonzero().flatten().tolist() == list(range(20, 32))


def test_rope_frequencies_fall_from_one_by_theta() -> None:
    cos, sin = rope_table(2, 1, 1, 64, 1e4)
    angles = torch.atan2(sin, cos)[1, :8]
    assert_close(angles, 1e4 ** (-torch.arange(8, dtype=torch.float64) / 8))


def test_head_norm_is_root_mean_square_with_a_gain() -> None:
    norm = HeadNorm(8, 1e-8).double()
    norm.weight.data.copy_(noise((8,), 3))
    x = noise((2, 3, 5, 8))
    wanted = x / (x.square().mean(-1, keepdim=True) + 1e-8).sqrt() * norm.weight
    assert_close(norm(x), wanted)


def test_head_norm_holds_in_fp16() -> None:
    norm = HeadNorm(64, 1e-8).half()
    assert norm(torch.full((1, 64), 6e4).half()).float().allclose(torch.ones(1, 64), atol=1e-2)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 2), st.integers(1, 3), st.integers(1, 2), WINDOWS)
def test_block_is_attention_frame_by_frame(
    frames: int, height: int, width: int, heads: int, window: int | None
) -> None:
    """Every frame alone, over the keys that it may see: no mask, no batched product."""
    head_dim, channels, area = 8, 8 * heads, height * width
    block = AttentionBlock(
        (PixelNorm(channels), PixelNorm(channels)), channels, head_dim, window, 1e4, 1e-8
    ).double()
    block.norm_q.weight.data.copy_(noise((head_dim,), 5))
    x = noise((1, channels, frames, height, width))
    tokens = PixelNorm(channels)(x)[0].flatten(1).T
    query, key, value = block.qkv(tokens).chunk(3, dim=1)
    cos, sin = rope_table(frames, height, width, head_dim, 1e4)
    out = torch.empty(frames * area, channels, dtype=torch.float64)
    for head in range(heads):
        part = slice(head * head_dim, (head + 1) * head_dim)
        q = rotate(block.norm_q(query[:, part]), cos, sin)
        k = rotate(block.norm_k(key[:, part]), cos, sin)
        for frame in range(frames):
            now = slice(frame * area, (frame + 1) * area)
            oldest = 0 if window is None else max(0, frame + 1 - window)
            seen = slice(oldest * area, (frame + 1) * area)
            weights = torch.softmax(q[now] @ k[seen].T / head_dim**0.5, dim=-1)
            out[now, part] = weights @ value[seen, part]
    y = x + block.project(out).T.reshape(x.shape)
    hidden = F.silu(block.expand(PixelNorm(channels)(y)[0].flatten(1).T))
    y = y + block.contract(hidden).T.reshape(x.shape)
    assert_close(block(x, Chunk()), y)


@pytest.mark.parametrize(("window", "kept"), [(None, 5), (1, 0), (2, 1), (3, 2), (9, 5)])
def test_block_keeps_what_a_later_frame_may_see(window: int | None, kept: int) -> None:
    block = AttentionBlock((PixelNorm(8), PixelNorm(8)), 8, 8, window, 1e4, 1e-8).double()
    chunk = Chunk()
    block(noise((2, 8, 5, 2, 3)), chunk)
    assert [tuple(cache.shape) for cache in chunk.caches] == [(2, 1, kept * 6, 8)] * 2
