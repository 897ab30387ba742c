"""`xcrun devicectl` (Xcode 15 and later): devices, apps, files, processes.

Only its JSON (``--json-output``) is read: what it prints for people changes from release to
release. Not yet run on a device.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from h3ae_mobile.errors import H3AEError

TIMEOUT_S = 120.0
TRANSFER_TIMEOUT_S = 1800.0


class DevicectlError(H3AEError):
    """What devicectl, or the device behind it, refused."""


@dataclass(frozen=True)
class AppleDevice:
    """A physical device that Xcode knows.

    Attributes
    ----------
    identifier : str
        Of CoreDevice, for ``--device``.
    udid, name : str
        By which people may name it, too.
    model : str
        For instance ``iPhone17,2``.
    """

    identifier: str
    udid: str
    name: str
    model: str
    system: str
    paired: bool
    connected: bool
    developer_mode: bool

    @property
    def obstacle(self) -> tuple[str, str] | None:
        """Return why it cannot be used and what to do, or None if it can."""
        if not self.paired:
            return f"{self.name} is not paired", "connect it, unlock it and tap Trust"
        if not self.connected:
            return f"{self.name} is not reachable", "connect it by cable and unlock it"
        if not self.developer_mode:
            return (
                f"{self.name} is not in developer mode",
                "switch it on in Settings, Privacy & Security",
            )
        return None


class Devicectl:
    """The command.

    Raises
    ------
    DevicectlError
        If there is no Xcode.
    """

    def __init__(self) -> None:
        if shutil.which("xcrun") is None:
            raise DevicectlError(
                "xcrun is not installed", "profiling iPhones needs a Mac with Xcode 15 or later"
            )

    def devices(self) -> list[AppleDevice]:
        """Return the physical iPhones and iPads that Xcode knows."""
        listed = self.run("list", "devices").get("devices", [])
        return [_device(one) for one in listed if _is_phone(one)]

    def choose(self, names: Sequence[str]) -> list[AppleDevice]:
        """Return devices by name, UDID or identifier; without any, the only one reachable.

        Raises
        ------
        DevicectlError
            If there is none, one too many, or one that cannot be used.
        """
        known = self.devices()
        if not known:
            raise DevicectlError("Xcode knows no iPhone or iPad", "connect one and unlock it")
        if not names:
            ready = [one for one in known if one.obstacle is None]
            if len(ready) > 1:
                raise DevicectlError(
                    f"{len(ready)} devices are connected",
                    f"choose with --device: {', '.join(one.name for one in ready)}",
                )
            # The only one that is known may still say why it is not ready.
            return _usable(ready or known[:1])
        return _usable([_named(name, known) for name in dict.fromkeys(names)])

    def install(self, device: AppleDevice, app: Path) -> None:
        """Install an app, signed for the device."""
        self.run("device", "install", "app", str(app), device=device, timeout=TRANSFER_TIMEOUT_S)

    def has_app(self, device: AppleDevice, app: str) -> bool:
        """Tell whether an app is installed."""
        found = self.run("device", "info", "apps", "--bundle-id", app, device=device)
        return any(one.get("bundleIdentifier") == app for one in found.get("apps", []))

    def launch(self, device: AppleDevice, app: str, arguments: Sequence[str]) -> None:
        """Start an app, in place of a running one."""
        self.run(
            *("device", "process", "launch", "--terminate-existing", app, *arguments),
            device=device,
        )

    def copy_to(self, device: AppleDevice, app: str, source: Path, destination: str) -> None:
        """Copy a file or a folder into an app's container."""
        self._copy("to", device, app, str(source), destination)

    def copy_from(self, device: AppleDevice, app: str, source: str, destination: Path) -> None:
        """Copy a file from an app's container."""
        self._copy("from", device, app, source, str(destination))

    def _copy(self, way: str, device: AppleDevice, app: str, source: str, target: str) -> None:
        self.run(
            *("device", "copy", way, "--domain-type", "appDataContainer"),
            *("--domain-identifier", app, "--source", source, "--destination", target),
            device=device,
            timeout=TRANSFER_TIMEOUT_S,
        )

    def run(
        self, *arguments: str, device: AppleDevice | None = None, timeout: float = TIMEOUT_S
    ) -> dict[str, Any]:
        """Run a subcommand and return the `result` of its JSON.

        Raises
        ------
        DevicectlError
            With the description that it gives.
        """
        subject = "" if device is None else f"{device.name}: "
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "result.json"
            # Options go before operands: `process launch` hands what follows to the app.
            words = ["--json-output", str(path), "--quiet"]
            words += ["--device", device.identifier] if device is not None else []
            verbs, operands = _split(arguments)
            command = ["xcrun", "devicectl", *verbs, *words, *operands]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=timeout, check=False
                )
            except subprocess.TimeoutExpired:
                raise DevicectlError(
                    f"{subject}devicectl gave no answer within {timeout:g} s",
                    "is the device asleep?",
                ) from None
            document = _read(path)
        if done.returncode or document.get("info", {}).get("outcome") != "success":
            reason = _description(document) or _last_line(done.stderr)
            raise DevicectlError(f"{subject}{reason}")
        result: dict[str, Any] = document.get("result", {})
        return result


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate the subcommand's words from its options and operands."""
    depth = 2 if arguments[0] == "list" else 3
    return list(arguments[:depth]), list(arguments[depth:])


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _description(document: dict[str, Any]) -> str:
    """Return the innermost reason of an error: the outer ones say that something failed."""
    error, text = document.get("error"), ""
    while isinstance(error, dict):
        information = error.get("userInfo", {})
        text = information.get("NSLocalizedDescription", {}).get("string", text)
        error = information.get("NSUnderlyingError", {}).get("error")
    return text


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "devicectl failed without a word"


def _is_phone(one: dict[str, Any]) -> bool:
    hardware = one.get("hardwareProperties", {})
    return hardware.get("platform") in ("iOS", "iPadOS") and hardware.get("reality") == "physical"


def _device(one: dict[str, Any]) -> AppleDevice:
    properties, hardware = one.get("deviceProperties", {}), one.get("hardwareProperties", {})
    connection = one.get("connectionProperties", {})
    return AppleDevice(
        identifier=one.get("identifier", ""),
        udid=hardware.get("udid", ""),
        name=properties.get("name", "unnamed"),
        model=hardware.get("productType", "unknown"),
        system=properties.get("osVersionNumber", "unknown"),
        paired=connection.get("pairingState") == "paired",
        # A tunnel that is down comes up at the first command; an unavailable one does not.
        connected=connection.get("tunnelState") != "unavailable",
        developer_mode=properties.get("developerModeStatus") == "enabled",
    )


def _named(name: str, known: Sequence[AppleDevice]) -> AppleDevice:
    for one in known:
        if name in (one.identifier, one.udid, one.name):
            return one
    raise DevicectlError(
        f"Xcode knows no device {name!r}", f"there are: {', '.join(one.name for one in known)}"
    )


def _usable(devices: list[AppleDevice]) -> list[AppleDevice]:
    for one in devices:
        if one.obstacle is not None:
            raise DevicectlError(*one.obstacle)
    return devices
