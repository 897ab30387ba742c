"""`h3ae-profile check`: one line a criterion, and an exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import Exit

from h3ae_mobile import commandline as cl
from h3ae_mobile.files import atomic_file
from h3ae_profiling.gate import Limits, Percentile, Verdict, check
from h3ae_profiling.junit import junit_xml
from h3ae_profiling.report import ReportError, read_report
from h3ae_profiling.units import parse_bytes


def check_command(
    reports: Annotated[
        list[Path], typer.Argument(metavar="REPORT...", help="Reports to judge; all must pass.")
    ],
    max_latency: Annotated[
        float | None, typer.Option("--max-latency", help="Seconds for the whole clip.")
    ] = None,
    max_first_frame: Annotated[
        float | None, typer.Option("--max-first-frame", help="Seconds until the first frame.")
    ] = None,
    max_load: Annotated[
        float | None, typer.Option("--max-load", help="Seconds of a cold load, median.")
    ] = None,
    max_memory: Annotated[
        str | None, typer.Option("--max-memory", help="Peak above the base, as 900MB.")
    ] = None,
    min_sustained_fps: Annotated[
        float | None,
        typer.Option("--min-sustained-fps", help="Frames a second in the slowest interval."),
    ] = None,
    min_psnr: Annotated[
        float | None, typer.Option("--min-psnr", help="Decibels of the worst golden frame.")
    ] = None,
    frames: Annotated[
        int | None, typer.Option("--frames", help="The clip that must have been measured.")
    ] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="HxW", help="The size, likewise.")
    ] = None,
    percentile: Annotated[
        Percentile, typer.Option("--percentile", help="Of latency and first frame.")
    ] = "p50",
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Write the verdict as JUnit XML, too.")
    ] = None,
    as_json: cl.Json = False,
) -> None:
    """Judge reports: exit code 0 if they pass, 1 if not, 2 if they cannot be read.

    What was not measured does not pass, nor does anything whose output check failed.
    """
    limits = Limits(
        max_latency_s=max_latency,
        max_first_frame_s=max_first_frame,
        max_load_s=max_load,
        max_memory_bytes=None if max_memory is None else parse_bytes("--max-memory", max_memory),
        min_sustained_fps=min_sustained_fps,
        min_psnr_db=min_psnr,
        frames=frames,
        size=None if size is None else cl.parse_size(size),
        percentile=percentile,
    )
    verdicts: list[Verdict] = []
    unread: dict[str, ReportError] = {}
    for path in reports:
        try:
            verdicts.append(check(read_report(path), limits))
        except ReportError as error:
            unread[str(path)] = error
    if junit is not None:
        # Before anything else is said: what an older run left must not stand for this one.
        with atomic_file(junit) as temporary:
            reasons = {path: str(error) for path, error in unread.items()}
            temporary.write_bytes(junit_xml(verdicts, reasons))
    if unread:
        raise next(iter(unread.values()))
    passed = all(verdict.passed for verdict in verdicts)
    if as_json:
        cl.print_json({"passed": passed, "verdicts": [one.as_json() for one in verdicts]})
    else:
        for verdict in verdicts:
            cl.say(verdict.label)
            for criterion in verdict.criteria:
                cl.say(f"  {criterion}")
    if not passed:
        raise Exit(1)
