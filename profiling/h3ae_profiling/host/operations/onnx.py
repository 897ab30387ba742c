"""ONNX Runtime: its own profiler, whose trace names every node."""

from __future__ import annotations

import json
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.engines.exchange import Exchange
from h3ae_mobile.engines.onnx import model_path
from h3ae_profiling.host.contender import HostVariant
from h3ae_profiling.host.operations.base import GraphProfile, OperationTime

KERNEL = "_kernel_time"


class OnnxProfiler:
    """Runs a model with profiling on, and reads the trace."""

    method = "ONNX Runtime profiler"

    def profile(
        self,
        variant: HostVariant,
        graph: str,
        inputs: Arrays,
        repetitions: int,
        threads: int | None,
    ) -> GraphProfile:
        """Return the nodes of a graph."""
        import onnxruntime as ort

        artifact = variant.bundle.artifact(
            variant.target, graph, variant.precision, variant.backend
        )
        spec = variant.bundle.manifest.graphs[graph]
        arrays, _ = Exchange(spec, artifact).inputs(inputs)
        with tempfile.TemporaryDirectory() as folder:
            options = ort.SessionOptions()
            options.enable_profiling = True
            options.profile_file_prefix = str(Path(folder) / "trace")
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            if threads is not None:
                options.intra_op_num_threads = threads
            path = model_path(variant.bundle.path(artifact), artifact.entry)
            session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            calls = []
            for _ in range(repetitions + 1):
                begin = time.perf_counter()
                session.run(None, dict(arrays))
                calls.append(time.perf_counter() - begin)
            trace = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
        return GraphProfile(median(calls[1:]), _read(trace))


def _read(trace: list[dict[str, Any]]) -> tuple[OperationTime, ...]:
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in trace:
        name = str(event.get("name", ""))
        if event.get("cat") == "Node" and name.endswith(KERNEL):
            kind = str(event.get("args", {}).get("op_name", "node"))
            times[name.removesuffix(KERNEL), kind].append(float(event["dur"]) * 1e-6)
    return tuple(
        OperationTime(name, kind, 1, median(durations)) for (name, kind), durations in times.items()
    )
