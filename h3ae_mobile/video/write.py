"""Writing clips as H.264 that every phone, browser and player shows in the right colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError
from av.video.stream import VideoStream

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.files import atomic_file
from h3ae_mobile.video.colour import BT709Converter, tag_bt709

_CONTAINERS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}

# A browser starts to play before it has the whole file; Matroska ignores it.
_INDEX_FIRST = {"movflags": "+faststart"}


def write_clip(
    path: Path | str,
    frames: Iterable[npt.NDArray[np.uint8]],
    fps: Fraction | float,
    *,
    crf: int = 16,
) -> int:
    """Encode frames as they come; memory does not grow with their number.

    H.264, yuv420p, tagged BT.709 with limited range. The file is written beside its place and
    moved there when it is whole, so that an interrupt or a full disk leaves nothing.

    Parameters
    ----------
    path : path-like
        Ends in .mp4, .mov or .mkv.
    frames : iterable of ndarray of shape (H, W, 3), uint8, RGB
        All of one size, H and W even. A clip of shape (T, H, W, 3) is one such iterable.
    fps : Fraction or float
        Frames per second.
    crf : int
        Constant rate factor of x264, from 0 to 51; 16 is visually lossless.

    Returns
    -------
    int
        Frames written.

    Raises
    ------
    H3AEError
        If the ending, the rate, a size or an array is wrong, there is no frame, or the place
        cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in _CONTAINERS:
        raise H3AEError(
            f"cannot write a clip as {path.name!r}", f"use one of {', '.join(_CONTAINERS)}"
        )
    if not 0 <= crf <= 51:
        raise H3AEError(f"crf is between 0 and 51, not {crf}")
    rate = _frame_rate(fps)
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise H3AEError(f"there are no frames to write to {path}")
    height, width = _even_size(first)
    with atomic_file(path) as temporary:
        try:
            with av.open(
                str(temporary), "w", format=_CONTAINERS[suffix], container_options=_INDEX_FIRST
            ) as container:
                stream = container.add_stream("libx264", rate=rate, options={"crf": str(crf)})
                _set_up(stream, height, width)
                written = 0
                for frame in _encodable(chain([first], pictures), height, width):
                    frame.pts = written
                    container.mux(stream.encode(frame))
                    written += 1
                container.mux(stream.encode())
        except FFmpegError as error:
            if isinstance(error, OSError):
                raise
            raise H3AEError(f"cannot encode {path}: {error.strerror}") from error
    return written


def _set_up(stream: VideoStream, height: int, width: int) -> None:
    stream.height, stream.width = height, width
    stream.pix_fmt = "yuv420p"
    tag_bt709(stream.codec_context)


def _encodable(
    pictures: Iterable[npt.NDArray[np.uint8]], height: int, width: int
) -> Iterator[av.VideoFrame]:
    to_frame = BT709Converter()
    for index, picture in enumerate(pictures):
        if picture.shape != (height, width, 3) or picture.dtype != np.uint8:
            raise H3AEError(
                f"frame {index} is {picture.shape} in {picture.dtype}, "
                f"the first was ({height}, {width}, 3) in uint8"
            )
        yield to_frame(picture)


def _even_size(picture: npt.NDArray[np.uint8]) -> tuple[int, int]:
    if picture.ndim != 3 or picture.shape[-1] != 3 or not picture.size:
        raise H3AEError(f"a frame is (H, W, 3), not {picture.shape}")
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        raise H3AEError(
            f"H.264 in yuv420p needs an even height and width, not {height}x{width}",
            "crop or pad the frames by one pixel",
        )
    return height, width


def _frame_rate(fps: Fraction | float) -> Fraction:
    if not 0 < fps <= 1000:
        raise H3AEError(f"a clip cannot have {fps} frames per second")
    # Rates like 29.97 become 30000/1001 and not a fraction that overflows the container's clock.
    return Fraction(fps).limit_denominator(1001)
