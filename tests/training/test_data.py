"""Samples are reproducible, sharded without overlap, and bad files cost only themselves."""

from __future__ import annotations

import logging
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.training.cache import CachedClip, load_cached, load_folder
from h3ae_mobile.training.config import BatchShape, DataConfig, TrainConfig
from h3ae_mobile.training.data import (
    Source,
    TrainingBatches,
    load_sources,
    pick_shape,
    to_video,
)

from .conftest import TINY


@pytest.fixture
def config(settings: dict[str, Any]) -> DataConfig:
    return TrainConfig.model_validate(settings).data


def batches(config: DataConfig, rank: int = 0, **changes: Any) -> TrainingBatches:
    config = config.model_copy(update=changes)
    return TrainingBatches(config, TINY, load_sources(config), seed=3, steps=20, rank=rank)


def test_a_batch_is_a_function_of_seed_and_number(config: DataConfig) -> None:
    first, second = batches(config), batches(config)
    for number in (7, 0):
        for name, tensor in first[number].items():
            assert torch.equal(tensor, second[number][name]), name
    assert not torch.equal(first[0]["noise"], first[1]["noise"])


def test_two_ranks_see_what_one_sees_with_the_doubled_batch(config: DataConfig) -> None:
    doubled = tuple(s.model_copy(update={"batch": 2 * s.batch}) for s in config.shapes)
    whole = batches(config, shapes=doubled)[5]
    parts = [batches(config, rank=rank)[5] for rank in (0, 1)]
    for name, tensor in whole.items():
        assert torch.equal(tensor, torch.cat([part[name] for part in parts])), name


def test_frames_become_channels_last_video_in_range(config: DataConfig) -> None:
    video = to_video(batches(config)[0]["frames"])
    assert video.shape[1] == 3
    assert video.is_contiguous(memory_format=torch.channels_last_3d)
    assert video.min() >= -1
    assert video.max() <= 1


@pytest.mark.parametrize(("p", "lowest", "highest"), [(0.0, 0, 0), (0.5, 70, 130), (1.0, 200, 200)])
def test_the_first_frame_is_seen_with_probability_p(
    config: DataConfig, p: float, lowest: int, highest: int
) -> None:
    data = TrainingBatches(config, TINY, [made_up(5)], 0, 200, omni=p)
    shape = BatchShape(frames=1, size=16, batch=1)
    seen = sum(bool(data._draw(shape, number, 0)[1]) for number in range(200))
    assert lowest <= seen <= highest


def made_up(frames: int, height: int = 40, width: int = 48) -> Source:
    ramp = np.arange(frames, dtype=np.uint8)[:, None, None, None]
    return Source([CachedClip(Path("x"), np.broadcast_to(ramp, (frames, height, width, 3)))], 1.0)


@pytest.mark.parametrize(("frames", "wanted"), [(2, {0, 1}), (40, None)])
def test_time_runs_evenly_and_short_clips_bounce(
    config: DataConfig, frames: int, wanted: set[int] | None
) -> None:
    data = TrainingBatches(config, TINY, [made_up(frames)], 0, 1)
    for number in range(8):
        clip = data.sample(BatchShape(frames=9, size=32, batch=1), number, 0)
        times = clip[:, 0, 0, 0].tolist()
        assert clip.shape == (9, 32, 32, 3)
        if wanted is not None:
            assert set(times) == wanted
        else:
            assert {b - a for a, b in pairwise(times)} == {1}


def test_photographs_pan_smoothly(config: DataConfig) -> None:
    x = np.linspace(0, 255, 160, dtype=np.uint8)
    photo = np.broadcast_to(x[None, None, :, None], (1, 120, 160, 3))
    data = TrainingBatches(
        config.model_copy(update={"pan": 2.0}),
        TINY,
        [Source([CachedClip(Path("x"), photo)], 1)],
        0,
        1,
    )
    moved = 0
    for number in range(12):
        clip = data.sample(BatchShape(frames=9, size=48, batch=1), number, 0).float()
        steps = clip.mean((1, 2, 3)).diff()
        assert steps.abs().max() < 12
        moved += bool(steps.abs().sum() > 2)
    assert moved > 6


def test_damaged_files_are_reported_and_skipped(
    media: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "clips"
    shutil.copytree(media / "clips", folder)
    whole = (folder / "0.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    (folder / "text.mp4").write_text("no video")
    (folder / "empty.mp4").touch()
    with caplog.at_level(logging.WARNING):
        clips = load_folder(folder, "clips", 48, tmp_path / "cache")
    assert [clip.source.name for clip in clips] == ["0.mp4", "1.mp4"]
    for name in ("cut.mp4", "text.mp4", "empty.mp4"):
        assert sum(name in record.message for record in caplog.records) == 1


def test_missing_empty_and_useless_folders_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(H3AEError, match="there is no folder"):
        load_folder(tmp_path / "nowhere", "clips", 48, tmp_path)
    with pytest.raises(H3AEError, match="holds no photos"):
        load_folder(tmp_path, "photos", 48, tmp_path)
    (tmp_path / "bad.mp4").write_text("no video")
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    with pytest.raises(H3AEError, match="none of the 2 files"):
        load_folder(tmp_path, "clips", 48, tmp_path)


def test_the_cache_is_used_and_follows_the_file(media: Path, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    shutil.copy(media / "photos" / "0.png", path)
    first = load_cached(path, 24, tmp_path / "cache")
    assert first.frames.shape == (1, 24, 32, 3)
    load_cached(path, 24, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 1
    shutil.copyfile(media / "photos" / "1.png", path)
    second = load_cached(path, 24, tmp_path / "cache")
    assert not np.array_equal(first.frames, second.frames)


def test_batch_shapes_take_part_in_their_span() -> None:
    early = BatchShape(frames=1, size=8, batch=1, end=0.5)
    late = BatchShape(frames=1, size=16, batch=1, start=0.5)
    assert pick_shape([early, late], 0, 4, 10) == early
    assert pick_shape([early, late], 0, 5, 10) == late
