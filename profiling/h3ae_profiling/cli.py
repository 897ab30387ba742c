"""`h3ae-profile`: measure, predict, gate and show."""

from __future__ import annotations

from typing import NoReturn

import typer

from h3ae_mobile import commandline as cl
from h3ae_profiling.commands.android import android_command
from h3ae_profiling.commands.check import check_command
from h3ae_profiling.commands.compare import compare_command
from h3ae_profiling.commands.host import host_command
from h3ae_profiling.commands.ios import ios_command
from h3ae_profiling.commands.predict import predict_command
from h3ae_profiling.commands.report import report_command

app = typer.Typer(
    name="h3ae-profile",
    help="""Measure decoders on hosts and phones, predict, gate and show.

    \b
    h3ae-profile host h3ae-demo.h3ae --against onnx
    h3ae-profile check profile/*.json --max-latency 0.5 --frames 17 --size 512x512
    h3ae-profile compare old.json new.json
    h3ae-profile predict h3ae-demo.h3ae --device iphone-16-pro-max
    h3ae-profile report profile/*.json --out page.html
    """,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
)
app.command("host")(host_command)
app.command("android")(android_command)
app.command("ios")(ios_command)
app.command("check")(check_command)
app.command("compare")(compare_command)
app.command("predict")(predict_command)
app.command("report")(report_command)


@app.callback(invoke_without_command=True)
def profile(context: typer.Context) -> None:
    """Print the help, where no subcommand is given; the help is the app's."""
    cl.require_command(context)


def main() -> NoReturn:
    """Entry point of `h3ae-profile`."""
    cl.run(app)
