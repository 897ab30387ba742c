"""Reports that a test run attached to its result bundle (`.xcresult`).

`xcodebuild test` leaves one; its `XCTAttachment`s named ``*.json`` that are reports are taken
out with ``xcrun xcresulttool export attachments`` (Xcode 16 and later). Not yet run on a device.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from h3ae_profiling.ios.devicectl import DevicectlError
from h3ae_profiling.report import Report, read_report

TIMEOUT_S = 600.0
PREFIX = "h3ae-profile"


def reports_of(path: Path) -> list[Report]:
    """Return the reports attached to a result bundle.

    Raises
    ------
    DevicectlError
        If there is no Xcode, no result bundle, or no report in it.
    ReportError
        If an attachment with the name of a report is none.
    """
    if shutil.which("xcrun") is None:
        raise DevicectlError("xcrun is not installed", "reading .xcresult needs a Mac with Xcode")
    if not path.is_dir():
        raise DevicectlError(f"there is no result bundle at {path}")
    with tempfile.TemporaryDirectory() as folder:
        command = ["xcrun", "xcresulttool", "export", "attachments"]
        command += ["--path", str(path), "--output-path", folder]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["no reason given"]
            raise DevicectlError(f"xcresulttool: {lines[-1]}", "is Xcode 16 selected?")
        found = [read_report(one) for one in _attachments(Path(folder))]
    if not found:
        raise DevicectlError(
            f"{path.name} holds no attachment named {PREFIX}*.json", "did the profile test run?"
        )
    return found


def _attachments(folder: Path) -> list[Path]:
    """Return the exported files whose names, as the test gave them, are those of reports."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise DevicectlError("xcresulttool wrote no manifest of attachments") from None
    found = []
    for test in manifest:
        for one in test.get("attachments", []):
            name = str(one.get("suggestedHumanReadableName", ""))
            # A manifest must not lead out of its folder.
            exported = folder / Path(str(one.get("exportedFileName", ""))).name
            if name.startswith(PREFIX) and name.endswith(".json") and exported.is_file():
                found.append(exported)
    return found
