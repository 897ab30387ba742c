"""`h3ae-profile ios`: measure a bundle on iPhones, or fetch what a test run measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from h3ae_mobile import commandline as cl
from h3ae_mobile.bundle import Bundle
from h3ae_mobile.errors import H3AEError
from h3ae_profiling.commands.devices import profile_each
from h3ae_profiling.ios.devicectl import Devicectl
from h3ae_profiling.ios.run import APP, IosRun, profile_on
from h3ae_profiling.ios.xcresult import reports_of
from h3ae_profiling.report import write_report
from h3ae_profiling.report.report import slug


def ios_command(
    bundle: Annotated[
        Path | None, typer.Argument(help="The bundle; not needed with --xcresult.")
    ] = None,
    device: Annotated[
        list[str],
        typer.Option(
            "--device", help="Name or UDID; may be repeated (default: the only one connected)."
        ),
    ] = [],  # noqa: B006
    xcresult: Annotated[
        Path | None, typer.Option("--xcresult", help="Take reports out of a test's results.")
    ] = None,
    app: Annotated[str, typer.Option("--app", help="Bundle identifier of the app.")] = APP,
    ipa: Annotated[Path | None, typer.Option("--ipa", help="Install this app first.")] = None,
    target: Annotated[str | None, typer.Option("--target", help="Of the artifacts.")] = None,
    precision: Annotated[str | None, typer.Option("--precision", help="Of the artifacts.")] = None,
    repetitions: Annotated[int, typer.Option("--repetitions", min=1, help="Clips measured.")] = 20,
    warmup: Annotated[int, typer.Option("--warmup", min=0, help="Clips before them.")] = 3,
    sustained: Annotated[
        float, typer.Option("--sustained", min=0, help="Seconds of uninterrupted decoding.")
    ] = 0.0,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, help="Seconds without progress to give up after.")
    ] = 600.0,
    out: Annotated[Path, typer.Option("--out", help="Folder of the reports.")] = Path("profile"),
    as_json: cl.Json = False,
) -> None:
    """Copy a bundle to iPhones, run the app's profile there, and fetch the reports.

    Needs a Mac with Xcode. Written against the documented formats; not yet run on a device.
    """
    if (bundle is None) == (xcresult is None):
        raise H3AEError("give either a bundle or --xcresult")
    if xcresult is not None:
        _extract(xcresult, out, as_json)
        return
    assert bundle is not None
    opened, tool = Bundle.open(bundle), Devicectl()
    run = IosRun(
        app=app,
        package=ipa,
        repetitions=repetitions,
        warmup=warmup,
        sustained_s=sustained,
        target=target,
        precision=precision,
        timeout_s=timeout,
    )
    profile_each(
        tool.choose(device),
        lambda one: profile_on(tool, one, opened, run, cl.follow),
        lambda report, one: out / f"{slug(f'{report.label} {one.name} {one.udid}')}.json",
        as_json,
    )


def _extract(xcresult: Path, out: Path, as_json: bool) -> None:
    """Write the reports that a test run left in its results."""
    reports = reports_of(xcresult)
    for index, report in enumerate(reports):
        name = slug(f"{report.label} {report.device.model} {index or ''}")
        path = out / f"{name}.json"
        write_report(report, path)
        if not as_json:
            cl.say(str(path))
    if as_json:
        cl.print_json({"reports": [report.model_dump(mode="json") for report in reports]})
