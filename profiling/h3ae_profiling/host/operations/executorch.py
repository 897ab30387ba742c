"""ExecuTorch: ETDump, which its XNNPACK delegate fills operation by operation."""

from __future__ import annotations

import re
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.engines.exchange import Exchange
from h3ae_mobile.engines.quiet import quiet_stderr
from h3ae_mobile.errors import H3AEError
from h3ae_profiling.host.contender import HostVariant
from h3ae_profiling.host.operations.base import GraphProfile, OperationTime

# Events that contain others, and would count their time twice.
CONTAINERS = {"Method::execute", "Method::init", "Program::load_method", "DELEGATE_CALL"}
CONTAINERS |= {"OPERATOR_CALL"}


class EtDumpProfiler:
    """Runs a method with ETDump on, and reads it with ExecuTorch's Inspector."""

    method = "ETDump"

    def profile(
        self,
        variant: HostVariant,
        graph: str,
        inputs: Arrays,
        repetitions: int,
        threads: int | None,
    ) -> GraphProfile:
        """Return the operations of a graph, those inside delegates among them."""
        artifact = variant.bundle.artifact(
            variant.target, graph, variant.precision, variant.backend
        )
        spec = variant.bundle.manifest.graphs[graph]
        arrays, _ = Exchange(spec, artifact).inputs(inputs)
        tensors = [torch.from_numpy(np.array(arrays[one.name])) for one in spec.inputs]
        path = variant.bundle.path(artifact)
        with tempfile.TemporaryDirectory() as folder:
            dump = Path(folder) / "trace.etdp"
            calls = _run(path, artifact.entry, tensors, repetitions, dump)
            return GraphProfile(median(calls), _read(dump))


def _run(
    path: Path, entry: str, tensors: list[torch.Tensor], repetitions: int, dump: Path
) -> list[float]:
    from executorch.runtime import Runtime

    with warnings.catch_warnings(), quiet_stderr():
        warnings.simplefilter("ignore")
        program = Runtime.get().load_program(path, enable_etdump=True, debug_buffer_size=0)
        method = program.load_method(entry)
    if method is None:
        raise H3AEError(f"{path.name} holds no method {entry!r}")
    # The runtime packs weights at the first call, which is no sample.
    method.execute(tensors)
    calls = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        method.execute(tensors)
        calls.append(time.perf_counter() - begin)
    program.write_etdump_result_to_file(str(dump), str(dump.with_suffix(".bin")))
    return calls


def _read(dump: Path) -> tuple[OperationTime, ...]:
    from executorch.devtools import Inspector

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inspector = Inspector(etdump_path=str(dump))
    found = []
    for block in inspector.event_blocks:
        if block.name != "Execute":
            continue
        events = [one for one in block.events if one.perf_data is not None]
        found += [_operation(one) for one in _leaves(events)]
    return tuple(found)


def _leaves(events: list[Any]) -> list[Any]:
    """Drop containers; a delegate that tells its operations contains them, too."""
    inside = [one for one in events if one.is_delegated_op]
    return [
        one
        for one in events
        if one.name not in CONTAINERS and (one.is_delegated_op or not inside or _portable(one))
    ]


def _portable(event: Any) -> bool:
    return str(event.name).startswith("native_call")


def _operation(event: Any) -> OperationTime:
    name = str(event.name)
    # The first call of the method, before the samples, is part of the dump: medians forgive it.
    seconds = float(np.median(event.perf_data.raw)) * 1e-3
    kind = re.sub(r"\s*#\d+$", "", name).removeprefix("native_call_")
    return OperationTime(name, kind, 1, max(seconds, 0.0))
