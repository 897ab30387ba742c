"""Reductions and normalisations."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, info, rule, warning

_REDUCTIONS = ("aten.mean", "aten.sum", "aten.var", "aten.amax", "aten.linalg_vector_norm")
_NORMS = ("aten.layer_norm", "aten.group_norm", "aten.native_layer_norm", "aten.native_group_norm")
_NORM_CURE = "h3ae_mobile/mobile/norm.py: a convolution with ones sums the squares"


@rule(
    "channel-reduction",
    cure=_NORM_CURE,
    reactions={
        "xnnpack": warning(
            "only means over height and width of rank 4 are delegated: every normalisation cuts "
            "the delegate in two",
            f"{sources.MEASURED_XNNPACK}; {sources.XNNPACK_CONFIGS}: MeanDimConfig",
        ),
    },
)
def channel_reduction(operation: Operation, setting: Setting) -> str | None:
    """Reduce over other axes than height and width."""
    if operation.op not in _REDUCTIONS:
        return None
    ndim = operation.inputs[0].ndim
    dims = next((each for each in operation.args[1:] if isinstance(each, (list, tuple))), None)
    axes = sorted(dim % ndim for dim in dims) if dims else list(range(ndim))
    if operation.op == "aten.mean" and ndim == 4 and axes == [2, 3]:
        return None
    return f"over axes {axes} of rank {ndim}"


@rule(
    "norm",
    cure=_NORM_CURE,
    reactions={
        "xnnpack": warning(
            "not delegated: it cuts the delegate in two",
            f"{sources.MEASURED_XNNPACK}; {sources.XNNPACK_CONFIGS}",
        ),
        "coreml": info(
            "becomes reshapes, reductions or transposes",
            sources.MEASURED_COREML,
        ),
    },
)
def norm(operation: Operation, setting: Setting) -> bool:
    """Normalise by groups or layers."""
    return operation.op in _NORMS
