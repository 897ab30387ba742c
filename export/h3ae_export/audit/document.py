"""Writes the table of docs/audit.md: `python -m h3ae_export.audit.document`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby

from h3ae_export.audit.rule import Reaction, Rule, registered


def rules_as_markdown() -> str:
    """Return a section for each family, with a table of rules, targets, sources and cures."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    def family(rule: Rule) -> str:
        return rule.check.__module__.rpartition(".")[2]

    rules = sorted(registered().values(), key=family)
    for name, members in groupby(rules, family):
        yield f"### {name}.py\n"
        yield "| rule | target | severity | what happens | known from |"
        yield "| --- | --- | --- | --- | --- |"
        for rule in members:
            yield from _rows(rule)
        yield ""


def _rows(rule: Rule) -> Iterator[str]:
    """Yield a row for each reaction; targets that react alike share one."""
    summary = (rule.check.__doc__ or "").strip()
    first = f"`{rule.id}`: {summary} Cure: {rule.cure}."
    alike: dict[Reaction, list[str]] = {}
    for target, reaction in rule.reactions.items():
        alike.setdefault(reaction, []).append(target)
    for reaction, targets in alike.items():
        cells = (first, ", ".join(targets), reaction.severity, reaction.text, reaction.source)
        yield f"| {' | '.join(cells)} |"
        first = ""


if __name__ == "__main__":
    sys.stdout.write(rules_as_markdown())
