"""The paper's parameter counts beside ours."""

from __future__ import annotations

from functools import cache

import torch

from h3ae_mobile.ablations import ABLATIONS
from h3ae_mobile.config import PRESETS, AutoencoderConfig
from h3ae_mobile.info.measure import count_parameters
from h3ae_mobile.info.record import MEBI, PublishedCount
from h3ae_mobile.models.autoencoder import VideoAutoencoder

# Table, row, count in units of 2^20, configuration.
_ROWS = (
    ("Tab. 3", "4x16x16", 67.16, "h3ae-4x16x16"),
    ("Tab. 3", "8x32x32", 196.51, "h3ae-8x32x32"),
    ("Tab. 3", "8x64x64", 643.76, "h3ae-8x64x64"),
    ("Tab. 1", "3D spatial stages", 189.0, "h3ae-8x32x32-3d"),
    ("Tab. 1", "patchify", 194.0, "h3ae-8x32x32-patchify"),
    ("Tab. 1", "interpolation", 169.0, "h3ae-8x32x32-interpolation"),
    ("Tab. 1", "128 latent channels", 195.0, "h3ae-8x32x32-z128"),
    ("Tab. 1", "GroupNorm", 197.0, "h3ae-8x32x32-group-norm"),
    ("Tab. 1", "LayerNorm", 197.0, "h3ae-8x32x32-layer-norm"),
    ("Tab. 1", "no attention", 316.0, "h3ae-8x32x32-no-attention"),
)


def shell(config: AutoencoderConfig) -> VideoAutoencoder:
    """Return the network without its weights, on the meta device."""
    with torch.device("meta"):
        return VideoAutoencoder(config)


@cache
def published_parameters() -> tuple[PublishedCount, ...]:
    """Count the parameters of every model that the paper states them of (Tab. 1 and 3).

    The nine distinct counts are ten rows, for GroupNorm and LayerNorm share one.
    """
    configs = PRESETS | ABLATIONS
    return tuple(
        _row(table, what, published, configs[name]) for table, what, published, name in _ROWS
    )


def _row(table: str, what: str, published: float, config: AutoencoderConfig) -> PublishedCount:
    ours = count_parameters(shell(config)) / MEBI
    return PublishedCount(
        table=table,
        what=what,
        published=published,
        ours=ours,
        difference_percent=100 * (ours / published - 1),
        config=config.name,
        notes=config.notes,
    )
