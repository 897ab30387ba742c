"""Memory of the decoding process."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, model_validator

from h3ae_mobile.bundle.fields import Label, Record, Symbol
from h3ae_profiling.report.errors import inconsistent
from h3ae_profiling.report.fields import MAX_SAMPLES, Bytes, Moment


class MemorySample(Record):
    """Memory at a moment, in seconds from the start of the run."""

    at_s: Moment
    bytes: Bytes


class StagePeak(Record):
    """Peak above the base while one graph alone is loaded and runs, in a process of its own."""

    graph: Symbol
    above_base_bytes: Bytes


class Memory(Record):
    """Peak memory.

    Attributes
    ----------
    method : str
        What was read: ``phys_footprint`` on Apple systems, ``VmHWM`` on Linux and Android.
    base_bytes : int
        Of the process before anything was loaded.
    peak_bytes : int
        Highest while loading and decoding.
    above_base_bytes : int
        The difference: what the decoder costs an app.
    stages : tuple of StagePeak
        Each graph alone.
    samples : tuple of MemorySample
        Over time.
    """

    method: Label
    base_bytes: Bytes
    peak_bytes: Bytes
    above_base_bytes: Bytes
    stages: Annotated[tuple[StagePeak, ...], Field(max_length=64)] = ()
    samples: Annotated[tuple[MemorySample, ...], Field(max_length=MAX_SAMPLES)] = ()

    @model_validator(mode="after")
    def _check(self) -> Memory:
        if self.peak_bytes < self.base_bytes:
            raise inconsistent("peak_bytes is below base_bytes")
        if self.above_base_bytes != self.peak_bytes - self.base_bytes:
            raise inconsistent("above_base_bytes is not peak_bytes - base_bytes")
        if any(later.at_s < earlier.at_s for earlier, later in pairwise(self.samples)):
            raise inconsistent("samples do not ascend in time")
        return self
