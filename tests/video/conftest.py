from __future__ import annotations

from pathlib import Path

import pytest

from h3ae_mobile.video import VideoClip, synthetic_clip, write_clip


@pytest.fixture(scope="session")
def scene() -> VideoClip:
    """Nine small frames of the synthetic scene."""
    return synthetic_clip(9, 96, 128)


@pytest.fixture
def movie(scene: VideoClip, tmp_path: Path) -> Path:
    """The same frames as an mp4."""
    path = tmp_path / "scene.mp4"
    write_clip(path, scene.frames, scene.fps)
    return path
