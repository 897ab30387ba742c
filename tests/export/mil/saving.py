"""Write small Core ML packages: from MIL builder calls and from torch modules."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

logging.getLogger("coremltools").setLevel(logging.ERROR)
ct = pytest.importorskip("coremltools", reason="needs the extra h3ae-mobile[coreml]")

from coremltools.converters.mil.mil import Builder as mb  # noqa: E402, N813
from coremltools.converters.mil.mil import types  # noqa: E402

TYPES = {
    np.dtype(np.float16): types.fp16,
    np.dtype(np.float32): types.fp32,
    np.dtype(np.int32): types.int32,
}


def element(var: Any) -> type[np.generic]:
    """The numpy type of a builder's variable, for the literals that go with it."""
    return np.float16 if var.dtype == types.fp16 else np.float32


def save_built(
    path: Path,
    arrays: Sequence[np.ndarray],
    build: Callable[..., Any],
    target: str = "iOS17",
) -> Path:
    """Save a program whose operations are exactly those that `build` writes."""
    deployment = getattr(ct.target, target)
    specs = [mb.TensorSpec(shape=a.shape, dtype=TYPES[a.dtype]) for a in arrays]
    # The builder reads the names of the inputs off the function's parameters.
    names = [f"in_{index}" for index in range(len(arrays))]
    scope: dict[str, Any] = {"build": build}
    exec(f"def program({', '.join(names)}):\n    return build({', '.join(names)})", scope)
    program = mb.program(input_specs=specs, opset_version=deployment)(scope["program"])
    model = ct.convert(
        program,
        convert_to="mlprogram",
        minimum_deployment_target=deployment,
        pass_pipeline=ct.PassPipeline.EMPTY,
        skip_model_load=True,
    )
    model.save(str(path))
    return path


def convert(
    module: nn.Module,
    examples: dict[str, torch.Tensor],
    *,
    target: str = "iOS18",
    precision: str = "FLOAT32",
    inputs: Sequence[Any] | None = None,
    outputs: Sequence[Any] | None = None,
    **options: Any,
) -> Any:
    """Convert a torch module the way the exporter does, without loading the result."""
    exported = torch.export.export(module.eval(), tuple(examples.values()))
    return ct.convert(
        exported.run_decompositions({}),
        minimum_deployment_target=getattr(ct.target, target),
        compute_precision=getattr(ct.precision, precision),
        inputs=inputs
        or [ct.TensorType(name=name, shape=tuple(x.shape)) for name, x in examples.items()],
        outputs=outputs or [ct.TensorType(name="y")],
        skip_model_load=True,
        **options,
    )


def save(model: Any, path: Path) -> Path:
    """Save a converted model."""
    model.save(str(path))
    return path


__all__ = ["convert", "ct", "element", "mb", "save", "save_built", "types"]
