"""Mobile graphs to one ExecuTorch program."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.export import ExportedProgram

from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Progress
from h3ae_export.targets.coreml.tools import coremltools
from h3ae_export.targets.executorch.backends import make_partitioner
from h3ae_export.targets.executorch.delegation import Delegation, inspect
from h3ae_export.targets.executorch.unroll import unroll_batches
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import MobileGraph

_TALKATIVE = ("executorch", "torch.utils._pytree", "root")


def lower(
    graphs: Sequence[MobileGraph], settings: TargetSettings, progress: Progress
) -> tuple[Any, dict[str, Delegation]]:
    """Lower every graph to a method of that name.

    Returns
    -------
    program : ExecutorchProgramManager
        Weights that are equal in several methods are stored once.
    delegations : dict
        What each method leaves to the delegate.

    Raises
    ------
    H3AEError
        ExecuTorch failed.
    """
    with _quiet(settings):
        from executorch.exir import ExecutorchBackendConfig, to_edge_transform_and_lower

        try:
            methods = {}
            for graph in graphs:
                progress(f"exporting {graph.name}")
                methods[graph.name] = _trace(graph, settings)
            progress(f"lowering {', '.join(methods)} to {settings.backend}")
            edge = to_edge_transform_and_lower(
                methods, partitioner={name: [make_partitioner(settings)] for name in methods}
            )
            del methods
            delegations = {
                graph.name: inspect(edge.exported_program(graph.name).graph) for graph in graphs
            }
            return edge.to_executorch(ExecutorchBackendConfig()), delegations
        except Exception as error:  # lowering raises whatever its passes raise
            first = next(iter(str(error).splitlines()), type(error).__name__)
            names = ", ".join(graph.name for graph in graphs)
            raise H3AEError(f"ExecuTorch cannot lower {names}: {first}") from error


def save(program: Any, path: Path) -> None:
    """Write a program without holding a second copy of it."""
    with path.open("wb") as stream:
        program.write_to_file(stream)


def exchanges_half(settings: TargetSettings) -> bool:
    """Whether a program takes and gives fp16.

    XNNPACK has no other way to compute in fp16, and a cast at the edge would be a portable
    operation outside of the delegate. Core ML and Vulkan are told to round when they compile
    (`backends.make_partitioner`), and exchange fp32.
    """
    return settings.backend == "xnnpack" and settings.precision == "fp16"


def _trace(graph: MobileGraph, settings: TargetSettings) -> ExportedProgram:
    module, inputs = graph.module, graph.example_inputs()
    if exchanges_half(settings):
        module = copy.deepcopy(module).half()
        inputs = tuple(tensor.half() for tensor in inputs)
    program = torch.export.export(module, inputs, strict=False)
    return unroll_batches(program, inputs) if settings.backend == "vulkan" else program


@contextmanager
def _quiet(settings: TargetSettings) -> Iterator[None]:
    """Silence warnings about the toolchain's own deprecations."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if settings.backend == "coreml":
                with coremltools():
                    yield
            else:
                yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
