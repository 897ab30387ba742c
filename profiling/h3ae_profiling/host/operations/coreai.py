"""Core AI: the intervals that its runtime's own profiler reports.

The times are those of Apple's checking runtime on Linux, an interpreter of one thread: they tell
what a graph is made of and what the checker spends, and nothing about a phone.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.engines.exchange import Array, Exchange
from h3ae_mobile.engines.quiet import quiet_stderr
from h3ae_profiling.host.contender import HostVariant
from h3ae_profiling.host.operations.base import GraphProfile, OperationTime

# Intervals of operations begin so; others, as the whole function, contain them.
CALL = "call."


class CoreAIProfiler:
    """Runs a function with a profiler of Core AI's runtime attached."""

    method = "Core AI runtime profiler"

    def profile(
        self,
        variant: HostVariant,
        graph: str,
        inputs: Arrays,
        repetitions: int,
        threads: int | None,
    ) -> GraphProfile:
        """Return the operations of a graph; the runtime has one thread, whatever is asked for."""
        artifact = variant.bundle.artifact(
            variant.target, graph, variant.precision, variant.backend
        )
        spec = variant.bundle.manifest.graphs[graph]
        arrays, states = Exchange(spec, artifact).inputs(inputs)
        path = variant.bundle.path(artifact)
        return asyncio.run(_profile(path, artifact.entry, arrays, states, repetitions))


async def _profile(
    path: Path,
    entry: str,
    arrays: dict[str, Array],
    states: dict[str, Array],
    repetitions: int,
) -> GraphProfile:
    from coreai.authoring import AIModelAsset
    from coreai.runtime import NDArray, Profiler

    intervals = _Intervals()
    profiler = Profiler(on_log_event_begin=intervals.begin, on_log_event_end=intervals.end)
    calls, found = [], []
    async with AIModelAsset.load(path).executable() as model:
        with quiet_stderr():
            function = model.load_function(entry, profiler=profiler)
        wrapped: dict[str, Any] = {name: NDArray(array) for name, array in arrays.items()}
        for _ in range(repetitions + 1):
            # States are updated in place.
            held = {name: NDArray(array.copy()) for name, array in states.items()}
            intervals.clear()
            begin = time.perf_counter()
            await function(wrapped, state=held)
            calls.append(time.perf_counter() - begin)
            found.append(intervals.seconds())
    # The first call allocates, and is no sample.
    return GraphProfile(median(calls[1:]), _medians(found[1:]))


_Key = tuple[int, str]


class _Intervals:
    """Collects intervals; the runtime's clock counts nanoseconds."""

    def __init__(self) -> None:
        self._open: list[tuple[_Key, int]] = []
        self._closed: dict[_Key, int] = {}

    def begin(self, event: Any) -> int:
        self._open.append(((event.compile_ids.id, event.event_id), event.timestamp))
        return len(self._open) - 1

    def end(self, event: Any, interval: int) -> None:
        key, start = self._open[interval]
        if key[1].startswith(CALL):
            self._closed[key] = self._closed.get(key, 0) + event.timestamp - start

    def clear(self) -> None:
        self._open, self._closed = [], {}

    def seconds(self) -> dict[_Key, float]:
        return {key: nanoseconds * 1e-9 for key, nanoseconds in self._closed.items()}


def _medians(found: list[dict[_Key, float]]) -> tuple[OperationTime, ...]:
    samples: dict[_Key, list[float]] = defaultdict(list)
    for one in found:
        for key, seconds in one.items():
            samples[key].append(seconds)
    return tuple(
        OperationTime(
            f"{event.removeprefix(CALL)} #{identifier}",
            event.removeprefix(CALL).removeprefix("coreai.").removeprefix("decomposable."),
            1,
            median(durations),
        )
        for (identifier, event), durations in samples.items()
    )
