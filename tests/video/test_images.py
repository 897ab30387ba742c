from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video import VideoClip, probe, read_clip, write_image


@pytest.mark.parametrize("suffix", [".png", ".webp", ".PNG"])
def test_lossless_images_survive(scene: VideoClip, suffix: str, tmp_path: Path) -> None:
    path = write_image(tmp_path / f"frame{suffix}", scene.frames[0])
    clip = read_clip(path)
    np.testing.assert_array_equal(clip.frames, scene.frames[:1])
    assert clip.fps == 1
    assert probe(path).frames == 1


def test_jpeg_is_close(scene: VideoClip, tmp_path: Path) -> None:
    path = write_image(tmp_path / "frame.jpg", scene.frames[0])
    error = read_clip(path).frames.astype(float) - scene.frames[:1]
    assert np.abs(error).mean() < 3


def test_images_are_fitted(scene: VideoClip, tmp_path: Path) -> None:
    path = write_image(tmp_path / "frame.png", scene.frames[0])
    assert read_clip(path, size=(64, 64)).frames.shape == (1, 64, 64, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(scene: VideoClip, orientation: int, tmp_path: Path) -> None:
    upright = scene.frames[0]
    # What a camera stores so that the orientation brings it back.
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.png"
    Image.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif)
    assert probe(path).size == upright.shape[:2]
    np.testing.assert_array_equal(read_clip(path).frames[0], upright)


def test_sixteen_bits_are_scaled(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    Image.fromarray(np.array([[0, 0x8000, 0xFFFF]], np.uint16)).save(path)
    np.testing.assert_array_equal(read_clip(path).frames[0, 0, :, 0], [0, 128, 255])


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA"])
def test_every_mode_becomes_rgb(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("image.jpg" if mode == "CMYK" else "image.png")
    Image.new("RGB", (16, 16), (255, 255, 255)).convert(mode).save(path)
    np.testing.assert_array_equal(read_clip(path).frames, 255)


def test_transparent_pixels_are_black(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(path)
    assert not read_clip(path).frames.any()


@pytest.mark.parametrize("kind", ["missing", "directory", "text", "truncated", "large"])
def test_bad_images_are_one_clear_line(
    kind: str, scene: VideoClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "image.png"
    if kind == "directory":
        path.mkdir()
    elif kind == "text":
        path.write_text("not an image")
    elif kind == "truncated":
        write_image(path, scene.frames[0])
        path.write_bytes(path.read_bytes()[:-2000])
    elif kind == "large":
        Image.new("1", (10_000, 10_000)).save(path)
    with pytest.raises(H3AEError) as caught:
        read_clip(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_image_has_one_frame(scene: VideoClip, tmp_path: Path) -> None:
    path = write_image(tmp_path / "frame.png", scene.frames[0])
    with pytest.raises(H3AEError, match="1 of the 9 frames"):
        read_clip(path, frames=9)
    with pytest.raises(H3AEError, match="no frame 1"):
        read_clip(path, start=1)


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("frame.gif", np.zeros((4, 4, 3), np.uint8)),
        ("frame.png", np.zeros((1, 4, 4, 3), np.uint8)),
        ("frame.png", np.zeros((4, 4, 3), np.float32)),
    ],
)
def test_bad_writes_leave_nothing(name: str, frame: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(H3AEError):
        write_image(tmp_path / name, frame)
    assert list(tmp_path.iterdir()) == []
