"""Reading clips: from any file that PyAV or Pillow reads to RGB frames of one size."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video.clip import VideoClip
from h3ae_mobile.video.colour import RGBConverter
from h3ae_mobile.video.fit import Fit, Size, place
from h3ae_mobile.video.images import decode_image, is_image, open_image, upright_size
from h3ae_mobile.video.probe import probe
from h3ae_mobile.video.source import display_size, frames_of, open_video, quarter_turns


def read_clip(
    path: Path | str,
    frames: int | None = None,
    size: Size | None = None,
    fit: Fit = "crop",
    start: int = 0,
) -> VideoClip:
    """Read a clip into memory; see `iter_frames` for parameters and errors.

    A frame of 512 x 512 takes 0.8 MB: give `frames` where a clip may be long.
    """
    info = probe(path)
    pictures = np.stack(list(iter_frames(path, frames, size, fit, start)))
    return VideoClip(pictures, info.fps, info.colour)


def read_at_most(
    path: Path | str, frames: int, size: Size | None = None, fit: Fit = "crop"
) -> VideoClip:
    """Read a clip's first `frames`, or all where there are fewer; see `iter_frames`.

    Not every container declares how many frames it holds: those there are, are counted.
    """
    info = probe(path)
    pictures = np.stack(list(islice(iter_frames(path, size=size, fit=fit), frames)))
    return VideoClip(pictures, info.fps, info.colour)


def iter_frames(
    path: Path | str,
    frames: int | None = None,
    size: Size | None = None,
    fit: Fit = "crop",
    start: int = 0,
) -> Iterator[npt.NDArray[np.uint8]]:
    """Read a clip frame by frame, in memory that does not grow with its length.

    Colour follows the file's tags (matrix, range, HDR curve); rotation and the shape of pixels
    are applied. An image is a clip of one frame.

    Parameters
    ----------
    path : path-like
    frames : int, optional
        Frames to read; all by default.
    size : (int, int), optional
        Height and width wanted; the clip's own by default.
    fit : {"crop", "resize", "pad", "none"}
        How the picture fills `size`; see `h3ae_mobile.video.fit.place`.
    start : int
        Frames to skip.

    Yields
    ------
    ndarray of shape (H, W, 3), uint8, RGB

    Raises
    ------
    H3AEError
        If the file is missing, unreadable, damaged within the part asked for, or too short.
    """
    path = Path(path)
    if start < 0:
        raise H3AEError(f"a clip cannot start at frame {start}", "count from 0")
    if frames is not None and frames < 1:
        raise H3AEError(f"cannot read {frames} frames", "ask for at least 1")
    read = _image if is_image(path) else _video
    pictures = read(path, size, fit, start)
    return _limited(path, pictures, frames, start)


def _image(
    path: Path, size: Size | None, fit: Fit, start: int
) -> Generator[npt.NDArray[np.uint8], None, None]:
    with open_image(path) as image:
        if start == 0:
            yield decode_image(image, place(upright_size(image), size, fit))


def _video(
    path: Path, size: Size | None, fit: Fit, start: int
) -> Generator[npt.NDArray[np.uint8], None, None]:
    with open_video(path) as (container, stream):
        to_rgb = RGBConverter()
        for frame in islice(frames_of(path, container, stream), start, None):
            placement = place(display_size(stream, frame), size, fit)
            turns = quarter_turns(frame)
            height, width = placement.scaled if turns % 2 == 0 else placement.scaled[::-1]
            # Scaled as coded and turned afterwards, when there is less to turn.
            yield np.ascontiguousarray(
                placement.apply(np.rot90(to_rgb(frame, height, width), turns))
            )


def _limited(
    path: Path,
    pictures: Generator[npt.NDArray[np.uint8], None, None],
    frames: int | None,
    start: int,
) -> Generator[npt.NDArray[np.uint8], None, None]:
    """Stop after `frames`, close the file at once, and refuse a clip that is shorter."""
    count = 0
    with closing(pictures):
        for picture in islice(pictures, frames):
            yield picture
            count += 1
    if frames is not None and count < frames:
        after = f" after the first {start}" if start else ""
        raise H3AEError(
            f"{path} has {count} of the {frames} frames asked for{after}", "ask for fewer"
        )
    if count == 0:
        raise H3AEError(f"{path} has no frame {start}", "start earlier")
