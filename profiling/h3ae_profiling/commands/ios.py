"""`h3ae-profile ios`: measure a bundle on iPhones, or fetch what a test run measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from h3ae_mobile import commandline as cl
from h3ae_mobile.bundle import Bundle
from h3ae_mobile.errors import H3AEError
from h3ae_profiling.ios.devicectl import Devicectl
from h3ae_profiling.ios.run import APP, IosRun, profile_on
from h3ae_profiling.ios.xcresult import reports_of
from h3ae_profiling.report import Report, write_report
from h3ae_profiling.report.report import slug


def ios_command(
    bundle: Annotated[
        Path | None, typer.Argument(help="The bundle; not needed with --xcresult.")
    ] = None,
    device: Annotated[
        list[str],
        typer.Option("--device", help="Name or UDID; may be repeated [the only one connected]."),
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
        reports = reports_of(xcresult)
    else:
        assert bundle is not None
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
        opened, tool = Bundle.open(bundle), Devicectl()
        reports = [profile_on(tool, one, opened, run, _tell) for one in tool.choose(device)]
    paths = _write(reports, out)
    if as_json:
        cl.print_json({"reports": [report.model_dump(mode="json") for report in reports]})
    else:
        for path in paths:
            cl.say(str(path))


def _write(reports: list[Report], out: Path) -> list[Path]:
    paths = []
    for index, report in enumerate(reports):
        name = slug(f"{report.label} {report.device.model} {index or ''}")
        write_report(report, out / f"{name}.json")
        paths.append(out / f"{name}.json")
    return paths


def _tell(line: str) -> None:
    cl.err.print(line, highlight=False, markup=False)
