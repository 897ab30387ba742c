"""`h3ae-profile compare`: what became slower, and whether the noise allows to say so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from typer.exceptions import Exit

from h3ae_mobile import commandline as cl
from h3ae_profiling.compare import DEFAULT_THRESHOLD, Change, Comparison, compare
from h3ae_profiling.report import read_report

_COLOURS = {"regression": "red", "improvement": "green", "inconclusive": "yellow"}


def compare_command(
    old: Annotated[Path, typer.Argument(help="The report before.")],
    new: Annotated[Path, typer.Argument(help="The report after.")],
    threshold: Annotated[
        float, typer.Option("--threshold", help="How much worse is no regression yet; 0.1: 10 %.")
    ] = DEFAULT_THRESHOLD,
    as_json: cl.Json = False,
) -> None:
    """Compare two reports: exit code 0 without regression, 1 with one.

    Every ratio has a 95 % confidence interval, from the samples themselves; reports of one
    interleaved run are compared pair by pair.
    """
    result = compare(read_report(old), read_report(new), threshold)
    if as_json:
        cl.print_json(result.as_json())
    else:
        cl.out.print(_table(result))
        cl.say(_summary(result))
    if result.regressed:
        raise Exit(1)


def _table(result: Comparison) -> Table:
    how = "pair by pair" if result.paired else "runs apart"
    table = Table(title=escape(f"{result.old} against {result.new}, {how}"), title_justify="left")
    table.add_column("figure")
    for column in ("old", "new", "ratio", "95 %"):
        table.add_column(column, justify="right")
    table.add_column("finding")
    for change in result.changes:
        colour = _COLOURS.get(change.finding)
        finding = f"[{colour}]{change.finding}[/]" if colour else change.finding
        table.add_row(change.name, *change.shown, f"{change.ratio:.3f}", _interval(change), finding)
    return table


def _interval(change: Change) -> str:
    if change.low is None or change.high is None:
        return "too few samples"
    return f"{change.low:.3f} to {change.high:.3f}"


def _summary(result: Comparison) -> str:
    if result.broken is not None:
        return result.broken
    worse = [one.name for one in result.changes if one.finding == "regression"]
    if worse:
        return f"regression beyond {result.threshold:.0%} and noise: {', '.join(worse)}"
    doubtful = [one for one in result.changes if one.finding == "inconclusive"]
    noisy = [one.name for one in doubtful if one.low is not None]
    few = [one.name for one in doubtful if one.low is None]
    lines = [f"no regression {'shown' if noisy else f'beyond {result.threshold:.0%}'}"]
    lines += [f"too noisy to exclude one: {', '.join(noisy)}"] if noisy else []
    lines += [f"too few samples to judge: {', '.join(few)}"] if few else []
    return "; ".join(lines)
