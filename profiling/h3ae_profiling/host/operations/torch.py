"""torch: its own profiler, with the path of the module that called each operation."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.profiler import ProfilerActivity, record_function

from h3ae_mobile.engines.base import Arrays
from h3ae_profiling.host.contender import HostVariant
from h3ae_profiling.host.operations.base import GraphProfile, OperationTime
from h3ae_profiling.host.torch_graphs import TorchSession, tensors

# Marks the ranges of modules among the profiler's events.
MODULE = "module: "


class TorchProfiler:
    """Runs a graph under torch.profiler."""

    method = "torch.profiler"

    def profile(
        self,
        variant: HostVariant,
        graph: str,
        inputs: Arrays,
        repetitions: int,
        threads: int | None,
    ) -> GraphProfile:
        """Return the operators that the modules of a graph call, with all that these call."""
        session = variant.open_session(graph, threads)
        assert isinstance(session, TorchSession)
        assert session.graph is not None
        arguments = tensors(session.graph, inputs)
        module = session.graph.module
        calls, found = [], []
        with torch.inference_mode(), _ranges(module):
            # The first call chooses kernels and allocates, and is no sample.
            module(*arguments)
            for _ in range(repetitions):
                # The profiler's own start and end stay outside the clock.
                with torch.profiler.profile(activities=[ProfilerActivity.CPU]) as profiler:
                    begin = time.perf_counter()
                    module(*arguments)
                    calls.append(time.perf_counter() - begin)
                found.append(_called(profiler.events()))
        session.close()
        return GraphProfile(median(calls), _medians(found))


@contextmanager
def _ranges(module: nn.Module) -> Iterator[None]:
    """Let every module open a range of its name while it runs."""
    ranges: list[Any] = []

    def enter(path: str) -> Any:
        def hook(*_: object) -> None:
            ranges.append(record_function(f"{MODULE}{path}"))
            ranges[-1].__enter__()

        return hook

    def leave(*_: object) -> None:
        ranges.pop().__exit__(None, None, None)

    handles = []
    for path, one in module.named_modules():
        handles.append(one.register_forward_pre_hook(enter(path or "graph")))
        handles.append(one.register_forward_hook(leave))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


_Called = dict[tuple[str, str], list[float]]


def _called(events: Any) -> _Called:
    """Return the seconds of every operator that a module calls, by module and operator."""
    found: _Called = defaultdict(list)
    for event in sorted(events, key=lambda one: one.time_range.start):
        parent = event.cpu_parent
        if parent is None or event.name.startswith(MODULE) or not parent.name.startswith(MODULE):
            continue
        path = parent.name.removeprefix(MODULE)
        found[path, event.name].append(event.cpu_time_total * 1e-6)
    return found


def _medians(found: list[_Called]) -> tuple[OperationTime, ...]:
    return tuple(
        OperationTime(
            f"{path} {name}",
            name.removeprefix("aten::"),
            len(durations),
            median(sum(one[path, name]) for one in found),
        )
        for (path, name), durations in found[0].items()
    )
