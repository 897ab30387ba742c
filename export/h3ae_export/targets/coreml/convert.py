"""One graph to one ML program, saved as a package."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from h3ae_export.settings import TargetSettings
from h3ae_export.targets.coreml.pixels import PixelOutput
from h3ae_export.targets.coreml.tools import coremltools
from h3ae_export.targets.entry import Entry, make_entry
from h3ae_mobile.bundle.tensors import TensorSpec
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import MobileGraph


def convert(graph: MobileGraph, settings: TargetSettings, path: Path) -> None:
    """Convert a graph and save it as a package of one function, `main`.

    fp16 programs exchange fp16 arrays: what passes from stage to stage is copied at half the
    size, and no operation is spent on a change of format.

    Parameters
    ----------
    graph : MobileGraph
        Rewritten with `MobileOptions(precision=settings.precision)`, in fp32: the converter
        rounds weights and constants itself.
    settings : TargetSettings
        Precision, deployment target, states, image output.
    path : Path
        A `.mlpackage` that does not exist yet.

    Raises
    ------
    H3AEError
        coremltools failed.
    """
    entry = _entry(graph, settings)
    program = entry.trace({})
    with coremltools() as ct:
        try:
            model = ct.convert(program, skip_model_load=True, **_arguments(ct, entry, settings))
            model.save(str(path))
        except Exception as error:  # converters raise whatever their layers raise
            first = next(iter(str(error).splitlines()), type(error).__name__)
            raise H3AEError(f"coremltools cannot convert {graph.name}: {first}") from error


def emits_pixels(graph: MobileGraph, settings: TargetSettings) -> bool:
    """Tell whether a graph is to give its frames as a pixel buffer."""
    return settings.image_output and graph.spec.role == "frame"


def _entry(graph: MobileGraph, settings: TargetSettings) -> Entry:
    # Core ML knows states of fp16 alone.
    entry = make_entry(graph, state_dtype=torch.float16 if settings.stateful else None)
    if emits_pixels(graph, settings):
        return replace(entry, module=PixelOutput(entry.module))
    return entry


def _arguments(ct: Any, entry: Entry, settings: TargetSettings) -> dict[str, Any]:
    precise = settings.precision == "fp32"
    dtype = np.float32 if precise else np.float16

    def array(tensor: TensorSpec) -> Any:
        return ct.TensorType(name=tensor.name, shape=tensor.shape, dtype=dtype)

    def output(tensor: TensorSpec) -> Any:
        if isinstance(entry.module, PixelOutput):
            return ct.ImageType(name=tensor.name, color_layout=ct.colorlayout.RGB)
        return ct.TensorType(name=tensor.name, dtype=dtype)

    def state(tensor: TensorSpec) -> Any:
        held = ct.TensorType(shape=tensor.shape, dtype=np.float16)
        return ct.StateType(wrapped_type=held, name=tensor.name)

    targets = {"ios17": ct.target.iOS17, "ios18": ct.target.iOS18}
    return {
        "inputs": [array(tensor) for tensor in entry.inputs],
        "outputs": [output(tensor) for tensor in entry.outputs],
        "states": [state(tensor) for tensor in entry.states] or None,
        "minimum_deployment_target": targets[settings.deployment_target],
        "compute_precision": ct.precision.FLOAT32 if precise else ct.precision.FLOAT16,
    }
