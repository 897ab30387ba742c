"""Makes the odd and the broken files that the tests read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

Frame = npt.NDArray[np.uint8]

# Kr and Kb of ITU-R BT.601, BT.709 and BT.2020.
LUMA = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
H273 = {"bt601": 6, "bt709": 1, "bt2020": 9, None: 2}


def ycbcr(rgb: tuple[float, float, float], matrix: str, full_range: bool) -> list[int]:
    """Encode a colour in [0, 1] by the definition of the standard."""
    red, green, blue = rgb
    kr, kb = LUMA[matrix]
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    if full_range:
        values = (255 * luma, 128 + 255 * cb, 128 + 255 * cr)
    else:
        values = (16 + 219 * luma, 128 + 224 * cb, 128 + 224 * cr)
    return [min(max(round(value), 0), 255) for value in values]


def write_flat(
    path: Path,
    levels: list[int],
    *,
    matrix: str | None,
    full_range: bool,
    height: int = 48,
    frames: int = 3,
    transfer: int | None = None,
    depth: int = 8,
) -> Path:
    """Write frames of one YCbCr colour, losslessly, with the given tags."""
    pixel_format = "yuv444p" if depth == 8 else "yuv444p10le"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, height, pixel_format
        context: Any = stream.codec_context
        context.colorspace = H273[matrix]
        context.color_range = 2 if full_range else 1
        if transfer is not None:
            context.color_trc, context.color_primaries = transfer, 9
        for index in range(frames):
            frame = av.VideoFrame(64, height, pixel_format)
            for plane, level in zip(frame.planes, levels, strict=True):
                sample = np.uint8(level) if depth == 8 else np.uint16(level)
                plane.update(np.full(plane.buffer_size // sample.itemsize, sample).tobytes())
            frame.pts = index
            for name in ("colorspace", "color_range", "color_trc", "color_primaries"):
                setattr(frame, name, getattr(context, name))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_lossless(path: Path, frames: npt.NDArray[np.uint8]) -> Path:
    """Write RGB frames without loss, in Matroska."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "bgr0"
        for index, array in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(array, "rgb24").reformat(format="bgr0")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_wide_pixels(path: Path, height: int, width: int, aspect: Fraction) -> Path:
    """Write grey frames whose pixels are `aspect` times as wide as high."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        stream.codec_context.sample_aspect_ratio = aspect
        for index in range(2):
            grey = np.full((height, width, 3), 128, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, "rgb24").reformat(format="yuv420p")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    """Write a file with sound and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        for _ in range(4):
            silence = np.zeros((1, 1024), np.float32)
            frame = av.AudioFrame.from_ndarray(silence, "fltp", "mono")
            frame.rate = 44100
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def turn(path: Path, turns: int) -> None:
    """Set the rotation of an mp4's picture to `turns` quarters clockwise, as a phone does."""
    cosine, sine = [(1, 0), (0, 1), (-1, 0), (0, -1)][turns]
    one = 1 << 16
    matrix = [cosine * one, sine * one, 0, -sine * one, cosine * one, 0, 0, 0, 1 << 30]
    data = bytearray(path.read_bytes())
    # tkhd, version 0: four bytes of flags, then 36 bytes of times, layers and volume.
    start = data.index(b"tkhd") + 4 + 4 + 36
    data[start : start + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)
    path.write_bytes(data)
