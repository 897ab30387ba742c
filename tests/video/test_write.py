from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video import VideoClip, probe, write_clip

GREY = np.full((4, 32, 32, 3), 128, np.uint8)


@pytest.mark.parametrize("fps", [24, 12.5, Fraction(30000, 1001), 29.97])
def test_rate_survives(fps: Fraction | float, tmp_path: Path) -> None:
    path = tmp_path / "rate.mp4"
    assert write_clip(path, GREY, fps) == 4
    assert probe(path).fps == pytest.approx(float(fps), abs=1e-3)


def test_frames_are_taken_as_they_come(tmp_path: Path) -> None:
    taken = []

    def frames() -> Iterator[npt.NDArray[np.uint8]]:
        for index in range(100):
            taken.append(index)
            yield GREY[0]

    assert write_clip(tmp_path / "stream.mp4", frames(), 24) == 100
    assert taken == list(range(100))


def test_lower_crf_is_closer(scene: VideoClip, tmp_path: Path) -> None:
    sizes = []
    for crf in (8, 40):
        path = tmp_path / f"{crf}.mp4"
        write_clip(path, scene.frames, 24, crf=crf)
        sizes.append(path.stat().st_size)
    assert sizes[0] > 2 * sizes[1]


@pytest.mark.parametrize(
    ("name", "frames", "fps", "crf", "said"),
    [
        ("a.avi", GREY, 24, 16, "use one of .mp4"),
        ("a", GREY, 24, 16, "use one of .mp4"),
        ("a.mp4", GREY[:, :31], 24, 16, "even"),
        ("a.mp4", GREY[:, :, :31], 24, 16, "even"),
        ("a.mp4", GREY[:0], 24, 16, "no frames"),
        ("a.mp4", GREY[..., :1], 24, 16, r"\(H, W, 3\)"),
        ("a.mp4", GREY.astype(np.float32), 24, 16, "float32"),
        ("a.mp4", [GREY[0], GREY[0, :16]], 24, 16, "frame 1"),
        ("a.mp4", GREY, 0, 16, "frames per second"),
        ("a.mp4", GREY, float("nan"), 16, "frames per second"),
        ("a.mp4", GREY, 24, 52, "crf"),
    ],
)
def test_bad_requests_leave_nothing(
    name: str,
    frames: npt.NDArray[np.uint8],
    fps: float,
    crf: int,
    said: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(H3AEError, match=said) as caught:
        write_clip(tmp_path / name, frames, fps, crf=crf)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, H3AEError])
def test_an_interrupt_keeps_the_old_file(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "old.mp4"
    write_clip(path, GREY, 24)
    before = path.read_bytes()

    def frames() -> Iterator[npt.NDArray[np.uint8]]:
        yield from GREY
        raise error("stop")

    with pytest.raises(error, match="stop"):
        write_clip(path, frames(), 24)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    # A limit on file size fails in the same call as a full disk, and needs no disk to fill.
    code = """
import resource, sys
import numpy as np
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video import write_clip

resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0).integers(0, 256, (40, 128, 128, 3), dtype=np.uint8)
try:
    write_clip(sys.argv[1], noise, 24)
except H3AEError as error:
    print(error)
"""
    path = tmp_path / "large.mp4"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"cannot write {path}")
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(H3AEError, match="cannot write"):
        write_clip(tmp_path / "file" / "a.mp4", GREY, 24)
