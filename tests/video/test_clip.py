from __future__ import annotations

import numpy as np
import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video import from_tensor, quantise, to_tensor


def test_every_level_survives() -> None:
    frames = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    tensor = to_tensor(frames)
    assert tensor.dtype == np.float32
    assert (tensor.min(), tensor.max()) == (-1, 1)
    np.testing.assert_array_equal(from_tensor(tensor), frames)
    np.testing.assert_array_equal(from_tensor(tensor[0].astype(np.float64)), frames)


def test_axes() -> None:
    frames = np.zeros((2, 4, 6, 3), np.uint8)
    frames[1, 2, 3, 0] = 255
    tensor = to_tensor(frames)
    assert tensor.shape == (1, 3, 2, 4, 6)
    assert tensor.flags.c_contiguous
    assert tensor[0, 0, 1, 2, 3] == 1
    assert (tensor == 1).sum() == 1


def test_values_are_rounded_and_clipped() -> None:
    values = np.array([-9, -1, -0.999, 0, 0.9999, 1, 2])
    np.testing.assert_array_equal(quantise(values), [0, 0, 0, 128, 255, 255, 255])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_overflow_does_not_pass_for_a_picture(value: float) -> None:
    tensor = np.zeros((1, 3, 1, 2, 2), np.float16)
    tensor[0, 1, 0, 1, 1] = value
    with pytest.raises(H3AEError, match="not finite"):
        from_tensor(tensor)


@pytest.mark.parametrize("shape", [(2, 3, 1, 4, 4), (1, 4, 4), (4, 1, 4, 4)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(H3AEError, match="video tensor"):
        from_tensor(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    "frames", [np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4, 4, 3), np.uint8),
               np.zeros((1, 4, 4, 3), np.float32)]
)  # fmt: skip
def test_other_frames_are_refused(frames: np.ndarray) -> None:
    with pytest.raises(H3AEError, match="a clip is"):
        to_tensor(frames)
