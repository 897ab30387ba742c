"""Convolutions: dimensions, kernels, batches, transposition."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, error, info, rule, warning

LARGEST_ANE_KERNEL = 13
_CONV3D = "h3ae_mobile/mobile/conv.py: one Conv2d for each frame of the kernel, summed"


def _is_3d(operation: Operation) -> bool:
    weight = operation.weight
    return weight is not None and weight.ndim == 5


@rule(
    "conv3d",
    cure=_CONV3D,
    reactions={
        "coreml": error(
            "3D convolutions lower to no Neural Engine: the stage falls to GPU or CPU",
            f"{sources.ANE_GUIDE}, chapter 4",
        ),
        "xnnpack": error(
            "not delegated, and the portable kernel fails when it runs (error 0x12)",
            f"{sources.MEASURED_XNNPACK}; {sources.XNNPACK_CONFIGS}: ConvolutionConfig",
        ),
        "vulkan": error(
            "tensors of rank 5 are not delegated, and the portable kernel fails when it runs",
            f"{sources.VULKAN_REGISTRY}; {sources.MEASURED_XNNPACK}",
        ),
        "onnx": warning(
            "the CPU provider runs it; mobile providers such as Core ML's do not",
            f"{sources.ORT_COREML}; {sources.MEASURED_ONNX}",
        ),
        "coreai": warning(
            "runs on the CPU; whether the Neural Engine takes it is documented nowhere",
            sources.MEASURED_COREAI,
        ),
    },
)
def conv3d(operation: Operation, setting: Setting) -> bool:
    """Convolve over three dimensions."""
    return _is_3d(operation) and not operation.is_transposed


@rule(
    "conv-transpose3d",
    cure="h3ae_mobile/mobile/resample.py: a convolution and a pixel shuffle",
    reactions={
        "coreml": error(
            "3D convolutions lower to no Neural Engine", f"{sources.ANE_GUIDE}, chapter 4"
        ),
        "xnnpack": error(
            "not delegated, and the portable kernel fails when it runs (error 0x12)",
            sources.MEASURED_XNNPACK,
        ),
        "vulkan": error(
            "tensors of rank 5 are not delegated, and the portable kernel fails when it runs",
            f"{sources.VULKAN_REGISTRY}; {sources.MEASURED_XNNPACK}",
        ),
        "onnx": warning("mobile providers do not run it", sources.ORT_COREML),
        "coreai": error("the converter refuses it", sources.MEASURED_COREAI),
    },
)
def conv_transpose3d(operation: Operation, setting: Setting) -> bool:
    """Convolve, transposed, over three dimensions."""
    return _is_3d(operation) and operation.is_transposed


@rule(
    "conv-kernel",
    cure="split the kernel, or convolve at a lower resolution",
    reactions={
        "coreml": warning(
            f"kernels wider than {LARGEST_ANE_KERNEL} leave the Neural Engine of A13 and M1, wider "
            "than 16 that of later chips",
            f"{sources.ANE_GUIDE}, chapters 4 and 17",
        ),
    },
)
def conv_kernel(operation: Operation, setting: Setting) -> str | None:
    """Convolve with a wide kernel."""
    weight = operation.weight
    if weight is None or max(weight.shape[2:]) <= LARGEST_ANE_KERNEL:
        return None
    return "x".join(map(str, weight.shape[2:]))


@rule(
    "conv-batch",
    cure="fewer frames a call: the streaming graphs, or --frames-per-call 1",
    reactions={
        "coreml": info(
            "the Neural Engine is fed a batch of 1 in all that Apple publishes; more compile, at a "
            "speed that nobody states",
            f"{sources.ANE_TRANSFORMERS}; {sources.ANE_GUIDE}, chapter 4",
        ),
        "vulkan": warning(
            "2D convolutions of more than one frame are not delegated",
            f"{sources.VULKAN_REGISTRY}: check_conv_node",
        ),
    },
)
def conv_batch(operation: Operation, setting: Setting) -> str | None:
    """Convolve several frames at once."""
    if operation.weight is None or operation.weight.ndim != 4:
        return None
    batch = operation.inputs[0].shape[0]
    return f"{batch} frames" if batch != 1 else None
