"""The resizing baseline: its budget, and what it loses."""

from __future__ import annotations

import numpy as np
import pytest

from h3ae_mobile.config import get_config
from h3ae_mobile.evaluation.baseline import ResizeCodec
from h3ae_mobile.frames import FrameLaw

CONFIG = get_config("h3ae-demo")


@pytest.mark.parametrize("frames", [1, 17, 33])
@pytest.mark.parametrize("size", [(256, 256), (512, 256)])
def test_it_keeps_about_as_many_numbers_as_the_latents(frames: int, size: tuple[int, int]) -> None:
    video = np.zeros((frames, 3, *size), np.float32)
    held = CONFIG.latent_channels * FrameLaw(8).latents(frames) * size[0] * size[1] // 32**2
    kept = ResizeCodec(CONFIG, size).encode(video).size
    assert held <= kept < 1.1 * held


def test_flat_frames_come_back_and_noise_does_not() -> None:
    codec = ResizeCodec(CONFIG, (64, 64))
    flat = np.full((9, 3, 64, 64), 0.25, np.float32)
    noise = np.random.default_rng(0).uniform(-1, 1, flat.shape).astype(np.float32)
    for video, low, high in ((flat, 0, 1e-5), (noise, 0.4, 0.7)):
        frames = list(codec.frames(codec.encode(video), image=video[:1]))
        assert len(frames) == 9
        assert low <= float(np.sqrt(np.mean((np.stack(frames) - video) ** 2))) <= high
