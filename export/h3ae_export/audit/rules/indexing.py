"""Indices computed while running."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, error, rule, warning

_INDEXING = tuple(
    f"aten.{name}"
    for name in ("gather", "index", "index_select", "topk", "sort", "argmax", "argmin", "argsort")
)
_CURE = "static slices: what a frame sees is known when the graph is built"


@rule(
    "indexing-fp16",
    cure=_CURE,
    fp16_only=True,
    reactions={
        "coreai": error(
            "fp16 graphs with topk, gather or argmax were silently wrong on a phone under default "
            "specialisation",
            sources.COREAI_FP16,
        ),
    },
)
def indexing_fp16(operation: Operation, setting: Setting) -> bool:
    """Choose by index in fp16."""
    return operation.op in _INDEXING


@rule(
    "indexing",
    cure=_CURE,
    reactions={
        "xnnpack": warning("not delegated: it cuts the delegate in two", sources.XNNPACK_CONFIGS),
        "coreml": warning(
            "mostly leaves the Neural Engine: gathers and sorts lower on few chips",
            f"{sources.ANE_GUIDE}, chapters 4 and 17",
        ),
    },
)
def indexing(operation: Operation, setting: Setting) -> bool:
    """Choose by index."""
    return operation.op in _INDEXING
