"""Attention: fused operations, masks, and products."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, info, rule, warning

_SIGHT = "h3ae_mobile/mobile/sight.py: a batched product over the causal prefix, without a mask"


@rule(
    "sdpa",
    cure=_SIGHT,
    reactions={
        "xnnpack": warning(
            "decomposes to a softmax guarded against empty rows: a dozen portable operations "
            "around three delegates",
            sources.MEASURED_XNNPACK,
        ),
        "coreml": info("fused on iOS 18 only; decomposed before", sources.MEASURED_COREML),
        "coreai": warning(
            "kept as a composite under a random name, so that assets are not reproducible",
            sources.MEASURED_COREAI,
        ),
    },
)
def sdpa(operation: Operation, setting: Setting) -> bool:
    """Attend in one fused operation."""
    return operation.op in ("aten.scaled_dot_product_attention", "aten._safe_softmax")


@rule(
    "boolean-mask",
    cure=_SIGHT,
    reactions={
        "xnnpack": warning("comparisons and selections are not delegated", sources.XNNPACK_CONFIGS),
        "coreai": warning(
            "the Neural Engine wants an additive mask of finite numbers", sources.COREAI_AUTHORING
        ),
    },
)
def boolean_mask(operation: Operation, setting: Setting) -> bool:
    """Select by a condition."""
    return operation.op in ("aten.where", "aten.masked_fill")


@rule(
    "infinite-mask",
    cure=f"{_SIGHT}; the window's bias is finite",
    fp16_only=True,
    reactions={
        "coreai": warning("masks must be finite, -40000 at least", sources.COREAI_AUTHORING),
    },
)
def infinite_mask(operation: Operation, setting: Setting) -> bool:
    """Write infinities as numbers."""
    numbers = (each for each in operation.args if isinstance(each, float))
    return any(abs(number) == float("inf") for number in numbers)


@rule(
    "batched-product",
    cure="h3ae_mobile/mobile/sight.py: torch.bmm on (heads, N, channels)",
    reactions={
        "xnnpack": warning(
            "a product of rank 4 is expanded first, and `expand_copy` is not delegated: 5 "
            "delegates where bmm has 1",
            sources.MEASURED_XNNPACK,
        ),
    },
)
def batched_product(operation: Operation, setting: Setting) -> bool:
    """Multiply matrices with two batch axes."""
    return operation.op == "aten.matmul" and operation.outputs[0].ndim > 3


@rule(
    "linear",
    cure="h3ae_mobile/mobile/attention.py: 1x1 convolutions on (1, C, 1, N)",
    reactions={
        "coreml": info(
            "the Neural Engine prefers 1x1 convolutions on (B, C, 1, S)", sources.ANE_TRANSFORMERS
        ),
        "coreai": info(
            "in fp16 a matrix product loses 8 dB to a 1x1 convolution, and runs at 0.05 GFLOP/s "
            "on a CPU",
            sources.MEASURED_COREAI,
        ),
    },
)
def linear(operation: Operation, setting: Setting) -> bool:
    """Multiply by a weight."""
    return operation.op in ("aten.linear", "aten.addmm", "aten.mm")
