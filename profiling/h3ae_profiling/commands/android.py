"""`h3ae-profile android`: measure a bundle on attached devices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from h3ae_mobile import commandline as cl
from h3ae_mobile.bundle import Bundle
from h3ae_profiling.android.adb import Adb
from h3ae_profiling.android.run import APP, AndroidRun, profile_on
from h3ae_profiling.commands.devices import profile_each
from h3ae_profiling.report.report import slug


def android_command(
    bundle: Annotated[Path, typer.Argument(help="The bundle.")],
    serial: Annotated[
        list[str],
        typer.Option(
            "--serial", help="A device; may be repeated (default: the only one attached)."
        ),
    ] = [],  # noqa: B006
    app: Annotated[str, typer.Option("--app", help="Identifier of the app.")] = APP,
    apk: Annotated[Path | None, typer.Option("--apk", help="Install this first.")] = None,
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
    keep: Annotated[bool, typer.Option("--keep", help="Leave the bundle on the device.")] = False,
    out: Annotated[Path, typer.Option("--out", help="Folder of the reports.")] = Path("profile"),
    as_json: cl.Json = False,
) -> None:
    """Copy a bundle to Android devices, run the app's profile there, and fetch the reports."""
    opened = Bundle.open(bundle)
    devices = Adb().choose(serial)
    run = AndroidRun(
        app=app,
        package=apk,
        repetitions=repetitions,
        warmup=warmup,
        sustained_s=sustained,
        target=target,
        precision=precision,
        keep=keep,
        timeout_s=timeout,
    )
    profile_each(
        devices,
        lambda device: profile_on(device, opened, run, cl.follow),
        lambda report, device: out / f"{slug(report.label)}-{slug(device.serial)}.json",
        as_json,
    )
