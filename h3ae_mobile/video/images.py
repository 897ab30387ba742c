"""Image files, which are clips of one frame."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.files import atomic_file
from h3ae_mobile.video.fit import Placement, Size
from h3ae_mobile.video.source import MAX_PIXELS, require_file

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
_WRITER_OPTIONS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
}


def is_image(path: Path) -> bool:
    """Whether the name is that of an image file."""
    return path.suffix.lower() in IMAGE_SUFFIXES


@contextmanager
def open_image(path: Path) -> Iterator[Image.Image]:
    """Open an image file without decoding it.

    Raises
    ------
    H3AEError
        If the file is missing, no image, damaged or of an absurd size.
    """
    require_file(path)
    try:
        with _opened(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise H3AEError(
                    f"{path} has {image.height}x{image.width} pixels, more than can be decoded"
                )
            yield image
    except UnidentifiedImageError as error:
        raise H3AEError(f"{path} is not an image that can be read") from error
    except Image.DecompressionBombError as error:
        raise H3AEError(f"{path} has more pixels than can be decoded") from error
    except (OSError, SyntaxError, ValueError) as error:
        # Pillow tells damage by all three.
        raise H3AEError(f"{path} cannot be read as an image: {error}") from error


def _opened(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        # Large is refused in one line of our own.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(path)


def upright_size(image: Image.Image) -> Size:
    """Return the height and width of an image as it is meant to be seen (EXIF orientation)."""
    sideways = image.getexif().get(0x0112, 1) >= 5
    return (image.width, image.height) if sideways else (image.height, image.width)


def decode_image(image: Image.Image, placement: Placement) -> npt.NDArray[np.uint8]:
    """Return an opened image as an RGB array of shape (*placement.target, 3), alpha on black."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):
        # Sixteen bits: Pillow's own conversion clips instead of scaling.
        upright = Image.fromarray((np.asarray(upright).astype(np.uint32) >> 8).astype(np.uint8))
    if upright.has_transparency_data:
        rgba = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", rgba.size, (0, 0, 0, 255)), rgba)
    rgb = upright.convert("RGB")
    height, width = placement.scaled
    if rgb.size != (width, height):
        rgb = rgb.resize((width, height), Image.Resampling.BICUBIC)
    return placement.apply(np.asarray(rgb))


def write_image(path: Path | str, frame: npt.NDArray[np.uint8]) -> Path:
    """Write one frame as PNG or WebP (both lossless) or JPEG (quality 95).

    Parameters
    ----------
    path : path-like
        Ends in .png, .webp, .jpg or .jpeg. Written beside and moved into place.
    frame : ndarray of shape (H, W, 3), uint8, RGB

    Raises
    ------
    H3AEError
        If the ending is another, the array is no picture, or the place cannot be written.
    """
    path = Path(path)
    image_format = _FORMATS.get(path.suffix.lower())
    if image_format is None:
        raise H3AEError(
            f"cannot write an image as {path.name}", f"use one of {', '.join(_FORMATS)}"
        )
    if frame.ndim != 3 or frame.shape[-1] != 3 or frame.dtype != np.uint8:
        raise H3AEError(f"a picture is (H, W, 3) in uint8, not {frame.shape} in {frame.dtype}")
    with atomic_file(path) as temporary:
        Image.fromarray(frame).save(temporary, image_format, **_WRITER_OPTIONS[image_format])
    return path
