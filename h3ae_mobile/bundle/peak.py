"""The most memory that any way to decode or encode takes at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from h3ae_mobile.bundle.model import Memory, StageMemory
from h3ae_mobile.bundle.schedule import Schedule
from h3ae_mobile.bundle.tensors import Graph

_FLOAT32 = 4  # what decoders hand on


def make_memory(
    stages: Mapping[str, StageMemory],
    schedule: Schedule,
    graphs: Mapping[str, Graph],
    method: str,
) -> Memory:
    """Return the memory record of the graphs of one size."""
    return Memory(stages=dict(stages), peak=peak_bytes(stages, schedule, graphs), method=method)


def peak_bytes(
    stages: Mapping[str, StageMemory], schedule: Schedule, graphs: Mapping[str, Graph]
) -> int:
    """Return the peak of the greediest way; graphs whose memory is unknown count nothing.

    A decoder opens the graphs of one way, and keeps them: their weights are there together, shared
    by no runtime. It holds a stream's caches once (a step's old and new ones are among its
    activations) and the features of a step while they are turned into frames. Beside that, the
    busiest graph has its activations.
    """
    return max(_peak(stages, names, graphs) for names in _ways(schedule))


def _ways(schedule: Schedule) -> Iterator[tuple[str, ...]]:
    """Yield the graphs that a decoder has open together, way by way."""
    for decode in (schedule.clip, schedule.stream):
        if decode is not None:
            yield decode.graphs
    i2v = schedule.i2v
    if i2v is not None:
        for decode in (i2v.clip, i2v.stream):
            if decode is not None:
                yield (i2v.encoder, *decode.graphs)
    if schedule.encode is not None:
        yield (schedule.encode.graph,)


def _peak(
    stages: Mapping[str, StageMemory], names: tuple[str, ...], graphs: Mapping[str, Graph]
) -> int:
    # A size is judged before its schedule is: it may name graphs that are not there.
    names = tuple(name for name in names if name in graphs)
    known = {name: stages[name] for name in names if name in stages}
    features = max((_features(graphs[name]) for name in names), default=0)
    waiting = {name: features if graphs[name].role == "frame" else 0 for name in known}
    return (
        sum(stage.weights for stage in known.values())
        + max((stage.caches for stage in known.values()), default=0)
        + max((stage.activations + waiting[name] for name, stage in known.items()), default=0)
    )


def _features(graph: Graph) -> int:
    """Return the bytes of the features that a graph gives."""
    return _FLOAT32 * sum(tensor.elements for tensor in graph.outputs if tensor.kind == "features")
