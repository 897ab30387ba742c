"""What real decoders reached of the peaks, fitted to published figures.

Two numbers are fitted to six figures, which leaves four degrees of freedom: the share of the
arithmetic peak, and the time that the start of an operation takes. Bandwidth is taken as stated:
fitted as well, it ends at its peak. A share of the bandwidth in place of the start of operations,
also two numbers, is farther off (71 % held out, to 58 %), and classes of efficiency by kind of
convolution explain no more (Turbo-VAED and LTX-Video run the same dense 3-D convolutions at rates
that differ by a factor of two). What is left unexplained is the error of every projection, and is
told with it. The paper's ablations (Table 1) are not fitted: they show what the fit is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_ABLATION = "H3AE paper, Table 1"
CHECKS = (
    Figure("h3ae-8x32x32-patchify", "iphone-16-pro-max", 43.5, _ABLATION),
    Figure("h3ae-8x32x32-interpolation", "iphone-16-pro-max", 40.1, _ABLATION),
    Figure("h3ae-8x32x32-z128", "iphone-16-pro-max", 38.3, _ABLATION),
    Figure("h3ae-8x32x32-group-norm", "iphone-16-pro-max", 37.9, _ABLATION),
    Figure("h3ae-8x32x32-layer-norm", "iphone-16-pro-max", 27.5, _ABLATION),
    Figure("h3ae-8x32x32-no-attention", "iphone-16-pro-max", 41.7, _ABLATION),
)


@dataclass(frozen=True)
class Efficiency:
    """What was fitted.

    Attributes
    ----------
    compute : float
        Share of the arithmetic peak that is reached.
    start_s : float
        Until an operation is under way, whatever its size.
    """

    compute: float
    start_s: float


@dataclass(frozen=True)
class Residual:
    """A published figure beside what the fit says of it.

    Attributes
    ----------
    projected : float
        Seconds of a clip.
    ratio : float
        Projected by published: above 1 is too slow.
    held_out_ratio : float, optional
        The same, fitted to the other figures alone; None for one that is never fitted.
    """

    figure: Figure
    projected: float
    ratio: float
    held_out_ratio: float | None


@dataclass(frozen=True)
class Calibration:
    """What the fit found.

    Attributes
    ----------
    residuals : tuple of Residual
        Of the fitted figures; empty for a unit without any.
    note : str
        What it rests on.
    checks : tuple of Residual
        Of figures that were not fitted.
    """

    efficiency: Efficiency
    residuals: tuple[Residual, ...]
    note: str
    checks: tuple[Residual, ...] = ()

    @property
    def typical_error(self) -> float | None:
        """Geometric mean of the held-out ratios' distance from 1: 0.4 says, off by 40 %."""
        found = self._held_out()
        return exp(sum(abs(log(one)) for one in found) / len(found)) - 1 if found else None

    @property
    def ratios(self) -> tuple[float, float] | None:
        """Smallest and largest ratio of figures that the fit did not see."""
        found = [*self._held_out(), *(one.ratio for one in self.checks)]
        return (min(found), max(found)) if found else None

    def _held_out(self) -> list[float]:
        found = (one.held_out_ratio for one in self.residuals)
        return [ratio for ratio in found if ratio is not None]


@dataclass(frozen=True)
class Roof:
    """The rates of a device that an operation meets.

    Attributes
    ----------
    flops_per_second, bytes_per_second : float
        Reached, not stated.
    start_s : float
        See `Efficiency`.
    """

    flops_per_second: float
    bytes_per_second: float
    start_s: float

    @classmethod
    def of(cls, device: RoofDevice, precision: str, efficiency: Efficiency) -> Roof:
        """Return the roof of a device at a precision."""
        rate = device.flops_per_second[precision] * efficiency.compute
        return cls(rate, device.bytes_per_second, efficiency.start_s)

    def seconds(self, flops: float, size: float) -> float:
        """Return an operation's time: arithmetic and traffic overlap, its start does not."""
        return self.start_s + max(flops / self.flops_per_second, size / self.bytes_per_second)


def clip_seconds(
    work: Work, device: RoofDevice, efficiency: Efficiency, precision: str = "fp16"
) -> float:
    """Return the projected time of one clip."""
    roof = Roof.of(device, precision, efficiency)
    return sum(row.calls * roof.seconds(row.flops, row.bytes) for row in work)


# Measured: XNNPACK reaches 450 of about 500 GFLOP/s of an x86 host in the temporal stage.
_CPU = Calibration(
    Efficiency(0.9, 0.0),
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
    residuals = []
    for figure in FIGURES:
        others = fit([one for one in FIGURES if one != figure])
        residuals.append(_residual(figure, efficiency, others))
    note = (
        f"2 numbers fitted to {len(FIGURES)} published figures of A18 Pro, "
        f"{len(FIGURES) - 2} degrees of freedom"
    )
    checks = tuple(_residual(figure, efficiency, None) for figure in CHECKS)
    return Calibration(efficiency, tuple(residuals), note, checks)


def _residual(figure: Figure, fitted: Efficiency, others: Efficiency | None) -> Residual:
    work, device = published_work()[figure.model], DEVICES[figure.device]
    projected = clip_seconds(work, device, fitted)
    held_out = None if others is None else clip_seconds(work, device, others) / figure.seconds
    return Residual(figure, projected, projected / figure.seconds, held_out)


def fit(figures: Sequence[Figure]) -> Efficiency:
    """Return what gives the least squared logarithmic error, by a grid."""
    work = published_work()
    grids = {figure: _grid(work[figure.model], DEVICES[figure.device]) for figure in figures}
    error = sum(np.log(grid / figure.seconds) ** 2 for figure, grid in grids.items())
    row, column = np.unravel_index(int(np.argmin(error)), np.shape(error))
    return Efficiency(float(COMPUTE[row]), float(START_S[column]))


# Nobody exceeds a peak; starts take from a microsecond to a millisecond.
COMPUTE = np.geomspace(0.02, 1, 240)
START_S = np.geomspace(1e-6, 1e-3, 240)


def _grid(work: Work, device: RoofDevice) -> np.ndarray:
    """Return the clip's seconds for every pair of a share and a start."""
    flops, size, calls = (
        np.array([getattr(row, name) for row in work], dtype=np.float64)
        for name in ("flops", "bytes", "calls")
    )
    arithmetic = flops / (device.flops_per_second["fp16"] * COMPUTE[:, None])
    running = (np.maximum(arithmetic, size / device.bytes_per_second) * calls).sum(axis=1)
    return running[:, None] + calls.sum() * START_S[None, :]
