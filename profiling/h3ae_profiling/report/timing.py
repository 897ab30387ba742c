"""Loads, stages, operations, and the units they ran on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from h3ae_mobile.bundle.fields import Identifier, Label, Record, Symbol, Text, first_repeated
from h3ae_profiling.report.distribution import Distribution
from h3ae_profiling.report.errors import inconsistent
from h3ae_profiling.report.fields import Bytes, Count, Latency, Share
from h3ae_profiling.report.fields import Operations as Amount


class Loads(Record):
    """How long until the bundle can decode.

    Attributes
    ----------
    first_s : float, optional
        The first load after installation, with the compilation or specialisation whose result
        the system keeps; None where the runtime keeps none.
    cold : Distribution, optional
        Loads in a new process each.
    warm : Distribution, optional
        Loads again in a process that had loaded it before.
    first_clip_s : float, optional
        The first clip after a cold load, in which everything lazy happens.
    method : str
        What was done to the caches of files and compilations.
    """

    first_s: Latency | None = None
    cold: Distribution | None = None
    warm: Distribution | None = None
    first_clip_s: Latency | None = None
    method: Text = ""


class Stage(Record):
    """One graph.

    Attributes
    ----------
    calls : int
        A clip.
    clip : Distribution
        All its calls of one clip together; sample i belongs to sample i of the whole clip.
    call : Distribution, optional
        Single calls.
    """

    graph: Symbol
    calls: Count
    clip: Distribution
    call: Distribution | None = None


class Operation(Record):
    """One operation, or a kind of operation that the runtime reports together.

    Attributes
    ----------
    name : str
        As the runtime calls it.
    kind : str
        Its sort, for instance ``Convolution (NHWC, F32)``.
    calls : int
        A clip.
    seconds : float
        A clip, all calls together, median over the profiled clips.
    unit : str, optional
        That ran it: ``cpu``, ``gpu``, ``neural_engine``, ...
    flops, bytes : int, optional
        A clip.
    """

    graph: Symbol
    name: Label
    kind: Label
    calls: Count
    seconds: Annotated[float, Field(ge=0, le=1e6)]
    unit: Identifier | None = None
    flops: Amount | None = None
    bytes: Bytes | None = None


class Operations(Record):
    """Where the time goes, measured in clips of their own, since profilers slow what they watch.

    Attributes
    ----------
    method : str
        The profiler, for instance ``ETDump``.
    clip_s : float
        A profiled clip; compare with the clip's p50 to see what profiling costs.
    items : tuple of Operation
        In the order of execution, or by time.
    """

    method: Label
    clip_s: Latency
    items: Annotated[tuple[Operation, ...], Field(min_length=1, max_length=10_000)]


class PlacementItem(Record):
    """How much of a graph a unit runs; `cost` is its share of the graph's estimated cost."""

    graph: Symbol
    unit: Identifier
    operations: Count
    cost: Share | None = None


class Placement(Record):
    """Which unit runs what.

    Attributes
    ----------
    method : str
        Who says so, for instance ``MLComputePlan``.
    """

    method: Label
    items: Annotated[tuple[PlacementItem, ...], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _check(self) -> Placement:
        repeated = first_repeated(f"{one.graph} on {one.unit}" for one in self.items)
        if repeated is not None:
            raise inconsistent(f"items name {repeated} twice")
        for graph in {one.graph for one in self.items}:
            cost = sum(one.cost or 0 for one in self.items if one.graph == graph)
            if cost > 1 + 1e-6:
                raise inconsistent(f"items give {graph!r} a total cost of {cost:g}, more than 1")
        return self
