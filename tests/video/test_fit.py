from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video.fit import Fit, Size, largest_multiple, place

SIDES = st.integers(1, 3000)
SIZES = st.tuples(SIDES, SIDES)


@given(SIZES, SIZES)
def test_crop_covers_and_keeps_the_shape(source: Size, target: Size) -> None:
    scaled = place(source, target, "crop").scaled
    assert scaled[0] >= target[0]
    assert scaled[1] >= target[1]
    assert any(abs(a - b) <= 1 for a, b in zip(scaled, target, strict=True))


@given(SIZES, SIZES)
def test_pad_stays_inside_and_keeps_the_shape(source: Size, target: Size) -> None:
    scaled = place(source, target, "pad").scaled
    assert 1 <= scaled[0] <= target[0]
    assert 1 <= scaled[1] <= target[1]
    assert any(abs(a - b) <= 1 for a, b in zip(scaled, target, strict=True))


@given(st.tuples(*[st.integers(1, 40)] * 2), st.tuples(*[st.integers(1, 40)] * 2))
@pytest.mark.parametrize("fit", ["crop", "resize", "pad"])
def test_every_picture_reaches_the_target(fit: Fit, source: Size, target: Size) -> None:
    placement = place(source, target, fit)
    assert placement.apply(np.ones((*placement.scaled, 3), np.uint8)).shape == (*target, 3)


def test_crop_keeps_the_centre() -> None:
    picture = np.zeros((4, 8, 3), np.uint8)
    picture[:, 2:6] = 1
    assert place((4, 8), (4, 4), "crop").apply(picture).all()


def test_pad_adds_black_on_both_sides() -> None:
    padded = place((4, 4), (4, 8), "pad").apply(np.ones((4, 4, 3), np.uint8))
    assert padded[:, 2:6].all()
    assert not padded[:, :2].any()
    assert not padded[:, 6:].any()


@pytest.mark.parametrize("fit", ["crop", "resize", "pad", "none"])
def test_no_target_changes_nothing(fit: Fit) -> None:
    picture = np.ones((5, 7, 3), np.uint8)
    assert place((5, 7), None, fit).apply(picture) is picture


def test_none_refuses_another_size() -> None:
    assert place((5, 7), (5, 7), "none").scaled == (5, 7)
    with pytest.raises(H3AEError, match="5x7, not 5x8"):
        place((5, 7), (5, 8), "none")


@pytest.mark.parametrize(("target", "fit"), [((0, 4), "crop"), ((4, 4), "stretch")])
def test_bad_requests(target: Size, fit: Fit) -> None:
    with pytest.raises(H3AEError):
        place((4, 4), target, fit)


def test_largest_multiple() -> None:
    assert largest_multiple((720, 1280), 32) == (704, 1280)
    with pytest.raises(H3AEError, match="smaller than the 32 pixels"):
        largest_multiple((31, 64), 32)
