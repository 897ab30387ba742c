"""Samples and their percentiles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor
from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import Self

from h3ae_mobile.bundle.fields import Record
from h3ae_profiling.report.errors import inconsistent
from h3ae_profiling.report.fields import MAX_SAMPLES, Latency, agree

PERCENTILES = {"p50_s": 0.5, "p90_s": 0.9, "p99_s": 0.99}


def quantile(samples: Sequence[float], q: float) -> float:
    """Return a quantile by linear interpolation between order statistics.

    Position q (n - 1) in the sorted samples: NumPy's default, Hyndman and Fan's type 7. The
    three languages compute it alike, so that a report can be checked anywhere.
    """
    ordered = sorted(samples)
    position = q * (len(ordered) - 1)
    low = floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


class Distribution(Record):
    """Repeated measurements of one duration, in seconds.

    Attributes
    ----------
    samples_s : tuple of float
        Every one, in the order of measurement; none is dropped as an outlier.
    p50_s, p90_s, p99_s : float
        By `quantile`. With n samples, percentiles beyond 1 - 1/n are close to the maximum.
    """

    samples_s: Annotated[tuple[Latency, ...], Field(min_length=1, max_length=MAX_SAMPLES)]
    p50_s: Latency
    p90_s: Latency
    p99_s: Latency

    @classmethod
    def of(cls, samples: Iterable[float]) -> Self:
        """Return the distribution of samples in seconds, kept to the nanosecond."""
        kept = tuple(round(sample, 9) for sample in samples)
        return cls(
            samples_s=kept, **{name: round(quantile(kept, q), 9) for name, q in PERCENTILES.items()}
        )

    @model_validator(mode="after")
    def _check(self) -> Distribution:
        for name, q in PERCENTILES.items():
            derived = quantile(self.samples_s, q)
            if not agree(getattr(self, name), derived):
                raise inconsistent(
                    f"{name} is {getattr(self, name):g}, the samples give {derived:g}"
                )
        return self
