"""Tensors of more dimensions than a runtime has."""

from __future__ import annotations

from h3ae_export.audit import sources
from h3ae_export.audit.finding import AuditTarget
from h3ae_export.audit.operation import PERMUTES, RESHAPES, Operation, op_name
from h3ae_export.audit.rule import Setting, error, info, rule, warning

LARGEST_RANK: dict[AuditTarget, int] = {"coreml": 5, "xnnpack": 6, "vulkan": 4, "coreai": 5}
_CURE = "h3ae_mobile/mobile: time in the batch, rank 4; resample.py shuffles pixels at rank 5"


@rule(
    "rank",
    cure=_CURE,
    reactions={
        "coreml": error("Core ML has tensors of rank 5 at most", sources.MEASURED_COREML),
        "xnnpack": error(
            "delegated, and then the program does not load: XNNPACK's largest rank is 6",
            f"{sources.MEASURED_XNNPACK}; {sources.XNNPACK_HEADER}",
        ),
        "vulkan": warning("tensors above rank 4 are not delegated", f"{sources.VULKAN_REGISTRY}"),
        "coreai": warning(
            "the CPU has no limit, the Neural Engine takes rank 5 at most",
            f"{sources.COREAI_AUTHORING}; {sources.MEASURED_COREAI}",
        ),
    },
)
def rank(operation: Operation, setting: Setting) -> str | None:
    """Give a tensor of too many dimensions."""
    most = _rank(operation)
    if most <= LARGEST_RANK[setting.target]:
        return None
    if setting.target == "coreml" and _only_rearranges(operation):
        return None
    return f"rank {most}"


@rule(
    "high-rank-shuffle",
    cure=_CURE,
    reactions={
        "coreml": warning(
            "coremltools unrolls a rearrangement above rank 5 into a row of transposes, each a "
            "copy (seven for a 3D pixel shuffle)",
            sources.MEASURED_COREML,
        ),
    },
)
def high_rank_shuffle(operation: Operation, setting: Setting) -> str | None:
    """Reshape, permute and reshape back, beyond the largest rank."""
    if operation.op not in PERMUTES or _rank(operation) <= LARGEST_RANK["coreml"]:
        return None
    return f"rank {_rank(operation)}" if _only_rearranges(operation) else None


@rule(
    "rank5",
    cure="h3ae_mobile/mobile: rank 4, time folded into the batch",
    reactions={
        "coreml": info("the Neural Engine wants (B, C, 1, S)", sources.ANE_TRANSFORMERS),
    },
)
def rank5(operation: Operation, setting: Setting) -> bool:
    """Give a tensor of rank 5."""
    return _rank(operation) == 5


def _rank(operation: Operation) -> int:
    return max((tensor.ndim for tensor in operation.outputs), default=0)


def _only_rearranges(operation: Operation) -> bool:
    """Whether nothing computes at this rank: reshapes and permutes alone lead in and out."""
    if operation.op not in PERMUTES | RESHAPES:
        return False
    moves = PERMUTES | RESHAPES
    limit = LARGEST_RANK["coreml"]
    before, after = operation.node, operation.node
    while before.meta["val"].ndim > limit:
        if op_name(before) not in moves:
            return False
        before = before.all_input_nodes[0]
    while after.meta["val"].ndim > limit:
        users = list(after.users)
        if len(users) != 1 or op_name(users[0]) not in moves:
            return False
        after = users[0]
    return True
