"""Per-operation profilers, one file a runtime."""

from __future__ import annotations

from h3ae_profiling.host.operations.base import GraphProfile, OperationTime, Profiler

__all__ = ["GraphProfile", "OperationTime", "Profiler", "profiler_of"]


def profiler_of(target: str) -> Profiler | None:
    """Return the profiler of a target's runtime, or None if it has none."""
    if target == "executorch":
        from h3ae_profiling.host.operations.executorch import EtDumpProfiler

        return EtDumpProfiler()
    if target == "onnx":
        from h3ae_profiling.host.operations.onnx import OnnxProfiler

        return OnnxProfiler()
    return None
