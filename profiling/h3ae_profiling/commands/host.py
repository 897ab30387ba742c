"""`h3ae-profile host`: measure a bundle on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from h3ae_mobile import commandline as cl
from h3ae_mobile.bundle import Bundle
from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_profiling.compare import compare
from h3ae_profiling.gate import untimed
from h3ae_profiling.host.contender import Contender
from h3ae_profiling.report import Report, write_report
from h3ae_profiling.report.report import slug
from h3ae_profiling.report.subject import Mode
from h3ae_profiling.units import megabytes, seconds


def host_command(
    bundle: Annotated[Path, typer.Argument(help="The bundle.")],
    target: Annotated[
        str | None,
        typer.Option(
            "--target", help="executorch, onnx, coreml, coreai, torch (default: the best)."
        ),
    ] = None,
    precision: Annotated[str | None, typer.Option("--precision", help="Of its artifacts.")] = None,
    backend: Annotated[str | None, typer.Option("--backend", help="Of its artifacts.")] = None,
    against: Annotated[
        list[str],
        typer.Option(
            "--against",
            metavar="[BUNDLE:]TARGET[/PRECISION]",
            help="Another engine, precision or bundle, in turns with the first; may be repeated.",
        ),
    ] = [],  # noqa: B006
    mode: Annotated[
        Mode | None,
        typer.Option(
            "--mode", help="Way to decode; i2v encodes a first frame, too (default: the first)."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="Checkpoint of the bundle, for torch and i2v (default: its preset)."
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option("--threads", min=1, help="Of the runtimes (default: their choice)."),
    ] = None,
    repetitions: Annotated[int, typer.Option("--repetitions", min=1, help="Clips measured.")] = 20,
    warmup: Annotated[int, typer.Option("--warmup", min=0, help="Clips before them.")] = 3,
    cold_loads: Annotated[
        int, typer.Option("--cold-loads", min=0, help="Loads in a new process each.")
    ] = 5,
    sustained: Annotated[
        float, typer.Option("--sustained", min=0, help="Seconds of uninterrupted decoding.")
    ] = 0.0,
    operations: Annotated[
        bool, typer.Option("--operations/--no-operations", help="Time every operation, too.")
    ] = True,
    memory: Annotated[
        bool, typer.Option("--memory/--no-memory", help="Measure memory, in processes of its own.")
    ] = True,
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the reports and contact sheets.")
    ] = Path("profile"),
    as_json: cl.Json = False,
) -> None:
    """Measure loads, latency, stages, operations, memory and the output of a bundle here.

    Every engine has processes of its own. Given --against, clips take turns and are compared
    pair by pair.
    """
    try:
        from h3ae_profiling.host.protocol import RunPlan, measure
    except ImportError as error:
        raise MissingExtraError("psutil", "profiling", "measuring here") from error
    first = Contender.choose(Bundle.open(bundle), target, precision, backend, threads, mode, model)
    contenders = [first, *(_parse(one, bundle, threads, first.mode, model) for one in against)]
    plan = RunPlan(
        warmup=warmup,
        repetitions=repetitions,
        cold_loads=cold_loads,
        sustained_s=sustained,
        operations=5 if operations else 0,
        memory=memory,
    )
    reports = measure(contenders, plan, out, cl.follow)
    paths = [out / f"{slug(report.label)}.json" for report in reports]
    for report, path in zip(reports, paths, strict=True):
        write_report(report, path)
    if as_json:
        cl.print_json(_json(reports))
        return
    cl.out.print(_table(reports))
    for line in _ratios(reports):
        cl.say(line)
    for path in paths:
        cl.say(str(path))


def _parse(
    text: str, bundle: Path, threads: int | None, mode: Mode, model: str | None
) -> Contender:
    """Read ``[BUNDLE:]TARGET[/PRECISION]``."""
    place, colon, rest = text.rpartition(":")
    target, _, precision = rest.partition("/")
    if not target:
        raise H3AEError(f"--against {text!r} names no target", "for instance onnx or onnx/fp32")
    opened = Bundle.open(Path(place) if colon else bundle)
    return Contender.choose(opened, target, precision or None, None, threads, mode, model)


def _json(reports: list[Report]) -> dict[str, object]:
    """Return the report itself, or several with their comparisons."""
    if len(reports) == 1:
        return reports[0].model_dump(mode="json")
    timed = [one for one in reports if untimed(one) is None]
    return {
        "reports": [one.model_dump(mode="json") for one in reports],
        "comparisons": [compare(timed[0], one).as_json() for one in timed[1:]],
    }


def _table(reports: list[Report]) -> Table:
    table = Table(title="Clips on this machine", title_justify="left")
    table.add_column("run")
    for column in ("p50", "p90", "p99", "first frame", "cold load", "memory", "output"):
        table.add_column(column, justify="right")
    for report in reports:
        times = ("checks files only", "-", "-", "-", "-")
        if untimed(report) is None:
            times = (
                seconds(report.clip.p50_s),
                seconds(report.clip.p90_s),
                seconds(report.clip.p99_s),
                "-" if report.first_frame is None else seconds(report.first_frame.p50_s),
                "-" if report.load.cold is None else seconds(report.load.cold.p50_s),
            )
        memory = "-" if report.memory is None else megabytes(report.memory.above_base_bytes)
        table.add_row(escape(report.label), *times, memory, _output(report))
    return table


def _output(report: Report) -> str:
    if report.output is None:
        return "not checked"
    return f"{report.output.psnr_db:.1f} dB" if report.output.passed else "WRONG"


def _ratios(reports: list[Report]) -> list[str]:
    timed = [one for one in reports if untimed(one) is None]
    lines = []
    for other in timed[1:]:
        change = compare(timed[0], other).changes[0]
        spread = "" if change.low is None else f" (95 %: {change.low:.3f} to {change.high:.3f})"
        lines.append(f"{other.label} / {timed[0].label}: {change.ratio:.3f}{spread}")
    return lines
