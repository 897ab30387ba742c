"""Entrants in processes of their own that take turns, so that drift of the machine hits all."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.host import memory
from h3ae_profiling.host.machine import load_note
from h3ae_profiling.host.process import PASSIVE

SETTLE_S = 0.05


@dataclass(frozen=True)
class Entrant:
    """Something to time.

    Attributes
    ----------
    factory : callable
        Module-level; returns what is timed, given `arguments`.
    imports : tuple of str
        Modules that an app would link: imported before memory is counted.
    flops, parameters : int
        Of one call, of the network; 0 where they do not matter.
    """

    name: str
    factory: Callable[..., Callable[[], object]]
    arguments: tuple[Any, ...] = ()
    imports: tuple[str, ...] = ()
    flops: int = 0
    parameters: int = 0


@dataclass
class Result:
    """What was measured of an entrant.

    Attributes
    ----------
    samples : list of float
        Seconds of every call.
    above_base_bytes : int
        Most that was resident during the calls, above what the imports took.
    loading_bytes : int
        The same from the imports to the end of the warm-up. A runtime that packs the weights of a
        mapped file has both in memory for a moment; the pages of the file are clean, so a system
        short of memory takes them back.
    """

    entrant: Entrant
    samples: list[float] = field(default_factory=list)
    above_base_bytes: int = 0
    loading_bytes: int = 0

    @property
    def p50_s(self) -> float:
        """Median of the samples."""
        return median(self.samples)

    @property
    def flops_per_second(self) -> float:
        """Throughput at the median."""
        return self.entrant.flops / self.p50_s


def measure(
    entrants: Sequence[Entrant],
    rounds: int,
    warmup: int = 2,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Result]:
    """Time entrants in turns, in every other round in the opposite order."""
    progress(load_note())
    context = multiprocessing.get_context("spawn")
    before = {name: os.environ.get(name) for name in PASSIVE}
    os.environ.update(PASSIVE)
    results = [Result(one) for one in entrants]
    children: list[tuple[Any, Connection]] = []
    try:
        for one, result in zip(entrants, results, strict=True):
            progress(f"{one.name}: preparing")
            ours, theirs = context.Pipe()
            child = context.Process(target=_serve, args=(theirs, one, warmup), daemon=True)
            child.start()
            theirs.close()
            children.append((child, ours))
            _, result.loading_bytes = _receive(ours, one)
        for index in range(rounds):
            progress(f"round {index + 1} of {rounds}")
            order = list(zip(children, results, strict=True))
            for (_, pipe), result in order if index % 2 == 0 else order[::-1]:
                time.sleep(SETTLE_S)
                pipe.send("go")
                seconds, peak = _receive(pipe, result.entrant)
                result.samples.append(seconds)
                result.above_base_bytes = peak
    finally:
        for child, pipe in children:
            pipe.close()
            child.terminate()
            child.join()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return results


def _receive(pipe: Connection, entrant: Entrant) -> tuple[float, int]:
    try:
        answer = pipe.recv()
    except EOFError:
        raise H3AEError(f"{entrant.name}: its process ended", "out of memory?") from None
    if isinstance(answer, str):
        raise H3AEError(f"{entrant.name}: {answer}")
    seconds, peak = answer
    return seconds, peak


def _serve(pipe: Connection, entrant: Entrant, warmup: int) -> None:
    """Prepare, then time a call whenever told to."""
    try:
        for name in entrant.imports:
            import_module(name)
        memory.forget_peak()
        base = memory.resident_bytes()
        call = entrant.factory(*entrant.arguments)
        for _ in range(warmup):
            call()
        pipe.send((0.0, max(memory.peak_bytes() - base, 0)))
        memory.forget_peak()
        while pipe.recv() == "go":
            begin = time.perf_counter()
            call()
            seconds = time.perf_counter() - begin
            pipe.send((seconds, max(memory.peak_bytes() - base, 0)))
    except EOFError:
        return
    except Exception as error:  # told to the parent, which ends the run
        pipe.send(f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}")
