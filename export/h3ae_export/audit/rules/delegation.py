"""Plain operations that one target lacks."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, error, rule, warning

_CUTS = "not delegated: it cuts the delegate in two"


@rule(
    "expand",
    cure="h3ae_mobile/mobile/conv.py: CausalPadding; elsewhere broadcasting does without",
    reactions={
        "xnnpack": warning(_CUTS, sources.MEASURED_XNNPACK),
    },
)
def expand(operation: Operation, setting: Setting) -> bool:
    """Repeat a tensor along an axis."""
    if operation.op not in ("aten.expand", "aten.repeat", "aten.repeat_interleave"):
        return False
    return operation.inputs[0].numel() != operation.outputs[0].numel()


@rule(
    "nearest",
    cure="pixel shuffle in its place (upsample: pixel_shuffle)",
    reactions={
        "xnnpack": warning(_CUTS, sources.MEASURED_XNNPACK),
    },
)
def nearest(operation: Operation, setting: Setting) -> bool:
    """Interpolate by the nearest neighbour."""
    return operation.op.startswith("aten.upsample_nearest")


@rule(
    "split",
    cure="slices one by one, or convolutions with their weights split when building",
    reactions={
        "xnnpack": warning(_CUTS, sources.MEASURED_XNNPACK),
    },
)
def split(operation: Operation, setting: Setting) -> bool:
    """Split a tensor in one operation."""
    return operation.op in ("aten.chunk", "aten.split", "aten.split_with_sizes", "aten.unbind")


@rule(
    "strided-slice",
    cure="h3ae_mobile/mobile/conv.py: MobileStridedCausalConv reshapes pairs of frames",
    reactions={
        "xnnpack": warning(
            _CUTS, f"{sources.MEASURED_XNNPACK}; {sources.XNNPACK_CONFIGS}: SliceCopyConfig"
        ),
    },
)
def strided_slice(operation: Operation, setting: Setting) -> bool:
    """Take every second element."""
    return operation.op == "aten.slice" and len(operation.args) > 4 and operation.args[4] != 1


@rule(
    "softmax-axis",
    cure="h3ae_mobile/mobile/sight.py: keys last",
    reactions={
        "xnnpack": warning(
            _CUTS, f"{sources.MEASURED_XNNPACK}; {sources.XNNPACK_CONFIGS}: SoftmaxConfig"
        ),
    },
)
def softmax_axis(operation: Operation, setting: Setting) -> bool:
    """Take a softmax over another axis than the last."""
    if operation.op not in ("aten.softmax", "aten._softmax"):
        return False
    return operation.args[1] % operation.inputs[0].ndim != operation.inputs[0].ndim - 1


@rule(
    "pixel-shuffle",
    cure="MobileOptions(native_shuffle=False): reshape and permute",
    reactions={
        "coreai": warning(
            "kept as a composite under a random name, so that assets are not reproducible",
            sources.MEASURED_COREAI,
        ),
    },
)
def pixel_shuffle(operation: Operation, setting: Setting) -> bool:
    """Shuffle pixels in one operation."""
    return operation.op in ("aten.pixel_shuffle", "aten.pixel_unshuffle")


@rule(
    "rounding",
    cure="none is needed by this network",
    reactions={
        "coreai": error("was the identity on the GPU delegate", sources.COREAI_REPORTS),
    },
)
def rounding(operation: Operation, setting: Setting) -> bool:
    """Round to whole numbers."""
    return operation.op in ("aten.floor", "aten.ceil", "aten.round", "aten.trunc")


@rule(
    "idle-squeeze",
    cure="squeeze axes of length 1 alone, or reshape",
    reactions={
        "coreai": error("the converter refuses it", sources.MEASURED_COREAI),
    },
)
def idle_squeeze(operation: Operation, setting: Setting) -> bool:
    """Squeeze an axis that is longer than 1."""
    return operation.op == "aten.squeeze" and operation.inputs[0].ndim == operation.outputs[0].ndim
