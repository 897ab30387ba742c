"""Convolutions, normalisations and resampling against their definitions."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.conv import CausalConv3d, FrameConv2d
from h3ae_mobile.models.norm import ChannelLayerNorm, FrameGroupNorm, PixelNorm, make_norm
from h3ae_mobile.models.resample import (
    InterpolationUpsample,
    Patchify,
    PixelShuffleUpsample,
    Unpatchify,
    pixel_shuffle_3d,
)
from h3ae_mobile.models.residual import ResidualBlock
from tests.models.tiny import assert_close, config, noise

SHAPES = st.tuples(*(st.integers(1, n) for n in (2, 5, 4, 3, 3)))


@settings(max_examples=30, deadline=None)
@given(SHAPES, st.sampled_from([1, 2]), st.sampled_from([1, 2]))
def test_causal_conv_is_a_conv_of_the_clip_with_its_first_frame_repeated(
    shape: tuple[int, ...], time: int, space: int
) -> None:
    conv = CausalConv3d(shape[1], 3, stride=(time, space, space)).double()
    x = noise(shape)
    before = torch.cat([x[:, :, :1], x[:, :, :1]], dim=2)
    padded = F.pad(torch.cat([before, x], dim=2), (1, 1, 1, 1))
    wanted = F.conv3d(padded, conv.conv.weight, conv.conv.bias, (time, space, space))
    assert_close(conv(x, Chunk()), wanted)
    assert wanted.shape[2] == -(-shape[2] // time)


def test_causal_conv_leaves_the_frames_that_the_next_chunk_needs() -> None:
    x = noise((1, 2, 5, 3, 3))
    for stride, kept in ((1, 2), (2, 1)):
        chunk = Chunk()
        CausalConv3d(2, 2, stride=(stride, 1, 1)).double()(x, chunk)
        assert torch.equal(chunk.caches[0], x[:, :, -kept:])


def test_causal_conv_of_one_frame_kernel_keeps_nothing() -> None:
    chunk = Chunk()
    CausalConv3d(2, 2, kernel=1).double()(noise((1, 2, 3, 2, 2)), chunk)
    assert chunk.caches == ()


@settings(max_examples=20, deadline=None)
@given(SHAPES, st.sampled_from([(3, 1), (3, 2), (1, 1)]))
def test_frame_conv_sees_one_frame(shape: tuple[int, ...], kernel: tuple[int, int]) -> None:
    conv = FrameConv2d(shape[1], 3, *kernel).double()
    x = noise(shape)
    wanted = torch.stack([conv.conv(frame) for frame in x.unbind(2)], dim=2)
    assert_close(conv(x, Chunk()), wanted)


@settings(max_examples=20, deadline=None)
@given(SHAPES)
def test_pixel_norm_is_its_equation(shape: tuple[int, ...]) -> None:
    x = noise(shape)
    wanted = torch.empty_like(x)
    for index in product(*(range(n) for n in (shape[0], *shape[2:]))):
        pixel = x[index[0], :, index[1], index[2], index[3]]
        norm = (pixel.square().sum() / shape[1] + 1e-8).sqrt()
        wanted[index[0], :, index[1], index[2], index[3]] = pixel / norm
    assert_close(PixelNorm(shape[1])(x), wanted)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("scale", [0.0, 1e-6, 1.0, 300.0, 6e4])
def test_pixel_norm_holds_in_half_precision(dtype: torch.dtype, scale: float) -> None:
    x = (noise((1, 64, 2, 2, 2)).clamp(-1, 1) * scale).to(dtype)
    y = PixelNorm(64)(x)
    assert y.dtype == dtype
    assert_close(y.double(), PixelNorm(64)(x.double()), 0.01) if scale else None
    assert y.isfinite().all()


@settings(max_examples=20, deadline=None)
@given(SHAPES)
def test_layer_norm_has_zero_mean_and_unit_variance_over_channels(shape: tuple[int, ...]) -> None:
    shape = (shape[0], shape[1] + 1, *shape[2:])
    norm = ChannelLayerNorm(shape[1], eps=1e-12).double()
    y = norm(noise(shape))
    assert y.mean(1).abs().max() < 1e-9
    assert (y.var(1, unbiased=False) - 1).abs().max() < 1e-3
    norm.weight.data.fill_(2.0)
    norm.bias.data.fill_(3.0)
    assert_close(norm(noise(shape)), 2 * y + 3)


def test_group_norm_takes_every_frame_alone() -> None:
    norm = FrameGroupNorm(64).double()
    x = noise((2, 64, 3, 4, 5))
    wanted = torch.stack([F.group_norm(frame, 32, eps=1e-6) for frame in x.unbind(2)], dim=2)
    assert_close(norm(x), wanted)


@pytest.mark.parametrize(("channels", "groups"), [(256, 32), (48, 24), (96, 32), (7, 7), (34, 17)])
def test_group_norm_divides_any_width(channels: int, groups: int) -> None:
    assert FrameGroupNorm(channels).norm.num_groups == groups


def test_the_configuration_chooses_the_norm() -> None:
    kinds = {"pixel": PixelNorm, "layer": ChannelLayerNorm, "group": FrameGroupNorm}
    for name, kind in kinds.items():
        assert type(make_norm(config(norm=name), 8)) is kind


@settings(max_examples=20, deadline=None)
@given(SHAPES, st.sampled_from([(1, 2, 2), (2, 2, 2)]))
def test_pixel_shuffle_moves_every_number_to_its_place(
    shape: tuple[int, ...], stride: tuple[int, int, int]
) -> None:
    batch, out, time, height, width = shape
    t, h, w = stride
    x = noise((batch, out * t * h * w, time, height, width))
    y = pixel_shuffle_3d(x, stride)
    assert y.shape == (batch, out, time * t, height * h, width * w)
    for c, i, j, k in product(range(out), range(time * t), range(height * h), range(width * w)):
        channel = ((c * t + i % t) * h + j % h) * w + k % w
        assert torch.equal(y[:, c, i, j, k], x[:, channel, i // t, j // h, k // w])


@pytest.mark.parametrize("time", [1, 2])
@pytest.mark.parametrize("kind", [CausalConv3d, FrameConv2d])
def test_upsampling_drops_frames_before_the_first_chunk_only(time: int, kind: type) -> None:
    stride = (time, 2, 2)
    for layer in (
        PixelShuffleUpsample(kind(4, 2 * 4 * time), stride),
        InterpolationUpsample(kind(4, 4), FrameConv2d(4, 2, kernel=1), stride),
    ):
        x = noise((1, 4, 3, 2, 3))
        first = Chunk()
        y = layer.double()(x, first)
        assert y.shape == (1, 2, 3 * time - (time - 1), 4, 6)
        assert layer(x[:, :, :1], Chunk(first.caches)).shape == (1, 2, time, 4, 6)


def test_interpolation_repeats_what_its_projection_says() -> None:
    conv, project = FrameConv2d(3, 3), FrameConv2d(3, 2, kernel=1)
    layer = InterpolationUpsample(conv, project, (2, 2, 2)).double()
    x = noise((1, 3, 2, 2, 2))
    y = conv(x, Chunk())
    for axis in (2, 3, 4):
        y = y.repeat_interleave(2, dim=axis)
    assert_close(layer(x, Chunk()), project(y, Chunk())[:, :, 1:])


@pytest.mark.parametrize("side", [2, 4])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_patches_come_back_as_pixels(side: int, layout: torch.memory_format) -> None:
    x = noise((2, 3, 3, 2 * side, side)).contiguous(memory_format=layout)
    patches = Patchify(side)(x, Chunk())
    assert patches.shape == (2, 3 * side**2, 3, 2, 1)
    assert torch.equal(patches[:, 0, :, 0, 0], x[:, 0, :, 0, 0])
    assert torch.equal(Unpatchify(side)(patches, Chunk()), x)


def test_residual_block_is_its_equation() -> None:
    x = noise((1, 4, 3, 3, 3))
    convs = (CausalConv3d(4, 4).double(), CausalConv3d(4, 4).double())
    block = ResidualBlock((PixelNorm(4), PixelNorm(4)), convs)

    def branch(y: Tensor, conv: CausalConv3d) -> Tensor:
        y = PixelNorm(4)(y)
        return conv(y * torch.sigmoid(y), Chunk())

    assert_close(block(x, Chunk()), x + branch(branch(x, convs[0]), convs[1]))
