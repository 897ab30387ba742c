"""Decode every clip and photograph once into memory-mapped uint8 frames."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.files import atomic_file
from h3ae_mobile.video import Size, probe, read_clip

Kind = Literal["clips", "photos"]
Frames: TypeAlias = npt.NDArray[np.uint8]

SUFFIXES: dict[Kind, frozenset[str]] = {
    "clips": frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm"}),
    "photos": frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}),
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CachedClip:
    """Frames `(T, H, W, 3)` uint8 of one file, mapped from disk; photographs have T = 1."""

    source: Path
    frames: Frames


def list_media(folder: Path, kind: Kind) -> list[Path]:
    """Return the files of `kind` anywhere under `folder`, sorted.

    Raises
    ------
    H3AEError
        If the folder is missing or holds none.
    """
    if not folder.is_dir():
        raise H3AEError(f"there is no folder {folder}", f"name a folder of {kind}")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES[kind])
    if not found:
        raise H3AEError(
            f"{folder} holds no {kind}", f"known are {', '.join(sorted(SUFFIXES[kind]))}"
        )
    return found


def load_cached(path: Path, short_side: int, cache: Path) -> CachedClip:
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
    try:
        stat = path.stat()
    except OSError as error:  # a dangling link, for instance
        raise H3AEError(f"{path} cannot be read: {error.strerror}") from None
    identity = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}|{short_side}"
    entry = cache / f"{path.stem}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.npy"
    if not entry.is_file():
        frames = read_clip(path, size=_limited(probe(path).size, short_side), fit="resize").frames
        with atomic_file(entry) as temporary:
            np.save(temporary, frames)
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
    console = Console(stderr=True)
    for path in track(paths, f"reading {folder.name}", console=console, transient=True):
        try:
            clips.append(load_cached(path, short_side, cache))
        except H3AEError as error:
            log.warning("skipped: %s", error)
    if not clips:
        raise H3AEError(f"none of the {len(paths)} files in {folder} can be read")
    return clips


def _limited(size: Size, short_side: int) -> Size:
    scale = min(1.0, short_side / min(size))
    return round(size[0] * scale), round(size[1] * scale)
