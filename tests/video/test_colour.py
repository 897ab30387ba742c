from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from h3ae_mobile.video import probe, read_clip, write_clip
from tests.video.files import write_flat, ycbcr

COLOURS = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (0, 0, 0), (0.8, 0.4, 0.1)]


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("rgb", COLOURS)
def test_tags_decide(
    rgb: tuple[float, float, float], matrix: str, full_range: bool, tmp_path: Path
) -> None:
    path = tmp_path / "flat.mkv"
    write_flat(path, ycbcr(rgb, matrix, full_range), matrix=matrix, full_range=full_range)
    clip = read_clip(path)
    assert (clip.colour.matrix, clip.colour.full_range) == (matrix, full_range)
    expected = np.broadcast_to(np.round(np.array(rgb) * 255), clip.frames.shape)
    # One step of luma or chroma is up to two of RGB.
    np.testing.assert_allclose(clip.frames, expected, atol=2)


@pytest.mark.parametrize(("height", "convention"), [(576, "bt601"), (720, "bt709")])
def test_untagged_files_follow_the_convention(height: int, convention: str, tmp_path: Path) -> None:
    path = tmp_path / "untagged.mkv"
    levels = ycbcr((0.8, 0.4, 0.1), convention, False)
    write_flat(path, levels, matrix=None, full_range=False, height=height, frames=1)
    clip = read_clip(path)
    assert (clip.colour.matrix, clip.colour.assumed) == (convention, True)
    np.testing.assert_allclose(clip.frames[0, 5, 5], (204, 102, 26), atol=2)


@pytest.mark.skipif(
    int(av.__version__.split(".")[0]) < 18, reason="PyAV before 18 does not convert HDR curves"
)
def test_hdr_white_is_white(tmp_path: Path) -> None:
    # BT.2408: diffuse white (203 cd/m2) is at 75 % of an HLG signal; 18 is HLG in H.273.
    white = round(64 + 0.75 * 876)
    path = tmp_path / "hlg.mkv"
    write_flat(path, [white, 512, 512], matrix="bt2020", full_range=False, transfer=18, depth=10)
    assert probe(path).colour.transfer == "hlg"
    np.testing.assert_allclose(read_clip(path).frames, 255, atol=6)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_written_clips_are_bt709_with_limited_range(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"red{suffix}"
    red = np.broadcast_to(np.array([204, 102, 26], np.uint8), (3, 32, 32, 3))
    write_clip(path, red, 24, crf=1)
    clip = read_clip(path)
    assert (clip.colour.matrix, clip.colour.full_range) == ("bt709", False)
    assert not clip.colour.assumed
    np.testing.assert_allclose(clip.frames, red, atol=3)
