"""Shapes that are not known when exporting."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, error, rule, warning


@rule(
    "dynamic-shape",
    cure="one graph for each size: every --size gets graphs of its own, which share the weights",
    reactions={
        "coreml": error(
            "flexible shapes leave the Neural Engine, but at their default", sources.COREML_SHAPES
        ),
        "xnnpack": warning(
            "reshapes and slices of unknown extent are not delegated",
            f"{sources.XNNPACK_CONFIGS}: ViewCopyConfig, SliceCopyConfig",
        ),
        "onnx": warning("mobile providers take static shapes only, or mostly", sources.ORT_COREML),
        "coreai": error("the Neural Engine takes static shapes only", sources.COREAI_AUTHORING),
    },
)
def dynamic_shape(operation: Operation, setting: Setting) -> str | None:
    """Give a tensor of unknown size."""
    for tensor in operation.outputs:
        if any(not isinstance(size, int) for size in tensor.shape):
            return "x".join(map(str, tensor.shape))
    return None
