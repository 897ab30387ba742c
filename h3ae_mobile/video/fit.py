"""How a picture of one size fills a frame of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from h3ae_mobile.errors import H3AEError

Fit = Literal["crop", "resize", "pad", "none"]
Size: TypeAlias = tuple[int, int]
"""Height and width in pixels."""


@dataclass(frozen=True)
class Placement:
    """A picture scaled to `scaled` and centred in a frame of `target`, cut or on black."""

    scaled: Size
    target: Size

    def apply(self, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Centre a picture of shape (*scaled, 3) in a frame of shape (*target, 3)."""
        if self.scaled == self.target:
            return picture
        frame = np.zeros((*self.target, picture.shape[-1]), dtype=np.uint8)
        (top, into_top, rows), (left, into_left, columns) = (
            _centre(source, target) for source, target in zip(self.scaled, self.target, strict=True)
        )
        frame[into_top : into_top + rows, into_left : into_left + columns] = picture[
            top : top + rows, left : left + columns
        ]
        return frame


def place(source: Size, target: Size | None, fit: Fit) -> Placement:
    """Decide how a picture fills a frame.

    Parameters
    ----------
    source : (int, int)
        Height and width of the picture as it is meant to be seen.
    target : (int, int), optional
        Height and width wanted; none keeps the picture's own.
    fit : {"crop", "resize", "pad", "none"}
        Keep the shape and cut what is over, from the centre; stretch to the frame; keep the shape
        and fill with black; or accept pictures of the very size only.

    Raises
    ------
    H3AEError
        If the fit is unknown, the target is not positive, or `none` meets another size.
    """
    if fit not in get_args(Fit):
        raise H3AEError(f"unknown fit {fit!r}", f"choose one of {', '.join(get_args(Fit))}")
    if target is None:
        return Placement(source, source)
    if min(target) < 1:
        raise H3AEError(f"a frame cannot be {target[0]}x{target[1]} pixels")
    if fit == "resize":
        return Placement(target, target)
    if fit == "none":
        if source != target:
            raise H3AEError(
                f"the picture is {source[0]}x{source[1]}, not {target[0]}x{target[1]}",
                "choose a fit: crop, resize or pad",
            )
        return Placement(source, target)
    ratios = [wanted / present for wanted, present in zip(target, source, strict=True)]
    if fit == "crop":
        scale = max(ratios)
        scaled = [max(round(n * scale), limit) for n, limit in zip(source, target, strict=True)]
    else:
        scale = min(ratios)
        scaled = [
            min(max(round(n * scale), 1), limit) for n, limit in zip(source, target, strict=True)
        ]
    return Placement((scaled[0], scaled[1]), target)


def largest_multiple(size: Size, multiple: int) -> Size:
    """Return the largest size inside `size` whose sides divide by `multiple`.

    Raises
    ------
    H3AEError
        If a side is shorter than `multiple`.
    """
    if min(size) < multiple:
        raise H3AEError(
            f"a picture of {size[0]}x{size[1]} is smaller than the {multiple} pixels needed",
            "choose a larger size",
        )
    return (size[0] // multiple * multiple, size[1] // multiple * multiple)


def _centre(source: int, target: int) -> tuple[int, int, int]:
    """Return the offset in the source, the offset in the target, and the extent they share."""
    extent = min(source, target)
    return (source - extent) // 2, (target - extent) // 2, extent
