"""Stages: what one row of Table 9 builds on each side of the bottleneck."""

from __future__ import annotations

from torch import Tensor, nn

from h3ae_mobile.config import AutoencoderConfig, StageConfig
from h3ae_mobile.models.attention import AttentionBlock
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.conv import CausalConv3d, FrameConv2d
from h3ae_mobile.models.norm import make_norm
from h3ae_mobile.models.resample import (
    InterpolationUpsample,
    PixelShuffleUpsample,
    shuffled_channels,
)
from h3ae_mobile.models.residual import ResidualBlock

Conv = FrameConv2d | CausalConv3d


class Stage(nn.ModuleList):
    """Layers in sequence, a chunk travelling with the tensor."""

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Apply every layer to `(B, C, T, H, W)`."""
        for layer in self:
            x = layer(x, chunk)
        return x


def make_conv(stage: StageConfig, channels: int, out: int) -> Conv:
    """Return the stage's kind of convolution, kernel 3, without stride."""
    if stage.kind == "spatial":
        return FrameConv2d(channels, out)
    return CausalConv3d(channels, out)


def make_downsample(stage: StageConfig, channels: int) -> Conv:
    """Return the strided convolution with which an encoder stage begins (App. D)."""
    if stage.kind == "spatial":
        return FrameConv2d(channels, stage.width, stride=stage.stride[1])
    return CausalConv3d(channels, stage.width, stride=stage.stride)


def make_upsample(config: AutoencoderConfig, stage: StageConfig, out: int) -> nn.Module:
    """Return the upsampling with which a decoder stage ends."""
    if config.upsample == "interpolation":
        conv = make_conv(stage, stage.width, stage.width)
        return InterpolationUpsample(conv, FrameConv2d(stage.width, out, kernel=1), stage.stride)
    conv = make_conv(stage, stage.width, shuffled_channels(out, stage.stride))
    return PixelShuffleUpsample(conv, stage.stride)


def make_blocks(config: AutoencoderConfig, stage: StageConfig) -> list[nn.Module]:
    """Return the blocks of a stage in the encoder's order; the decoder reverses it."""

    def norms() -> tuple[nn.Module, nn.Module]:
        return make_norm(config, stage.width), make_norm(config, stage.width)

    def residual() -> nn.Module:
        return ResidualBlock(
            norms(),
            (
                make_conv(stage, stage.width, stage.width),
                make_conv(stage, stage.width, stage.width),
            ),
        )

    def attention() -> nn.Module:
        return AttentionBlock(
            norms(),
            stage.width,
            config.head_dim,
            config.attention_window,
            config.rope_theta,
            config.norm_eps,
        )

    block = attention if stage.kind == "attention" else residual
    return [residual() for _ in range(stage.fitted_blocks)] + [block() for _ in range(stage.blocks)]


def encoder_stage(config: AutoencoderConfig, stage: StageConfig, channels: int) -> Stage:
    """Convolve with stride from `channels`, then apply the blocks."""
    return Stage([make_downsample(stage, channels), *make_blocks(config, stage)])


def decoder_stage(config: AutoencoderConfig, stage: StageConfig, out: int) -> Stage:
    """Mirror the blocks, then upsample to `out` channels."""
    blocks = reversed(make_blocks(config, stage))
    return Stage([*blocks, make_upsample(config, stage, out)])
