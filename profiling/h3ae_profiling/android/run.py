"""A profile on one Android device: app, bundle, start, progress, report, clean-up.

The app's side of the contract (`docs/profiling.md`): the activity `.ProfileActivity` takes the
bundle's path and the protocol as extras, keeps `status.json` current in its external files
folder, and leaves `report.json` there.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from h3ae_mobile.bundle import Bundle
from h3ae_mobile.errors import H3AEError
from h3ae_profiling.android.adb import AdbError, Device
from h3ae_profiling.report import Report, read_report
from h3ae_profiling.units import megabytes

APP = "dev.h3ae.demo"
ACTIVITY = ".ProfileActivity"
INBOX = "/data/local/tmp/h3ae-profile"
OUTBOX = "/sdcard/Android/data/{app}/files/profile"
POLL_S = 1.0
# Beyond the bundle: caches and the report.
SPARE_BYTES = 64 * 2**20

Progress = Callable[[str], None]


@dataclass(frozen=True)
class AndroidRun:
    """What to run.

    Attributes
    ----------
    app : str
        Identifier of the demo app, or of any that keeps the contract.
    package : Path, optional
        An APK to install first.
    extras : dict
        Told to the activity as strings.
    timeout_s : float
        Without any progress; a long run that goes on is not cut short.
    """

    app: str = APP
    package: Path | None = None
    repetitions: int = 20
    warmup: int = 3
    sustained_s: float = 0.0
    target: str | None = None
    precision: str | None = None
    keep: bool = False
    timeout_s: float = 600.0
    poll_s: float = POLL_S

    @property
    def extras(self) -> dict[str, str]:
        """What the activity is told."""
        told = {
            "repetitions": str(self.repetitions),
            "warmup": str(self.warmup),
            "sustained_s": f"{self.sustained_s:g}",
            "target": self.target,
            "precision": self.precision,
        }
        return {name: value for name, value in told.items() if value is not None}


def profile_on(device: Device, bundle: Bundle, run: AndroidRun, progress: Progress) -> Report:
    """Run a profile on a device and return its report.

    Raises
    ------
    AdbError
        If the device or the app does not do its part.
    ReportError
        If what the app wrote is no report.
    """
    _provide_app(device, run, progress)
    size = sum(one.stat().st_size for one in bundle.root.rglob("*") if one.is_file())
    inbox = f"{INBOX}/{bundle.root.name}"
    outbox = OUTBOX.format(app=run.app)
    try:
        device.shell("rm", "-rf", INBOX, outbox)
        device.shell("mkdir", "-p", INBOX)
        free = device.free_bytes(INBOX)
        if free < size + SPARE_BYTES:
            raise AdbError(
                f"{device.serial}: the bundle needs {megabytes(size)}, {megabytes(free)} are free",
                "free some space on the device",
            )
        progress(f"{device.serial}: copying {megabytes(size)}")
        device.push(bundle.root, inbox)
        # Apps read what others may read.
        device.shell("chmod", "-R", "a+rX", INBOX)
        progress(f"{device.serial}: starting {run.app}")
        _start(device, run, inbox)
        _follow(device, run, outbox, progress)
        return _fetch(device, bundle, outbox)
    finally:
        if not run.keep:
            # A device that is gone cannot be tidied, and its error is on its way. An app that
            # cannot be stopped is no reason to leave a bundle there.
            for words in (("am", "force-stop", run.app), ("rm", "-rf", INBOX, outbox)):
                with suppress(AdbError):
                    device.shell(*words)


def _provide_app(device: Device, run: AndroidRun, progress: Progress) -> None:
    if run.package is not None:
        if not run.package.is_file():
            raise H3AEError(f"there is no file {run.package}")
        progress(f"{device.serial}: installing {run.package.name}")
        device.install(run.package)
    if not device.has_app(run.app):
        raise AdbError(
            f"{device.serial}: the app {run.app} is not installed", "give its APK with --apk"
        )


def _start(device: Device, run: AndroidRun, inbox: str) -> None:
    extras = [
        word
        for name, value in {"bundle": inbox, **run.extras}.items()
        for word in ("--es", name, value)
    ]
    said = device.shell("am", "start", "-W", "-S", "-n", f"{run.app}/{run.app}{ACTIVITY}", *extras)
    error = next((line for line in said.splitlines() if line.startswith("Error")), None)
    if error is not None:
        raise AdbError(f"{device.serial}: the app did not start: {error}", "is it the demo app?")


def _follow(device: Device, run: AndroidRun, outbox: str, progress: Progress) -> None:
    """Wait until the app is done, telling its progress."""
    last: dict[str, Any] = {}
    changed = time.monotonic()
    while True:
        status = _status(device, outbox)
        if status is not None and status != last:
            last, changed = status, time.monotonic()
            progress(f"{device.serial}: {_told(status)}")
        state = last.get("state")
        if state == "done":
            return
        if state == "failed":
            message = last.get("message") or "no reason given"
            raise AdbError(f"{device.serial}: the app failed: {message}")
        if time.monotonic() - changed > run.timeout_s:
            raise AdbError(
                f"{device.serial}: no progress for {run.timeout_s:g} s",
                "is the screen on? see: adb logcat",
            )
        if not _alive(device, run.app) and _status(device, outbox) == (last or None):
            raise AdbError(
                f"{device.serial}: the app ended without a report",
                "it may have run out of memory; see: adb logcat",
            )
        time.sleep(run.poll_s)


def _status(device: Device, outbox: str) -> dict[str, Any] | None:
    """Return what the app says, None while it says nothing or is in the middle of saying it."""
    try:
        text = device.shell("cat", f"{outbox}/status.json")
        status = json.loads(text)
    except AdbError as error:
        if "no such file" in error.message.lower():
            return None
        raise
    except ValueError:
        return None
    return status if isinstance(status, dict) else None


def _told(status: dict[str, Any]) -> str:
    counted = f" {status['done']} of {status['total']}" if {"done", "total"} <= set(status) else ""
    return f"{status.get('step', status.get('state', 'running'))}{counted}"


def _alive(device: Device, app: str) -> bool:
    try:
        return bool(device.shell("pidof", app))
    except AdbError as error:
        # pidof fails without a word where there is no process.
        if "without a word" in error.message:
            return False
        raise


def _fetch(device: Device, bundle: Bundle, outbox: str) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        device.pull(f"{outbox}/report.json", path)
        report = read_report(path)
    if report.subject.bundle_sha256 != bundle.sha256:
        raise AdbError(
            f"{device.serial}: the report is about another bundle ({report.subject.bundle})",
            "is an older app installed?",
        )
    return report
