"""Parity of saved files: how far their frames are from the reference's, before publication."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile.bundle.artifacts import EQUAL_DB, Parity
from h3ae_mobile.mobile.options import Precision

# Peak to peak of video in [-1, 1].
VIDEO_PEAK = 2.0

# Every frame must reach these; fp32 is rounding only, fp16 is what phones can do.
THRESHOLD_DB: dict[Precision, float] = {"fp32": 100.0, "fp16": 45.0}


@dataclass(frozen=True)
class Difference:
    """What a comparison of frames gives.

    Attributes
    ----------
    psnr_db : tuple of float
        Of every frame; 200 for equal frames, -200 where numbers are not finite.
    max_abs : float
        Largest absolute difference; infinite where numbers are not finite.
    """

    psnr_db: tuple[float, ...]
    max_abs: float

    @property
    def worst_frame(self) -> int:
        """Index of the worst frame."""
        return int(np.argmin(self.psnr_db))

    @property
    def worst_db(self) -> float:
        """PSNR of the worst frame."""
        return min(self.psnr_db)


def compare(
    actual: Iterable[NDArray[np.floating]],
    expected: NDArray[np.floating],
    *,
    peak: float = VIDEO_PEAK,
) -> Difference:
    """Compare frames one by one with `expected` `[T, C, H, W]`.

    Raises
    ------
    ValueError
        If there are more or fewer frames than expected, or of another shape.
    """
    psnr: list[float] = []
    largest = 0.0
    for index, (one, other) in enumerate(zip(actual, expected, strict=True)):
        if one.shape != other.shape:
            raise ValueError(f"frame {index} has shape {one.shape}, expected {other.shape}")
        if not np.isfinite(one).all():
            psnr.append(-EQUAL_DB)
            largest = float("inf")
            continue
        difference = one.astype(np.float64) - other
        error = float(np.mean(difference**2))
        psnr.append(min(EQUAL_DB, 10 * log10(peak**2 / error)) if error else EQUAL_DB)
        largest = max(largest, float(np.abs(difference).max()))
    return Difference(tuple(psnr), largest)


def make_parity(
    difference: Difference,
    *,
    precision: Precision,
    runtime: str,
    size: tuple[int, int],
    seams: Iterable[int] = (),
    one_shot: Difference | None = None,
) -> Parity:
    """Return the record of a comparison that passed or failed its threshold.

    Parameters
    ----------
    seams : iterable of int
        Frames that begin a chunk of a stream.
    one_shot : Difference, optional
        The stream against the one-shot pass.
    """
    at_seams = [difference.psnr_db[frame] for frame in seams]
    return Parity(
        worst_psnr_db=difference.worst_db,
        mean_psnr_db=float(np.mean(difference.psnr_db)),
        max_abs=min(difference.max_abs, float(np.finfo(np.float32).max)),
        threshold_db=THRESHOLD_DB[precision],
        frames=len(difference.psnr_db),
        runtime=runtime,
        size=size,
        seam_psnr_db=min(at_seams) if at_seams else None,
        one_shot_psnr_db=one_shot.worst_db if one_shot is not None else None,
    )
