"""One graph to one ONNX model."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import MobileGraph
from h3ae_mobile.mobile.options import Precision

# What the exporter writes without converting versions; every ONNX Runtime since 1.14 reads it.
OPSET = 18

_TALKATIVE = ("torch.onnx", "onnxscript", "onnx_ir", "torch.utils._pytree")


def convert(graph: MobileGraph, precision: Precision) -> Any:
    """Return a graph as a model of `onnx_ir`, with nothing in it of the machine that made it.

    Raises
    ------
    H3AEError
        torch's exporter failed.
    """
    module, inputs = graph.module, graph.example_inputs()
    if precision == "fp16":
        module = copy.deepcopy(module).half()
        inputs = tuple(tensor.half() for tensor in inputs)
    with _quiet():
        try:
            program = torch.onnx.export(
                module,
                inputs,
                dynamo=True,
                opset_version=OPSET,
                input_names=[tensor.name for tensor in graph.spec.inputs],
                output_names=[tensor.name for tensor in graph.spec.outputs],
                optimize=True,
                verbose=False,
            )
        except Exception as error:  # the exporter raises whatever its passes raise
            first = next(iter(str(error).splitlines()), type(error).__name__)
            raise H3AEError(f"torch cannot export {graph.name} to ONNX: {first}") from error
    if program is None:
        raise H3AEError(f"torch cannot export {graph.name} to ONNX")
    model = program.model
    _anonymise(model, graph.name)
    return model


def _anonymise(model: Any, name: str) -> None:
    """Drop stack traces and docstrings: they hold paths of this machine."""
    model.graph.name = name
    for thing in (model, model.graph, *model.graph, *model.graph.initializers.values()):
        thing.metadata_props.clear()
        thing.doc_string = None
    for node in model.graph:
        for value in (*node.inputs, *node.outputs):
            if value is not None:
                value.metadata_props.clear()
    for value in (*model.graph.inputs, *model.graph.outputs):
        value.metadata_props.clear()


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence warnings about the exporter's own deprecations."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
