"""Decode every clip and photograph once into memory-mapped uint8 frames."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError
from rich.console import Console
from rich.progress import track

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.files import atomic_file

Kind = Literal["clips", "photos"]
Frames = npt.NDArray[np.uint8]

VIDEO_SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v"}
PHOTO_SUFFIXES = {".webp", ".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CachedClip:
    """Frames `(T, H, W, 3)` uint8 of one file, mapped from disk; photographs have T = 1."""

    source: Path
    frames: Frames


def list_media(folder: Path, kind: Kind) -> list[Path]:
    """Files of `kind` anywhere under `folder`, sorted.

    Raises
    ------
    H3AEError
        If the folder is missing or holds none.
    """
    if not folder.is_dir():
        raise H3AEError(f"there is no folder {folder}", "name an existing one in data.sources")
    suffixes = VIDEO_SUFFIXES if kind == "clips" else PHOTO_SUFFIXES
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    if not found:
        raise H3AEError(f"{folder} holds no {kind} ({', '.join(sorted(suffixes))})")
    return found


def load_cached(path: Path, kind: Kind, short_side: int, cache: Path) -> CachedClip:
    """Map the frames of `path`, decoding them first where the cache lacks them.

    Parameters
    ----------
    short_side : int
        Frames whose shorter side is longer are scaled down to it; none is scaled up.
    cache : Path
        Folder of ``.npy`` files, named after the source's path, size, time and `short_side`.

    Raises
    ------
    H3AEError
        If the file cannot be decoded to its end.
    """
    stat = path.stat()
    identity = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{short_side}"
    entry = cache / f"{path.stem}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.npy"
    if not entry.is_file():
        frames = decode_clip(path, short_side) if kind == "clips" else decode_photo(path)
        with atomic_file(entry) as temporary:
            np.save(temporary, _limit(frames, short_side) if kind == "photos" else frames)
    return CachedClip(path, np.load(entry, mmap_mode="r"))


def load_folder(folder: Path, kind: Kind, short_side: int, cache: Path) -> list[CachedClip]:
    """Map every readable file of `folder`; the others are reported and skipped.

    Raises
    ------
    H3AEError
        If the folder is missing, empty, or none of its files can be read.
    """
    paths = list_media(folder, kind)
    clips = []
    for path in track(
        paths, f"reading {folder.name}", console=Console(stderr=True), transient=True
    ):
        try:
            clips.append(load_cached(path, kind, short_side, cache))
        except H3AEError as error:
            log.warning("skipped %s", error)
    if not clips:
        raise H3AEError(f"none of the {len(paths)} files in {folder} can be read")
    return clips


def decode_clip(path: Path, short_side: int) -> Frames:
    """Decode all frames of a video to `(T, H, W, 3)` RGB, complete or not at all."""
    frames: list[Frames] = []
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise H3AEError(f"{path} holds no video stream")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            announced = stream.frames
            for frame in container.decode(stream):
                height, width = _limited_size(frame.height, frame.width, short_side)
                frames.append(
                    frame.reformat(
                        width=width, height=height, format="rgb24", interpolation="AREA"
                    ).to_ndarray()
                )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise H3AEError(f"{path} cannot be decoded: {error}") from None
    if not frames or len(frames) < announced:
        raise H3AEError(f"{path} is truncated: {len(frames)} of {announced} frames decode")
    if len({frame.shape for frame in frames}) > 1:
        raise H3AEError(f"{path} changes its size midway")
    return np.stack(frames)


def decode_photo(path: Path) -> Frames:
    """Decode a photograph to `(1, H, W, 3)` RGB."""
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB"))[None]
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise H3AEError(f"{path} cannot be decoded: {error}") from None


def _limit(photo: Frames, short_side: int) -> Frames:
    height, width = _limited_size(*photo.shape[1:3], short_side)
    if (height, width) == photo.shape[1:3]:
        return photo
    image = Image.fromarray(photo[0]).resize((width, height), Image.Resampling.BOX)
    return np.asarray(image)[None]


def _limited_size(height: int, width: int, short_side: int) -> tuple[int, int]:
    scale = min(1.0, short_side / min(height, width))
    return round(height * scale), round(width * scale)
