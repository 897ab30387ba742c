"""The ablated alternatives of Table 1 of the paper: variants of one configuration, no forks."""

from __future__ import annotations

from typing import Any

from h3ae_mobile.config import PRESETS, AutoencoderConfig, StageConfig

BASE = PRESETS["h3ae-8x32x32"]
_SPATIAL, _BOTTLENECK = BASE.stages[: BASE.spatial_stages], BASE.stages[-1]


def _variant(suffix: str, notes: str = "", **changes: Any) -> AutoencoderConfig:
    fields = BASE.model_dump() | {"name": f"{BASE.name}-{suffix}", "notes": notes} | changes
    return AutoencoderConfig.model_validate(fields)


def _kind(stage: StageConfig, kind: str, **changes: Any) -> dict[str, Any]:
    return stage.model_dump() | {"kind": kind} | changes


ABLATIONS: dict[str, AutoencoderConfig] = {
    config.name: config
    for config in (
        _variant(
            "3d",
            "Spatial stages convolve over time as well; their strides stay (1, 2, 2).",
            stages=[_kind(stage, "spatiotemporal") for stage in _SPATIAL]
            + [stage.model_dump() for stage in BASE.stages[len(_SPATIAL) :]],
        ),
        _variant(
            "patchify",
            "4x4 pixels folded into channels stand in for both spatial stages.",
            stages=[stage.model_dump() for stage in BASE.stages[len(_SPATIAL) :]],
            patch=2 ** len(_SPATIAL),
        ),
        _variant("interpolation", upsample="interpolation"),
        _variant("z128", latent_channels=128),
        _variant("group-norm", norm="group"),
        _variant("layer-norm", norm="layer"),
        _variant(
            "no-attention",
            "A convolutional stage of Table 9's width and depth stands in for the attention; "
            "without the fitted blocks that went with it.",
            stages=[stage.model_dump() for stage in BASE.stages[:-1]]
            + [_kind(_BOTTLENECK, "spatiotemporal", fitted_blocks=0)],
        ),
    )
}
