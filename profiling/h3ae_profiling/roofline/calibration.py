"""The share of the peaks that real decoders reached, fitted to published figures.

Two numbers explain six figures: the share of the arithmetic peak and that of the bandwidth. What
they leave unexplained is the error of every projection, and is told with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log

import numpy as np

from h3ae_profiling.roofline.devices import DEVICES, RoofDevice, Unit
from h3ae_profiling.roofline.workloads import Work, published_work

CLIP_FRAMES = 17


@dataclass(frozen=True)
class Figure:
    """A published speed at 17 x 512 x 512."""

    model: str
    device: str
    frames_per_second: float
    source: str

    @property
    def seconds(self) -> float:
        """Of a clip."""
        return CLIP_FRAMES / self.frames_per_second


_H3AE = "H3AE paper, Table 3"
FIGURES = (
    Figure("h3ae-8x32x32", "iphone-16-pro-max", 38.1, _H3AE),
    Figure("h3ae-4x16x16", "iphone-16-pro-max", 78.3, _H3AE),
    Figure("h3ae-8x64x64", "iphone-16-pro-max", 39.0, _H3AE),
    Figure("ltx-video", "iphone-16-pro-max", 17.9, _H3AE),
    Figure("cosmos-cv-8x16x16", "iphone-16-pro-max", 62.0, _H3AE),
    Figure("turbo-vaed-ltx", "iphone-16-pro", 161.8, "Turbo-VAED, arXiv 2508.09136"),
)


@dataclass(frozen=True)
class Efficiency:
    """Shares of the peak rate and of the peak bandwidth."""

    compute: float
    bandwidth: float


@dataclass(frozen=True)
class Residual:
    """A published figure beside what the fit says of it.

    Attributes
    ----------
    projected : float
        Seconds of a clip.
    ratio : float
        Projected by published: above 1 is too slow.
    held_out_ratio : float
        The same, with efficiencies fitted to the other figures alone.
    """

    figure: Figure
    projected: float
    ratio: float
    held_out_ratio: float


@dataclass(frozen=True)
class Calibration:
    """What the fit found.

    Attributes
    ----------
    residuals : tuple of Residual
        Empty for a unit without published figures.
    note : str
        What it rests on.
    """

    efficiency: Efficiency
    residuals: tuple[Residual, ...]
    note: str

    @property
    def typical_error(self) -> float | None:
        """Geometric mean of the held-out ratios' distance from 1: 0.4 says, off by 40 %."""
        if not self.residuals:
            return None
        logs = [abs(log(one.held_out_ratio)) for one in self.residuals]
        return exp(sum(logs) / len(logs)) - 1

    @property
    def ratios(self) -> tuple[float, float] | None:
        """Smallest and largest held-out ratio."""
        if not self.residuals:
            return None
        found = [one.held_out_ratio for one in self.residuals]
        return min(found), max(found)


def seconds_of(flops: float, size: float, rate: float, bandwidth: float) -> float:
    """Return the time under the roof: arithmetic and traffic overlap, the longer one counts."""
    return max(flops / rate, size / bandwidth)


def clip_seconds(
    work: Work, device: RoofDevice, efficiency: Efficiency, precision: str = "fp16"
) -> float:
    """Return the projected time of one clip."""
    rate = device.flops_per_second[precision] * efficiency.compute
    bandwidth = device.bytes_per_second * efficiency.bandwidth
    return sum(row.calls * seconds_of(row.flops, row.bytes, rate, bandwidth) for row in work)


# Measured: XNNPACK reaches 450 of about 500 GFLOP/s of an x86 host in the temporal stage.
_CPU = Calibration(
    Efficiency(0.9, 1.0),
    (),
    "no published figure of a decoder on this unit: 90 % of the arithmetic peak, as XNNPACK "
    "reached on an x86 host, and the whole bandwidth",
)


@cache
def calibration_of(unit: Unit) -> Calibration:
    """Return the calibration of a unit."""
    if unit == "cpu":
        return _CPU
    efficiency = fit(FIGURES)
    work = published_work()
    residuals = []
    for figure in FIGURES:
        others = fit([one for one in FIGURES if one != figure])
        projected, held_out = (
            clip_seconds(work[figure.model], DEVICES[figure.device], one)
            for one in (efficiency, others)
        )
        residuals.append(
            Residual(figure, projected, projected / figure.seconds, held_out / figure.seconds)
        )
    note = f"fitted to {len(FIGURES)} published figures of A18 Pro"
    return Calibration(efficiency, tuple(residuals), note)


def fit(figures: Sequence[Figure]) -> Efficiency:
    """Return the efficiencies of least squared logarithmic error, by a grid that ends at 1."""
    work = published_work()
    grids = {figure: _grid(work[figure.model], DEVICES[figure.device]) for figure in figures}
    error = sum(np.log(grid / figure.seconds) ** 2 for figure, grid in grids.items())
    row, column = np.unravel_index(int(np.argmin(error)), np.shape(error))
    return Efficiency(float(COMPUTE[row]), float(BANDWIDTH[column]))


COMPUTE = np.geomspace(0.02, 1, 120)
BANDWIDTH = np.geomspace(0.1, 1, 120)


def _grid(work: Work, device: RoofDevice) -> np.ndarray:
    """Return the clip's seconds for every pair of efficiencies."""
    rows: Mapping[str, np.ndarray] = {
        name: np.array([getattr(row, name) for row in work], dtype=np.float64)
        for name in ("flops", "bytes", "calls")
    }
    arithmetic = rows["flops"] / (device.flops_per_second["fp16"] * COMPUTE[:, None, None])
    traffic = rows["bytes"] / (device.bytes_per_second * BANDWIDTH[None, :, None])
    return (np.maximum(arithmetic, traffic) * rows["calls"]).sum(axis=2)
