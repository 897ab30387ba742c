"""Typed, frozen configurations of the autoencoder, and the presets.

The widths and depths are those of Table 9 of the paper; what the table alone does not determine
is a field of its own (`fitted_blocks`) and is said openly, see `AutoencoderConfig.notes`.
"""

from __future__ import annotations

from math import prod
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from h3ae_mobile.errors import H3AEError

StageKind = Literal["spatial", "spatiotemporal", "attention"]
Norm = Literal["pixel", "group", "layer"]
Upsample = Literal["pixel_shuffle", "interpolation"]
Conditioning = Literal["average", "add", "gated"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StageConfig(_Frozen):
    """One resolution level: its strided convolution and its blocks (Table 9).

    Attributes
    ----------
    kind : {"spatial", "spatiotemporal", "attention"}
        2D convolutions per frame, causal 3D convolutions, or causal 3D attention.
    width : int
        Channels of the stage.
    blocks : int
        Residual blocks (two convolutions each) or attention blocks.
    stride : tuple of int
        Down- and upsampling over (time, height, width).
    fitted_blocks : int
        Causal Conv3d residual blocks beyond Table 9, which lists too few parameters.
    """

    kind: StageKind
    width: int = Field(ge=1, le=8192)
    blocks: int = Field(ge=0, le=64)
    stride: tuple[int, int, int] = (1, 2, 2)
    fitted_blocks: int = Field(default=0, ge=0, le=64)

    @model_validator(mode="after")
    def _check(self) -> StageConfig:
        if self.stride[0] not in (1, 2) or self.stride[1:] != (2, 2):
            raise ValueError(f"stride {self.stride} is neither (1, 2, 2) nor (2, 2, 2)")
        if self.kind == "spatial" and (self.stride[0] != 1 or self.fitted_blocks):
            raise ValueError("a spatial stage neither strides nor convolves over time")
        return self


class AutoencoderConfig(_Frozen):
    """An H3AE: stages from the pixels to the bottleneck, mirrored by the decoder.

    Attributes
    ----------
    patch : int
        Side of the non-parametric patchify before the first stage (Table 1); 1 is none.
    head_dim : int
        Channels of one attention head; split 1/4, 3/8, 3/8 over time, height, width by RoPE.
    attention_window : int or None
        Latent frames that a frame attends to, itself included; None is all of its past.
    conditioning : {"average", "add", "gated"}
        How first-frame features join the decoder's: Eq. 1 averages, Figure 2 says addition, and
        `gated` adds through learned gains that begin at zero (see `models.conditioning`).
    notes : str
        What was fitted or chosen where the paper leaves it open.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    stages: tuple[StageConfig, ...] = Field(min_length=1, max_length=12)
    latent_channels: int = Field(ge=1, le=4096)
    norm: Norm = "pixel"
    norm_eps: float = Field(default=1e-8, gt=0, lt=1)
    upsample: Upsample = "pixel_shuffle"
    patch: int = Field(default=1, ge=1, le=16)
    head_dim: int = Field(default=64, ge=8, le=256, multiple_of=8)
    rope_theta: float = Field(default=1e4, gt=1)
    attention_window: int | None = Field(default=None, ge=1)
    conditioning: Conditioning = "average"
    notes: str = ""

    @model_validator(mode="after")
    def _check(self) -> AutoencoderConfig:
        kinds = [stage.kind for stage in self.stages]
        if "spatial" in kinds[self.spatial_stages :]:
            raise ValueError("spatial stages must come before all others")
        for stage in self.stages:
            if stage.kind == "attention" and stage.width % self.head_dim:
                raise ValueError(
                    f"attention width {stage.width} is no multiple of head_dim {self.head_dim}"
                )
        return self

    @property
    def spatial_stages(self) -> int:
        """Number of leading stages without temporal mixing (the sliced ones)."""
        count = 0
        for stage in self.stages:
            if stage.kind != "spatial":
                break
            count += 1
        return count

    @property
    def compression(self) -> tuple[int, int, int]:
        """Compression over (time, height, width)."""
        time = prod(stage.stride[0] for stage in self.stages)
        space = self.patch * prod(stage.stride[1] for stage in self.stages)
        return time, space, space


def _stages(
    *rows: tuple[StageKind, int, int, int], fitted: tuple[int, int] = (-1, 0)
) -> tuple[StageConfig, ...]:
    """Stages from (kind, width, blocks, temporal stride); `fitted` = (index, extra blocks)."""
    return tuple(
        StageConfig(
            kind=kind,
            width=width,
            blocks=blocks,
            stride=(time, 2, 2),
            fitted_blocks=fitted[1] if index == fitted[0] else 0,
        )
        for index, (kind, width, blocks, time) in enumerate(rows)
    )


_FITTED = (
    "Table 9's widths give {literal} x 2^20 parameters, the paper states {paper}: two 512-wide "
    "residual blocks a side were fitted{more}."
)

PRESETS: dict[str, AutoencoderConfig] = {
    config.name: config
    for config in (
        AutoencoderConfig(
            name="h3ae-4x16x16",
            latent_channels=16,
            stages=_stages(
                ("spatial", 32, 2, 1),
                ("spatial", 64, 2, 1),
                ("spatiotemporal", 128, 2, 2),
                ("spatiotemporal", 256, 8, 2),
            ),
            notes="The paper does not state the latent channels of this model; 16 fit its count.",
        ),
        AutoencoderConfig(
            name="h3ae-8x32x32",
            latent_channels=256,
            stages=_stages(
                ("spatial", 32, 2, 1),
                ("spatial", 64, 2, 1),
                ("spatiotemporal", 128, 2, 2),
                ("spatiotemporal", 256, 6, 2),
                ("attention", 512, 8, 2),
                fitted=(4, 2),
            ),
            notes=_FITTED.format(literal="142.3", paper="196.51", more=""),
        ),
        AutoencoderConfig(
            name="h3ae-8x64x64",
            latent_channels=256,
            stages=_stages(
                ("spatial", 32, 2, 1),
                ("spatial", 64, 2, 1),
                ("spatiotemporal", 128, 2, 2),
                ("spatiotemporal", 256, 6, 2),
                ("spatiotemporal", 512, 8, 2),
                ("attention", 1024, 8, 1),
                fitted=(4, 2),
            ),
            notes=_FITTED.format(
                literal="392.1", paper="643.76", more=", and the attention is 1024 wide, not 512"
            ),
        ),
        AutoencoderConfig(
            name="h3ae-demo",
            latent_channels=128,
            conditioning="gated",
            stages=_stages(
                ("spatial", 32, 1, 1),
                ("spatial", 48, 1, 1),
                ("spatiotemporal", 64, 2, 2),
                ("spatiotemporal", 112, 2, 2),
                ("attention", 128, 3, 2),
            ),
            notes="A small model of the full structure whose trained weights ship in the package.",
        ),
    )
}

DEFAULT_MODEL = "h3ae-demo"


def get_config(name: str) -> AutoencoderConfig:
    """Return the preset called `name`.

    Raises
    ------
    H3AEError
        If there is none; the message lists those there are.
    """
    try:
        return PRESETS[name]
    except KeyError:
        raise H3AEError(
            f"there is no model {name!r}",
            f"choose one of {', '.join(PRESETS)}, or give the path of a .safetensors checkpoint",
        ) from None
