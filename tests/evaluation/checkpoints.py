"""A checkpoint that is evaluated in no time."""

from __future__ import annotations

from pathlib import Path

from h3ae_mobile.checkpoint import save_checkpoint
from h3ae_mobile.config import AutoencoderConfig, StageConfig
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.init import random_init


def tiny_checkpoint(path: Path) -> Path:
    """Write a 2x4x4 network of random weights to `path`."""
    stages = (
        StageConfig(kind="spatial", width=8, blocks=1),
        StageConfig(kind="spatiotemporal", width=8, blocks=1, stride=(2, 2, 2)),
    )
    model = VideoAutoencoder(AutoencoderConfig(name="tiny", latent_channels=4, stages=stages))
    random_init(model)
    save_checkpoint(path, model)
    return path
