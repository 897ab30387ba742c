"""`h3ae-profile report`: reports as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from h3ae_mobile import commandline as cl
from h3ae_mobile.errors import MissingExtraError
from h3ae_mobile.files import atomic_file
from h3ae_profiling.gate import Limits
from h3ae_profiling.report import read_report

# Decoding 17 frames of 512 x 512 within half a second is more than 30 frames a second
# (Sec. 3.1.2).
TARGET_S, TARGET_FRAMES, TARGET_SIZE = 0.5, 17, "512x512"


def report_command(
    reports: Annotated[
        list[Path], typer.Argument(metavar="REPORT...", help="One, or several to be compared.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("profile.html"),
    max_latency: Annotated[
        float, typer.Option("--max-latency", help="The target, in seconds for a clip.")
    ] = TARGET_S,
    frames: Annotated[
        int, typer.Option("--frames", min=1, help="The clip that the target is about.")
    ] = TARGET_FRAMES,
    size: Annotated[str, typer.Option("--size", metavar="HxW", help="Its size.")] = TARGET_SIZE,
    as_json: cl.Json = False,
) -> None:
    """Write a self-contained page: one file, no network, for phone, desk and print.

    The first report is the one that the others are held against. A report of another clip than
    the target's is shown without a verdict on its speed.
    """
    try:
        from h3ae_profiling.html import PageInput, render
    except ImportError as error:
        raise MissingExtraError("jinja2", "profiling", "the report page") from error
    inputs = [PageInput(read_report(path), path) for path in reports]
    target = Limits(max_latency_s=max_latency, frames=frames, size=cl.parse_size(size))
    text = render(inputs, target)
    with atomic_file(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    if as_json:
        cl.print_json({"output": str(out), "reports": [str(path) for path in reports]})
    else:
        cl.say(str(out))
