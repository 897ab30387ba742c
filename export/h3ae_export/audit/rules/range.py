"""What fp16 cannot hold, on real activations."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.activations import LARGEST_FP16
from h3ae_export.audit.finding import AUDIT_TARGETS
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, error, info, rule, warning

HEADROOM = 4
MANY_SUBNORMALS = 0.2
_GUARD = "h3ae_mobile/mobile/norm.py: scale before squaring (MobileOptions(precision='fp16'))"


@rule(
    "overflow",
    cure=_GUARD,
    fp16_only=True,
    by_values=True,
    reactions={
        target: error("overflows fp16: black or NaN frames", sources.FP16_FORMAT)
        for target in AUDIT_TARGETS
    },
)
def overflow(operation: Operation, setting: Setting) -> str | None:
    """Exceed the largest number."""
    seen = operation.activation
    if seen is None or seen.max_sum <= LARGEST_FP16:
        return None
    if seen.max_abs > LARGEST_FP16:
        return f"|x| reaches {seen.max_abs:.3g}"
    return f"the sum on the way reaches {seen.max_sum:.3g}"


@rule(
    "headroom",
    cure=_GUARD,
    fp16_only=True,
    by_values=True,
    reactions={
        target: warning(f"within a factor {HEADROOM} of fp16's largest number", sources.FP16_FORMAT)
        for target in AUDIT_TARGETS
    },
)
def headroom(operation: Operation, setting: Setting) -> str | None:
    """Come close to the largest number."""
    seen = operation.activation
    if seen is None or not LARGEST_FP16 / HEADROOM < seen.max_sum <= LARGEST_FP16:
        return None
    return f"{seen.max_sum:.3g}"


@rule(
    "underflow",
    cure=_GUARD,
    fp16_only=True,
    by_values=True,
    reactions={
        target: info(
            "many numbers are below fp16's normal range, and zero where the hardware flushes",
            sources.FP16_FORMAT,
        )
        for target in AUDIT_TARGETS
    },
)
def underflow(operation: Operation, setting: Setting) -> str | None:
    """Give many subnormal numbers."""
    seen = operation.activation
    if seen is None or seen.subnormal_share < MANY_SUBNORMALS:
        return None
    return f"{seen.subnormal_share:.0%}"
