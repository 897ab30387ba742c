"""Confidence intervals of ratios of medians, by a seeded bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 4000
CONFIDENCE = 0.95
# Below, the interval of a median says more about luck than about the machine.
MIN_SAMPLES = 5


@dataclass(frozen=True)
class Ratio:
    """A ratio and its confidence interval; without one if there were too few samples."""

    value: float
    low: float | None = None
    high: float | None = None

    @classmethod
    def exact(cls, value: float) -> Ratio:
        """Return a ratio of figures that do not vary, as peaks of memory."""
        return cls(value, value, value)


def ratio_of_medians(new: Sequence[float], old: Sequence[float], seed: int = 0) -> Ratio:
    """Return median(new) / median(old), of runs that were measured apart."""
    value = float(np.median(new) / np.median(old))
    if min(len(new), len(old)) < MIN_SAMPLES:
        return Ratio(value)
    generator = np.random.default_rng(seed)
    ratios = _medians(new, generator) / _medians(old, generator)
    return _with_interval(value, ratios)


def median_of_ratios(new: Sequence[float], old: Sequence[float], seed: int = 0) -> Ratio:
    """Return the median of new / old pair by pair, of runs that took turns clip by clip.

    Whatever slowed the machine for a while slowed both of a pair, and cancels out.
    """
    pairs = np.asarray(new) / np.asarray(old)
    value = float(np.median(pairs))
    if len(pairs) < MIN_SAMPLES:
        return Ratio(value)
    return _with_interval(value, _medians(pairs, np.random.default_rng(seed)))


def _with_interval(value: float, ratios: NDArray[np.float64]) -> Ratio:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(ratios, [tail, 1 - tail])
    return Ratio(value, float(low), float(high))


def _medians(
    samples: Sequence[float] | NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Return medians of circular block resamples.

    Neighbouring clips resemble each other (heat, clocks, a neighbour's work), so whole blocks of
    about the cube root of n are drawn; independent draws would promise too much.
    """
    values = np.asarray(samples, dtype=np.float64)
    count = len(values)
    block = max(1, round(count ** (1 / 3)))
    starts = generator.integers(0, count, size=(RESAMPLES, -(-count // block)))
    index = (starts[:, :, None] + np.arange(block)) % count
    medians: NDArray[np.float64] = np.median(
        values[index.reshape(RESAMPLES, -1)[:, :count]], axis=1
    )
    return medians
