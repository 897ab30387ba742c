"""The registry of rules.

A rule is a function that says of one operation whether it applies; `@rule` registers it with an
id, the cure, and what each target makes of such an operation. To add one, write it into the file
of its family in `rules`, or into a new file there: all are imported.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from h3ae_export.audit.finding import AuditTarget, Finding, Severity
from h3ae_export.audit.operation import Operation
from h3ae_mobile.mobile.options import Precision


@dataclass(frozen=True)
class Setting:
    """What the network is audited for."""

    target: AuditTarget
    precision: Precision


@dataclass(frozen=True)
class Reaction:
    """What a target makes of an operation, and where that is known from."""

    severity: Severity
    text: str
    source: str


# True or a detail for the message where the rule applies.
Check = Callable[[Operation, Setting], "str | bool | None"]


@dataclass(frozen=True)
class Rule:
    """One thing that targets do not take.

    Attributes
    ----------
    id : str
        Stable; kebab-case.
    cure : str
        The rewrite or habit that avoids it.
    reactions : mapping
        Target to what it does; targets that take it well are absent.
    check : callable
        Whether it applies to an operation.
    fp16_only : bool
        Silent in fp32.
    by_values : bool
        Looks at real activations, not at the structure.
    """

    id: str
    cure: str
    reactions: Mapping[AuditTarget, Reaction]
    check: Check
    fp16_only: bool = False
    by_values: bool = False

    def judge(self, operation: Operation, setting: Setting) -> Finding | None:
        """Return the finding, if the target does not take this operation."""
        reaction = self.reactions.get(setting.target)
        if reaction is None or (self.fp16_only and setting.precision != "fp16"):
            return None
        detail = self.check(operation, setting)
        if not detail:
            return None
        output = operation.outputs[0] if operation.outputs else None
        return Finding(
            severity=reaction.severity,
            target=setting.target,
            rule=self.id,
            op=operation.op,
            node=operation.node.name,
            module=operation.module,
            layer=operation.layer,
            shape=() if output is None else tuple(map(int_or_minus_one, output.shape)),
            dtype="" if output is None else str(output.dtype).removeprefix("torch."),
            message=reaction.text + (f": {detail}" if isinstance(detail, str) else ""),
            source=reaction.source,
            cure=self.cure,
        )


_REGISTRY: dict[str, Rule] = {}


def rule(
    id: str,
    *,
    cure: str,
    reactions: Mapping[AuditTarget, Reaction],
    fp16_only: bool = False,
    by_values: bool = False,
) -> Callable[[Check], Check]:
    """Register the decorated check."""

    def register(check: Check) -> Check:
        _REGISTRY[id] = Rule(id, cure, reactions, check, fp16_only, by_values)
        return check

    return register


def error(text: str, source: str) -> Reaction:
    """Return the reaction of a target that refuses it, or has no use for it."""
    return Reaction("error", text, source)


def warning(text: str, source: str) -> Reaction:
    """Return the reaction of a target that runs it, at a cost."""
    return Reaction("warning", text, source)


def info(text: str, source: str) -> Reaction:
    """Return the reaction of a target that runs it well, at a cost to know of."""
    return Reaction("info", text, source)


def int_or_minus_one(size: object) -> int:
    """Return a static size, or -1 for one that is not known when tracing."""
    return size if isinstance(size, int) else -1


@cache
def _load() -> None:
    package = import_module("h3ae_export.audit.rules")
    for module in pkgutil.iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")


def registered() -> dict[str, Rule]:
    """Return all rules by id."""
    _load()
    return dict(_REGISTRY)
