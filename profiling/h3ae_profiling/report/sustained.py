"""Decoding for minutes: what the second minute is like, and the heat."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator
from typing_extensions import Self

from h3ae_mobile.bundle.fields import Record
from h3ae_profiling.report.device import ThermalState
from h3ae_profiling.report.errors import inconsistent
from h3ae_profiling.report.fields import Bytes, Count, Moment, Rate, agree

Span = Annotated[float, Field(gt=0, le=1e6)]


class Interval(Record):
    """Some seconds of uninterrupted decoding.

    Attributes
    ----------
    start_s : float
        From the start of the run.
    frames : int
        That came out.
    thermal : str
        State at its end.
    memory_bytes : int, optional
        Of the process at its end.
    """

    start_s: Moment
    duration_s: Span
    frames: Count
    thermal: ThermalState
    memory_bytes: Bytes | None = None

    @property
    def frames_per_second(self) -> float:
        """Its rate."""
        return self.frames / self.duration_s


class Sustained(Record):
    """A run over minutes.

    Attributes
    ----------
    duration_s, frames : float, int
        Of all intervals together.
    frames_per_second : float
        Over the whole run.
    lowest_frames_per_second : float
        Of the slowest interval: what a user meets when the device is hot.
    """

    duration_s: Span
    frames: Count
    frames_per_second: Rate
    lowest_frames_per_second: Rate
    intervals: Annotated[tuple[Interval, ...], Field(min_length=1, max_length=100_000)]

    @classmethod
    def of(cls, intervals: tuple[Interval, ...]) -> Self:
        """Return the run that consists of these intervals."""
        seconds, frames = sum(i.duration_s for i in intervals), sum(i.frames for i in intervals)
        return cls(
            duration_s=round(seconds, 6),
            frames=frames,
            frames_per_second=frames / seconds,
            lowest_frames_per_second=min(i.frames_per_second for i in intervals),
            intervals=intervals,
        )

    @model_validator(mode="after")
    def _check(self) -> Sustained:
        for earlier, later in pairwise(self.intervals):
            if later.start_s < earlier.start_s + earlier.duration_s - 1e-3:
                raise inconsistent("intervals overlap or do not ascend")
        seconds = sum(one.duration_s for one in self.intervals)
        lowest = min(one.frames_per_second for one in self.intervals)
        if self.frames != sum(one.frames for one in self.intervals):
            raise inconsistent("frames is not the sum of the intervals")
        for name, stated, derived in (
            ("duration_s", self.duration_s, seconds),
            ("frames_per_second", self.frames_per_second, self.frames / seconds),
            ("lowest_frames_per_second", self.lowest_frames_per_second, lowest),
        ):
            if not agree(stated, derived):
                raise inconsistent(f"{name} is {stated:g}, the intervals give {derived:g}")
        return self
