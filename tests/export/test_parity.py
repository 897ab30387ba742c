"""Parity: what counts as a difference, and what passes."""

from __future__ import annotations

import numpy as np
import pytest

from h3ae_export.parity import THRESHOLD_DB, compare, make_parity
from h3ae_mobile.bundle.artifacts import EQUAL_DB


def frames(seed: int = 0, count: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (count, 3, 8, 8)).astype(np.float32)


def test_equal_frames_are_equal() -> None:
    difference = compare(frames(), frames())
    assert difference.psnr_db == (EQUAL_DB,) * 4
    assert difference.max_abs == 0


def test_psnr_of_a_constant_error() -> None:
    expected = frames()
    difference = compare(expected + np.float32(0.02), expected)
    # 10 log10(2^2 / 0.02^2) = 40 dB
    assert difference.psnr_db == pytest.approx([40.0] * 4, abs=1e-3)
    assert difference.max_abs == pytest.approx(0.02, abs=1e-6)


def test_the_worst_frame_is_named() -> None:
    expected = frames()
    actual = expected.copy()
    actual[2, 0, 0, 0] += 1.0
    difference = compare(actual, expected)
    assert difference.worst_frame == 2
    assert difference.worst_db < 40
    assert difference.psnr_db[0] == EQUAL_DB


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_black_and_nan_frames_never_pass(value: float) -> None:
    expected = frames()
    actual = expected.copy()
    actual[1] = value
    difference = compare(actual, expected)
    parity = make_parity(difference, precision="fp16", runtime="test", size=(8, 8))
    assert difference.worst_frame == 1
    assert not parity.passed


def test_missing_frames_and_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        compare(frames()[:3], frames())
    with pytest.raises(ValueError, match="frame 0 has shape"):
        compare(frames()[:, :, :4], frames())


def test_thresholds() -> None:
    assert THRESHOLD_DB == {"fp32": 100.0, "fp16": 45.0}
    expected = frames()
    parity = make_parity(
        compare(expected + np.float32(0.02), expected),
        precision="fp16",
        runtime="test",
        size=(8, 8),
        seams=(1, 3),
    )
    assert not parity.passed
    assert parity.seam_psnr_db == pytest.approx(40.0, abs=1e-3)
