"""A network of seconds, and folders of made-up clips to train it on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from h3ae_mobile.config import AutoencoderConfig, StageConfig
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.init import random_init
from h3ae_mobile.video import synthetic_frames, write_clip

TINY = AutoencoderConfig(
    name="tiny",
    latent_channels=8,
    head_dim=16,
    stages=(
        StageConfig(kind="spatial", width=16, blocks=1),
        StageConfig(kind="spatiotemporal", width=24, blocks=1, stride=(2, 2, 2)),
        StageConfig(kind="attention", width=32, blocks=1, stride=(2, 2, 2)),
    ),
)


@pytest.fixture
def tiny() -> VideoAutoencoder:
    model = VideoAutoencoder(TINY)
    random_init(model, seed=1)
    return model


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`clips/` of two short videos and `photos/` of two pictures."""
    folder = tmp_path_factory.mktemp("media")
    (folder / "clips").mkdir()
    (folder / "photos").mkdir()
    for seed in range(2):
        frames = synthetic_frames(12, 48, 64, seed=seed)
        write_clip(folder / "clips" / f"{seed}.mp4", frames, 24)
        noise = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((64, 48)).save(folder / "photos" / f"{seed}.png")
    return folder


@pytest.fixture
def settings(media: Path, tmp_path: Path) -> dict[str, Any]:
    """A whole configuration as it would stand in a file."""
    return {
        "model": TINY.model_dump(mode="json"),
        "threads": 1,
        "save_every": 2,
        "log_every": 1,
        "data": {
            "cache": str(tmp_path / "cache"),
            "short_side": 48,
            "scale": [1.0, 1.5],
            "sources": [
                {"path": str(media / "clips"), "weight": 0.7},
                {"path": str(media / "photos"), "kind": "photos", "weight": 0.3},
            ],
            "shapes": [
                {"frames": 5, "size": 16, "batch": 2},
                {"frames": 1, "size": 32, "batch": 2, "weight": 0.5},
            ],
        },
        "objective": {"kl": 1e-4, "latent_consistency": 1e-3},
        "optimiser": {"learning_rate": 1e-3},
        "schedule": {"steps": 8, "warmup": 2, "final": 0.25},
    }


def smooth_video(frames: int, size: int, seed: int = 0, batch: int = 1) -> torch.Tensor:
    """Slowly moving low-frequency pictures `(B, 3, T, size, size)` in [-1, 1]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(batch, 3, 2 + frames // 8, size // 8, size // 8, generator=generator)
    video = torch.nn.functional.interpolate(coarse, (frames, size, size), mode="trilinear")
    return (0.5 * video).clamp(-1, 1)
