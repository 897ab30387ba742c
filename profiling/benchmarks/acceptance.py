"""Whether the harness can be trusted on this machine: the same bundle, measured three times.

``python profiling/benchmarks/acceptance.py BUNDLE`` measures it twice as it is, and once with a
single thread, each in a session of its own. Exits with 1 if a criterion is missed:

- the medians of the two equal runs are within 10 % of one another,
- the stages of every run add up to the clip within 5 %,
- `compare` finds no regression between the equal runs,
- and it finds the one of the slowed run.

Wants a quiet machine with at least two cores, and a clip long enough to halve its threads.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Annotated, NoReturn

import typer
from rich.table import Table
from typer.exceptions import Exit

from h3ae_mobile import commandline as cl
from h3ae_mobile.bundle import Bundle
from h3ae_mobile.errors import H3AEError
from h3ae_profiling.compare import Comparison, compare
from h3ae_profiling.gate import Criterion
from h3ae_profiling.host.contender import Contender
from h3ae_profiling.host.machine import available_cores
from h3ae_profiling.host.protocol import Progress, RunPlan, measure
from h3ae_profiling.report import Report, write_report
from h3ae_profiling.units import megabytes, seconds

REPEATS_WITHIN, ADDS_UP_WITHIN = 0.10, 0.05

app = typer.Typer(add_completion=False)


@app.command()
def acceptance(
    bundle: Annotated[Path, typer.Argument(help="For instance h3ae-demo at 17 x 512 x 512.")],
    target: Annotated[str, typer.Option("--target", help="Engine.")] = "executorch",
    repetitions: Annotated[int, typer.Option("--repetitions", min=5, help="Clips a run.")] = 20,
    warmup: Annotated[int, typer.Option("--warmup", min=0, help="Clips before them.")] = 3,
    out: Annotated[Path, typer.Option("--out", help="Folder of the reports.")] = Path("acceptance"),
    as_json: cl.Json = False,
) -> None:
    """Measure a bundle three times and judge the harness by it."""
    if available_cores() < 2:
        raise H3AEError("one core cannot be slowed by a thread less", "run it on two or more")
    equal = Contender.choose(Bundle.open(bundle), target)
    runs = {"first": equal, "second": equal, "slowed": replace(equal, threads=1)}
    whole = RunPlan(warmup=warmup, repetitions=repetitions)
    short = replace(whole, cold_loads=0, operations=0, memory=False)
    reports: dict[str, Report] = {}
    for name, contender in runs.items():
        plan = whole if name == "first" else short
        (reports[name],) = measure([contender], plan, out / name, _telling(name))
        write_report(reports[name], out / name / "report.json")
    criteria = judge(reports)
    if as_json:
        cl.print_json(
            {
                "reports": {name: one.model_dump(mode="json") for name, one in reports.items()},
                "criteria": [vars(one) for one in criteria],
            }
        )
    else:
        cl.out.print(_table(reports))
        for one in criteria:
            cl.say(str(one))
    if not all(one.passed for one in criteria):
        raise Exit(1)


def judge(reports: dict[str, Report]) -> list[Criterion]:
    """Return the criteria of the runs ``first``, ``second`` and ``slowed``."""
    first, second, slowed = (reports[name] for name in ("first", "second", "slowed"))
    ratio = second.clip.p50_s / first.clip.p50_s
    repeats = max(ratio, 1 / ratio) <= 1 + REPEATS_WITHIN
    found = [Criterion("repeats", repeats, f"p50 of the second run is {ratio:.3f} of the first's")]
    for name, report in reports.items():
        share = stages_share(report)
        within = 1 - ADDS_UP_WITHIN <= share <= 1 + ADDS_UP_WITHIN
        found.append(Criterion(f"sum, {name}", within, f"stages are {share:.1%} of the clip"))
    unchanged, caught = compare(first, second), compare(first, slowed)
    found.append(Criterion("unchanged", not unchanged.regressed, _told(unchanged)))
    found.append(Criterion("slowed", caught.changes[0].finding == "regression", _told(caught)))
    return found


def stages_share(report: Report) -> float:
    """Return the median share of the clips that their stages add up to."""
    return median(
        sum(stage.clip.samples_s[index] for stage in report.stages) / whole
        for index, whole in enumerate(report.clip.samples_s)
    )


def _told(comparison: Comparison) -> str:
    clip = comparison.changes[0]
    spread = "" if clip.low is None else f" (95 %: {clip.low:.3f} to {clip.high:.3f})"
    worse = [one.name for one in comparison.changes if one.finding == "regression"]
    named = f", regressions: {', '.join(worse)}" if worse else ""
    return f"clip {clip.finding}, ratio {clip.ratio:.3f}{spread}{named}"


def _telling(name: str) -> Progress:
    return lambda line: cl.err.print(f"{name}: {line}", highlight=False)


def _table(reports: dict[str, Report]) -> Table:
    shown = Table(title="The same bundle three times", title_justify="left")
    shown.add_column("run")
    for column in ("p50", "p90", "p99", "first frame", "memory", "output"):
        shown.add_column(column, justify="right")
    for name, one in reports.items():
        first = "-" if one.first_frame is None else seconds(one.first_frame.p50_s)
        memory = "-" if one.memory is None else megabytes(one.memory.above_base_bytes)
        output = "-" if one.output is None else f"{one.output.psnr_db:.1f} dB"
        clip = one.clip
        shown.add_row(
            name,
            seconds(clip.p50_s),
            seconds(clip.p90_s),
            seconds(clip.p99_s),
            first,
            memory,
            output,
        )
    return shown


def main() -> NoReturn:
    """Entry point."""
    cl.run(app)


if __name__ == "__main__":
    main()
