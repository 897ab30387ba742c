"""Per-operation profilers, one file a runtime."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from h3ae_profiling.host.operations.base import GraphProfile, OperationTime, Profiler

__all__ = ["GraphProfile", "OperationTime", "Profiler", "profiler_of"]

# Target to module and class, each imported when it is asked for.
PROFILERS = {
    "executorch": ("executorch", "EtDumpProfiler"),
    "onnx": ("onnx", "OnnxProfiler"),
    "torch": ("torch", "TorchProfiler"),
    "coreai": ("coreai", "CoreAIProfiler"),
}


def profiler_of(target: str) -> Profiler | None:
    """Return the profiler of a target's runtime, or None if it has none."""
    if target not in PROFILERS:
        return None
    module, factory = PROFILERS[target]
    return cast(Profiler, getattr(import_module(f"{__name__}.{module}"), factory)())
