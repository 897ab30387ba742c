"""Findings as tables for a person, and as an object for a machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.markup import escape
from rich.table import Table

from h3ae_export.audit.finding import SEVERITIES, Finding

_COLOURS = {"error": "bold red", "warning": "yellow", "info": "dim"}


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the counts by severity, and every finding."""
    counts = Counter(finding.severity for finding in findings)
    return {
        "counts": {severity: counts[severity] for severity in SEVERITIES},
        "findings": [finding.as_json() for finding in findings],
    }


def tables(findings: Iterable[Finding], title: str) -> Iterator[Table]:
    """Yield a table for each target, a row for each of its rules: what it says is said once."""
    for target, same_target in groupby(sorted(findings, key=_order), lambda each: each.target):
        table = Table(title=f"{target}: {title}", title_justify="left", show_lines=True)
        table.add_column("severity", no_wrap=True)
        table.add_column("times", justify="right", no_wrap=True)
        table.add_column("rule, and where it applies first", overflow="fold")
        # The order of the graph stays within a rule, so that the first is the first to cure.
        for _, same_rule in groupby(same_target, lambda each: (each.severity, each.rule)):
            group = list(same_rule)
            severity = group[0].severity
            coloured = f"[{_COLOURS[severity]}]{severity}[/]"
            table.add_row(coloured, str(len(group)), escape("\n".join(_lines(group[0]))))
        yield table


def _order(finding: Finding) -> tuple[str, int, str]:
    return finding.target, SEVERITIES.index(finding.severity), finding.rule


def _lines(finding: Finding) -> Iterator[str]:
    yield f"{finding.rule}: {finding.message}"
    shape = "x".join(map(str, finding.shape))
    place = ".".join(part for part in (finding.graph, finding.module) if part)
    yield f"in {place} ({finding.layer}): {finding.op} {shape} {finding.dtype}"
    if finding.severity != "info":
        yield f"cure: {finding.cure}"
        yield f"known from: {finding.source}"
