"""Copies: what moves numbers without computing."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.operation import PERMUTES, Operation
from h3ae_export.audit.rule import Setting, error, info, rule, warning

ROW_BYTES = 64
FP16_BYTES = 2
# Padding of a small tensor costs nothing worth a line.
_SMALL = 4096
_WASTEFUL = 4


@rule(
    "layout-copy",
    cure="channels first and time in the batch from end to end, as in h3ae_mobile/mobile",
    reactions={
        "coreml": info(
            "a transpose is a copy, and may cut the Neural Engine's segment",
            sources.ANE_TRANSFORMERS,
        ),
        "xnnpack": info("a transpose is a copy", sources.MEASURED_XNNPACK),
        "vulkan": info("a transpose is a copy", sources.VULKAN_REGISTRY),
        "coreai": info("a transpose is a copy", sources.MEASURED_COREAI),
    },
)
def layout_copy(operation: Operation, setting: Setting) -> str | None:
    """Permute a tensor of which more than one axis is longer than 1."""
    if operation.op not in PERMUTES:
        return None
    before, after = operation.inputs[0], operation.outputs[0]
    if [n for n in before.shape if n != 1] == [n for n in after.shape if n != 1]:
        # The same axes in the same order, as far as sizes can tell.
        return None
    return f"{_megabytes(after.numel() * after.element_size())} moved"


@rule(
    "full-slice",
    cure="do not slice where the slice is the whole",
    reactions={
        "coreml": error(
            "becomes `alias`, which coremltools 9.0 does not convert", sources.MEASURED_COREML
        ),
        "xnnpack": warning(
            "becomes `alias_copy`, which no delegate takes: it cuts the delegate in two",
            sources.MEASURED_XNNPACK,
        ),
    },
)
def full_slice(operation: Operation, setting: Setting) -> bool:
    """Slice a tensor over its full range."""
    if operation.op == "aten.alias":
        return True
    if operation.op not in ("aten.slice", "aten.narrow"):
        return False
    return operation.inputs[0].shape == operation.outputs[0].shape


@rule(
    "self-concatenation",
    cure="h3ae_mobile/mobile/conv.py: CausalPadding tells the copies apart",
    reactions={
        "xnnpack": warning(
            "not delegated where all parts are one tensor: it cuts the delegate in two",
            f"{sources.MEASURED_XNNPACK}; {sources.XNNPACK_CONFIGS}: CatConfig",
        ),
    },
)
def self_concatenation(operation: Operation, setting: Setting) -> bool:
    """Concatenate a tensor with itself and nothing else."""
    parts = operation.node.all_input_nodes
    return operation.op == "aten.cat" and len(operation.inputs) > 1 and len(parts) == 1


@rule(
    "last-axis",
    cure="keep the long axis last: (1, C, 1, N) for tokens, (T, C, H, W) for frames",
    reactions={
        "coreml": info(
            f"the Neural Engine pads the last axis to {ROW_BYTES} bytes", sources.ANE_TRANSFORMERS
        ),
        "coreai": info(
            f"the Neural Engine pads the last axis to {ROW_BYTES} bytes", sources.COREAI_AUTHORING
        ),
    },
)
def last_axis(operation: Operation, setting: Setting) -> str | None:
    """Give a tensor whose rows are much shorter than the Neural Engine's."""
    for tensor in operation.outputs:
        shape = tensor.shape
        if tensor.ndim < 3 or not isinstance(shape[-1], int) or tensor.numel() <= _SMALL:
            continue
        waste = ROW_BYTES / (FP16_BYTES * shape[-1])
        if waste >= _WASTEFUL:
            return f"rows of {shape[-1]} take {waste:.0f} times the memory"
    return None


def _megabytes(count: int) -> str:
    return f"{count / 2**20:.1f} MiB"
