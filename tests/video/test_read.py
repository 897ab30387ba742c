from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video import VideoClip, iter_frames, probe, read_clip, synthetic_frames, write_clip
from h3ae_mobile.video.psnr import frame_psnr
from tests.video.files import turn, write_lossless, write_sound, write_wide_pixels


def test_probe(movie: Path) -> None:
    info = probe(movie)
    assert info.size == (96, 128)
    assert info.fps == Fraction(24)
    assert info.frames == 9
    assert info.codec == "h264"
    assert (info.colour.matrix, info.colour.full_range) == ("bt709", False)
    assert not info.colour.assumed
    assert info.rotation == 0


def test_a_clip_survives_the_file(scene: VideoClip, movie: Path) -> None:
    clip = read_clip(movie)
    assert len(clip) == 9
    assert (clip.height, clip.width) == (96, 128)
    assert clip.fps == scene.fps
    assert frame_psnr(scene.frames, clip.frames).min() > 30


def test_frames_and_start_choose_a_part(movie: Path) -> None:
    whole = read_clip(movie).frames
    np.testing.assert_array_equal(read_clip(movie, frames=3, start=4).frames, whole[4:7])
    np.testing.assert_array_equal(read_clip(movie, start=7).frames, whole[7:])


def test_iteration_gives_the_same_frames(movie: Path) -> None:
    np.testing.assert_array_equal(np.stack(list(iter_frames(movie))), read_clip(movie).frames)


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    def peak(length: int) -> int:
        path = tmp_path / f"{length}.mp4"
        write_clip(path, synthetic_frames(length, 64, 64), 24)
        tracemalloc.start()
        count = sum(1 for _ in iter_frames(path, size=(256, 256), fit="resize"))
        assert count == length
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    assert peak(48) < 1.2 * peak(12)


def open_files() -> int:
    gc.collect()
    return len(list(Path("/dev/fd").iterdir()))


def test_files_are_closed_when_reading_stops_early(movie: Path) -> None:
    before = open_files()
    for _ in range(5):
        frames = iter_frames(movie)
        next(frames)
        del frames
    for _ in range(5):
        read_clip(movie, frames=2)
    assert open_files() == before


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_rotation_is_applied(scene: VideoClip, movie: Path, turns: int) -> None:
    upright = read_clip(movie).frames
    turn(movie, turns)
    clip = read_clip(movie)
    expected = np.rot90(upright, -turns, axes=(1, 2))
    assert probe(movie).size == expected.shape[1:3]
    np.testing.assert_array_equal(clip.frames, expected)


def test_rotated_clips_are_fitted_as_they_are_seen(movie: Path) -> None:
    turn(movie, 1)
    clip = read_clip(movie, size=(128, 64), fit="crop")
    assert clip.frames.shape[1:3] == (128, 64)
    whole = read_clip(movie, size=(128, 96), fit="none").frames
    np.testing.assert_array_equal(clip.frames, whole[:, :, 16:80])


def test_pixels_become_square(tmp_path: Path) -> None:
    path = write_wide_pixels(tmp_path / "wide.mp4", 48, 40, Fraction(8, 5))
    assert probe(path).size == (48, 64)
    assert read_clip(path).frames.shape == (2, 48, 64, 3)


def test_rgb_video_is_exact(scene: VideoClip, tmp_path: Path) -> None:
    path = write_lossless(tmp_path / "exact.mkv", scene.frames)
    np.testing.assert_array_equal(read_clip(path).frames, scene.frames)
    assert probe(path).colour.matrix == "rgb"


def test_real_clip(clips: Path) -> None:
    path = sorted((clips / "test").glob("*.mp4"))[0]
    clip = read_clip(path, frames=3, size=(64, 96))
    assert clip.frames.shape == (3, 64, 96, 3)
    assert clip.frames.std() > 10


def missing(folder: Path, movie: Path) -> Path:
    return folder / "absent.mp4"


def directory(folder: Path, movie: Path) -> Path:
    return folder


def text(folder: Path, movie: Path) -> Path:
    path = folder / "notes.txt"
    path.write_text("not a clip\n" * 50)
    return path


def empty(folder: Path, movie: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def sound(folder: Path, movie: Path) -> Path:
    return write_sound(folder / "sound.m4a")


def without_index(folder: Path, movie: Path) -> Path:
    data = movie.read_bytes()
    movie.write_bytes(data.replace(b"moov", b"none"))
    return movie


def truncated(folder: Path, movie: Path) -> Path:
    data = movie.read_bytes()
    movie.write_bytes(data[: len(data) * 2 // 3])
    return movie


def cut_between_frames(folder: Path, movie: Path) -> Path:
    with av.open(str(movie)) as container:
        *_, last = container.streams.video[0].index_entries
    movie.write_bytes(movie.read_bytes()[: last.pos])
    return movie


def zeroed(folder: Path, movie: Path) -> Path:
    data = bytearray(movie.read_bytes())
    middle = (data.index(b"mdat") + len(data)) // 2
    data[middle:] = bytes(len(data) - middle)
    movie.write_bytes(data)
    return movie


def playlist(folder: Path, movie: Path) -> Path:
    path = folder / "list.m3u8"
    path.write_text("#EXTM3U\n#EXTINF:1,\nhttp://localhost:9/clip.ts\n#EXT-X-ENDLIST\n")
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (missing, "does not exist"),
        (directory, "is a directory"),
        (text, "is not a video"),
        (empty, "cannot be read as a video"),
        (sound, "no video stream"),
        (without_index, "scene.mp4"),
        (truncated, "breaks off"),
        (cut_between_frames, "breaks off at frame 8"),
        (zeroed, "scene.mp4"),
        (playlist, "cannot be read as a video"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_bad_files_are_one_clear_line(
    make: Callable[[Path, Path], Path],
    said: str,
    whole: bool,
    tmp_path: Path,
    movie: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = make(tmp_path, movie)
    with pytest.raises(H3AEError) as caught:
        read_clip(path) if whole else list(iter_frames(path, size=(32, 32)))
    message = str(caught.value)
    assert said in message
    assert str(path) in message
    assert "\n" not in message
    assert capfd.readouterr() == ("", "")


def test_damage_behind_the_part_asked_for_does_not_matter(movie: Path) -> None:
    whole = read_clip(movie).frames
    movie.write_bytes(movie.read_bytes()[:-10])
    np.testing.assert_array_equal(read_clip(movie, frames=5).frames, whole[:5])
    with pytest.raises(H3AEError, match="breaks off at frame 8"):
        read_clip(movie)


@pytest.mark.parametrize(
    ("frames", "start", "said"),
    [
        (10, 0, "9 of the 10 frames"),
        (5, 6, "3 of the 5 frames asked for after the first 6"),
        (None, 9, "no frame 9"),
        (0, 0, "cannot read 0 frames"),
        (1, -1, "cannot start at frame -1"),
    ],
)
def test_impossible_parts(movie: Path, frames: int | None, start: int, said: str) -> None:
    with pytest.raises(H3AEError, match=said):
        read_clip(movie, frames=frames, start=start)


def test_names_that_look_like_addresses_are_files(scene: VideoClip, tmp_path: Path) -> None:
    path = tmp_path / "concat:50%03d.mkv"
    write_lossless(path, scene.frames[:2])
    assert len(read_clip(path)) == 2
