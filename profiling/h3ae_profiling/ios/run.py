"""A profile on one iPhone: app, bundle, start, progress, report.

The app's side of the contract is that of Android (`docs/profiling.md`), in its Documents folder.
Not yet run on a device.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from h3ae_mobile.bundle import Bundle
from h3ae_profiling.ios.devicectl import AppleDevice, Devicectl, DevicectlError
from h3ae_profiling.report import Report, read_report

APP = "dev.h3ae.demo"
INBOX = "Documents/profile-inbox"
OUTBOX = "Documents/profile"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class IosRun:
    """What to run; see `AndroidRun`."""

    app: str = APP
    package: Path | None = None
    repetitions: int = 20
    warmup: int = 3
    sustained_s: float = 0.0
    target: str | None = None
    precision: str | None = None
    timeout_s: float = 600.0
    poll_s: float = 2.0

    def arguments(self, bundle: str, run: str) -> list[str]:
        """Return what the app is told; `run` tells this run's status from an older one's."""
        told = {
            "bundle": bundle,
            "run": run,
            "repetitions": self.repetitions,
            "warmup": self.warmup,
            "sustained-s": f"{self.sustained_s:g}",
            "target": self.target,
            "precision": self.precision,
        }
        pairs = [
            (f"--profile-{name}", str(value)) for name, value in told.items() if value is not None
        ]
        return [word for pair in pairs for word in pair]


def profile_on(
    tool: Devicectl, device: AppleDevice, bundle: Bundle, run: IosRun, progress: Progress
) -> Report:
    """Run a profile on a device and return its report.

    Raises
    ------
    DevicectlError
        If the device or the app does not do its part.
    ReportError
        If what the app wrote is no report.
    """
    if run.package is not None:
        progress(f"{device.name}: installing {run.package.name}")
        tool.install(device, run.package)
    if not tool.has_app(device, run.app):
        raise DevicectlError(
            f"{device.name}: the app {run.app} is not installed", "give the signed app with --ipa"
        )
    inbox = f"{INBOX}/{bundle.root.name}"
    progress(f"{device.name}: copying {bundle.root.name}")
    tool.copy_to(device, run.app, bundle.root, inbox)
    progress(f"{device.name}: starting {run.app}")
    token = f"{time.time_ns():x}"
    tool.launch(device, run.app, run.arguments(inbox, token))
    with tempfile.TemporaryDirectory() as folder:
        _follow(tool, device, run, token, Path(folder), progress)
        path = Path(folder) / "report.json"
        tool.copy_from(device, run.app, f"{OUTBOX}/report.json", path)
        report = read_report(path)
    if report.subject.bundle_sha256 != bundle.sha256:
        raise DevicectlError(
            f"{device.name}: the report is about another bundle ({report.subject.bundle})",
            "is an older app installed?",
        )
    return report


def _follow(
    tool: Devicectl,
    device: AppleDevice,
    run: IosRun,
    token: str,
    folder: Path,
    progress: Progress,
) -> None:
    last: dict[str, Any] = {}
    changed = time.monotonic()
    while True:
        status = _status(tool, device, run, folder)
        # devicectl cannot delete: what an older run left is told by its token.
        if status.get("run") == token and status != last:
            last, changed = status, time.monotonic()
            progress(f"{device.name}: {status.get('step', status.get('state', 'running'))}")
        if last.get("state") == "done":
            return
        if last.get("state") == "failed":
            message = last.get("message") or "no reason given"
            raise DevicectlError(f"{device.name}: the app failed: {message}")
        if time.monotonic() - changed > run.timeout_s:
            raise DevicectlError(
                f"{device.name}: no progress for {run.timeout_s:g} s",
                "the app may have been ended for its memory: see the device's Analytics Data",
            )
        time.sleep(run.poll_s)


def _status(tool: Devicectl, device: AppleDevice, run: IosRun, folder: Path) -> dict[str, Any]:
    path = folder / "status.json"
    try:
        tool.copy_from(device, run.app, f"{OUTBOX}/status.json", path)
        status = json.loads(path.read_text(encoding="utf-8"))
    except (DevicectlError, OSError, ValueError):
        # Not there yet, or in the middle of being written.
        return {}
    return status if isinstance(status, dict) else {}
