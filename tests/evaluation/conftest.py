"""Clips on disk and a codec that is quick and imperfect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from h3ae_mobile.video import synthetic_frames, write_clip

Array = NDArray[np.float32]


class HalfCodec:
    """Keeps every second pixel; the first frame, where given, comes back whole."""

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, video: Array) -> Array:
        self.encoded += 1
        return video[:, :, ::2, ::2].copy()

    def frames(self, latents: Array, *, image: Array | None = None) -> Iterator[Array]:
        for index, small in enumerate(latents):
            frame = small.repeat(2, axis=1).repeat(2, axis=2)
            yield image[0] if image is not None and index == 0 else frame


@pytest.fixture
def codec() -> HalfCodec:
    return HalfCodec()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips of 12, 9 and 4 frames."""
    folder = tmp_path_factory.mktemp("clips")
    for seed, frames in enumerate((12, 9, 4)):
        write_clip(folder / f"{seed}.mp4", synthetic_frames(frames, 64, 96, seed=seed), 24)
    return folder
