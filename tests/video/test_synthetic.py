from __future__ import annotations

import numpy as np
import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video import VideoClip, synthetic_clip, synthetic_frames
from h3ae_mobile.video.psnr import frame_psnr


def test_the_same_arguments_give_the_same_frames(scene: VideoClip) -> None:
    np.testing.assert_array_equal(synthetic_clip(9, 96, 128).frames, scene.frames)
    assert not np.array_equal(synthetic_clip(9, 96, 128, seed=1).frames, scene.frames)


def test_a_shorter_clip_is_the_beginning(scene: VideoClip) -> None:
    short = np.stack(list(synthetic_frames(3, 96, 128)))
    np.testing.assert_array_equal(short, scene.frames[:3])


def test_there_is_something_to_see_and_it_moves(scene: VideoClip) -> None:
    assert scene.frames.std(axis=(1, 2)).min() > 20
    assert (frame_psnr(scene.frames[1:], scene.frames[:-1]) < 35).all()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (33, 97), (64, 16), (8, 200)])
def test_any_size(height: int, width: int) -> None:
    clip = synthetic_clip(2, height, width)
    assert clip.frames.shape == (2, height, width, 3)


@pytest.mark.parametrize("shape", [(0, 8, 8), (1, 0, 8), (1, 8, -1)])
def test_impossible_sizes(shape: tuple[int, int, int]) -> None:
    with pytest.raises(H3AEError):
        synthetic_clip(*shape)
