"""What profilers have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from h3ae_mobile.engines.base import Arrays
from h3ae_profiling.host.contender import HostVariant


@dataclass(frozen=True)
class OperationTime:
    """One operation of a graph: all its calls in one call of the graph."""

    name: str
    kind: str
    calls: int
    seconds: float


@dataclass(frozen=True)
class GraphProfile:
    """One graph under the profiler.

    Attributes
    ----------
    call_s : float
        A profiled call, median.
    operations : tuple of OperationTime
        In order of execution; seconds are medians over the calls.
    """

    call_s: float
    operations: tuple[OperationTime, ...]


class Profiler(Protocol):
    """Times the operations of a graph."""

    method: str

    def profile(
        self,
        variant: HostVariant,
        graph: str,
        inputs: Arrays,
        repetitions: int,
        threads: int | None,
    ) -> GraphProfile:
        """Run a graph several times and return where the time went."""
        ...
