"""What the audit found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

AuditTarget = Literal["coreml", "xnnpack", "vulkan", "onnx", "coreai"]
Severity = Literal["error", "warning", "info"]

AUDIT_TARGETS: tuple[AuditTarget, ...] = get_args(AuditTarget)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True)
class Finding:
    """One operation that a target will not take as it is.

    Attributes
    ----------
    severity : {"error", "warning", "info"}
        error: the target refuses it, computes it wrongly, or keeps it off the accelerator for
        good. warning: it runs, at a cost in time, memory or accuracy. info: a cost to know of.
    target : str
        Core ML, ExecuTorch's XNNPACK or Vulkan delegate, ONNX Runtime, or Core AI.
    rule : str
        Id in docs/audit.md.
    op : str
        As in ATen, for instance ``aten.conv3d``.
    node : str
        Its name in the traced graph.
    module, layer : str
        Path and class of the module it comes from.
    shape : tuple of int
        Of its first output.
    dtype : str
        Of its first output.
    message : str
        What happens.
    source : str
        Where that is known from.
    cure : str
        The rewrite, or the habit, that avoids it.
    graph : str
        The graph it stands in, where several were audited.
    """

    severity: Severity
    target: AuditTarget
    rule: str
    op: str
    node: str
    module: str
    layer: str
    shape: tuple[int, ...]
    dtype: str
    message: str
    source: str
    cure: str
    graph: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        return asdict(self)


def at_least(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """Return the findings that are as severe as `severity` or more."""
    limit = SEVERITIES.index(severity)
    return [each for each in findings if SEVERITIES.index(each.severity) <= limit]


def most_severe_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by severity, then by rule, else in the order of the graph."""
    return sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), each.rule))
