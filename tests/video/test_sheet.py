from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video import VideoClip, contact_sheet
from h3ae_mobile.video.psnr import frame_psnr
from h3ae_mobile.video.sheet import _summary


def contains(sheet: np.ndarray, picture: np.ndarray) -> tuple[int, int]:
    """Find a picture in a sheet by its pixels."""
    height, width = picture.shape[:2]
    for top in range(sheet.shape[0] - height + 1):
        for left in np.flatnonzero((sheet[top] == picture[0, 0]).all(-1)):
            if np.array_equal(sheet[top : top + height, left : left + width], picture):
                return top, int(left)
    raise AssertionError("the picture is not in the sheet")


def test_originals_stand_above_reconstructions(scene: VideoClip, tmp_path: Path) -> None:
    coded = (scene.frames // 16 * 16).astype(np.uint8)
    path = contact_sheet(scene.frames, coded, tmp_path / "sheet.png", title="h3ae-demo", columns=3)
    sheet = np.asarray(Image.open(path))
    columns = []
    for index in (0, 4, 8):
        above, left = contains(sheet, scene.frames[index])
        below, same = contains(sheet, coded[index])
        assert above < below
        assert left == same
        columns.append(left)
    assert columns == sorted(columns)


def test_the_error_row_is_magnified(scene: VideoClip, tmp_path: Path) -> None:
    coded = scene.frames ^ 1
    path = contact_sheet(scene.frames, coded, tmp_path / "sheet.png", columns=1, error_map=True)
    contains(np.asarray(Image.open(path)), np.full((96, 128, 3), 8, np.uint8))


@pytest.mark.parametrize(("columns", "frames"), [(1, 9), (6, 1), (40, 9), (0, 2)])
def test_any_number_of_columns(scene: VideoClip, columns: int, frames: int, tmp_path: Path) -> None:
    clip = scene.frames[:frames]
    path = contact_sheet(clip, clip, tmp_path / "sheet.png", columns=columns)
    assert Image.open(path).width >= 128


def test_large_pictures_are_reduced(tmp_path: Path) -> None:
    large = np.zeros((2, 600, 300, 3), np.uint8)
    path = contact_sheet(large, large, tmp_path / "sheet.png", cell=100)
    assert Image.open(path).size[1] < 400


def test_psnr() -> None:
    black = np.zeros((3, 8, 8, 3), np.uint8)
    other = black.copy()
    other[1] = 1
    other[2] = 255
    np.testing.assert_allclose(frame_psnr(black, other), [np.inf, 48.1308, 0], atol=1e-4)


def test_summary_names_the_worst_frame() -> None:
    assert (
        _summary(np.array([np.inf, 30.0, 20.0])) == "PSNR mean 25.00 dB, worst 20.00 dB (frame 2)"
    )
    assert _summary(np.array([np.inf])) == "all frames identical"


def test_bad_requests_leave_nothing(scene: VideoClip, tmp_path: Path) -> None:
    with pytest.raises(H3AEError, match=r"\.png"):
        contact_sheet(scene.frames, scene.frames, tmp_path / "sheet.pdf")
    with pytest.raises(H3AEError, match="reconstruction"):
        contact_sheet(scene.frames, scene.frames[:1], tmp_path / "sheet.png")
    assert list(tmp_path.iterdir()) == []
