from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.frames import FrameLaw, pad_frames

STRIDES = st.sampled_from([4, 8])


@pytest.mark.parametrize(
    ("temporal", "frames", "latents"), [(8, 1, 1), (8, 9, 2), (8, 17, 3), (4, 5, 2), (4, 17, 5)]
)
def test_published_counts(temporal: int, frames: int, latents: int) -> None:
    law = FrameLaw(temporal)
    assert law.latents(frames) == latents
    assert law.frames(latents) == frames


@given(STRIDES, st.integers(1, 10_000))
def test_nearest_counts_are_valid_and_enclose(temporal: int, frames: int) -> None:
    law = FrameLaw(temporal)
    below, above = law.nearest(frames)
    assert below <= frames <= above
    assert law.is_valid(below)
    assert law.is_valid(above)
    assert (below == above) == law.is_valid(frames)
    assert law.is_valid(frames + law.padding(frames))
    assert 0 <= law.padding(frames) < temporal


@given(STRIDES, st.integers(1, 10_000))
def test_latents_and_frames_are_inverse(temporal: int, latents: int) -> None:
    law = FrameLaw(temporal)
    assert law.latents(law.frames(latents)) == latents


@pytest.mark.parametrize(
    ("frames", "named"), [(16, ["9", "17"]), (18, ["17", "25"]), (0, ["1"]), (-3, ["1"])]
)
def test_refusal_names_the_law_and_the_nearest_counts(frames: int, named: list[str]) -> None:
    with pytest.raises(H3AEError) as caught:
        FrameLaw(8).check(frames)
    text = str(caught.value)
    assert "1 + 8k" in text
    assert "\n" not in text
    for count in named:
        assert count in text.replace("1 + 8k", "")


@pytest.mark.parametrize("latents", [0, -1])
def test_no_latents_is_refused(latents: int) -> None:
    with pytest.raises(H3AEError):
        FrameLaw(8).frames(latents)


def test_padding_repeats_the_last_frame() -> None:
    clip = np.arange(3 * 2 * 2 * 3, dtype=np.uint8).reshape(3, 2, 2, 3)
    padded = pad_frames(clip, 9)
    assert padded.shape == (9, 2, 2, 3)
    np.testing.assert_array_equal(padded[:3], clip)
    for frame in padded[3:]:
        np.testing.assert_array_equal(frame, clip[-1])


def test_padding_a_whole_clip_changes_nothing() -> None:
    clip = np.zeros((9, 2, 2, 3), np.uint8)
    assert pad_frames(clip, 9) is clip


@pytest.mark.parametrize(("present", "count"), [(0, 1), (9, 5)])
def test_impossible_padding_is_refused(present: int, count: int) -> None:
    with pytest.raises(H3AEError):
        pad_frames(np.zeros((present, 2, 2, 3), np.uint8), count)
