"""Dimensions beyond a unit's address range."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, error, info, rule

LARGEST_SIDE = 16384
LARGEST_CHANNELS = 65536
WORKING_SET = 2 * 2**20
FP16_BYTES = 2


@rule(
    "side",
    cure="a smaller --size, or tokens folded into two axes",
    reactions={
        "coreml": error(
            f"heights and widths above {LARGEST_SIDE} leave the Neural Engine before A16",
            f"{sources.ANE_GUIDE}, chapters 4 and 17",
        ),
    },
)
def side(operation: Operation, setting: Setting) -> str | None:
    """Give a tensor with a long spatial side."""
    for tensor in operation.outputs:
        sides = [size for size in tensor.shape[-2:] if isinstance(size, int)]
        if tensor.ndim >= 2 and max(sides, default=0) > LARGEST_SIDE:
            return f"{max(sides)}"
    return None


@rule(
    "channels",
    cure="fewer channels, or channels split over two tensors",
    reactions={
        "coreml": error(
            f"more than {LARGEST_CHANNELS} channels leave the Neural Engine",
            f"{sources.ANE_GUIDE}, chapter 17",
        ),
    },
)
def channels(operation: Operation, setting: Setting) -> str | None:
    """Give a tensor with many channels."""
    for tensor in operation.outputs:
        count = tensor.shape[1] if tensor.ndim == 4 else 0
        if isinstance(count, int) and count > LARGEST_CHANNELS:
            return f"{count}"
    return None


@rule(
    "working-set",
    cure="fewer frames a call: --frames-per-call 1, or the streaming graphs",
    reactions={
        target: info(
            "tensors above 2 MiB leave the Neural Engine's memory and are streamed in tiles",
            f"{sources.ANE_GUIDE}, chapter 17",
        )
        for target in ("coreml", "coreai")
    },
)
def working_set(operation: Operation, setting: Setting) -> str | None:
    """Give a tensor that does not fit on the chip."""
    for tensor in operation.outputs:
        count = tensor.numel()
        if isinstance(count, int) and count * FP16_BYTES > WORKING_SET:
            return f"{count * FP16_BYTES / 2**20:.1f} MiB"
    return None
