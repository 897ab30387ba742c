"""A thin client of the `adb` command: devices, files, shell, with errors a person can act on."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from h3ae_mobile.errors import H3AEError

TIMEOUT_S = 30.0
TRANSFER_TIMEOUT_S = 1800.0

# What adb says, and what a person can do about it.
_HINTS = {
    "unauthorized": ("has not authorised this computer", "unlock it and accept the USB prompt"),
    "authorizing": ("has not authorised this computer yet", "unlock it and accept the USB prompt"),
    "offline": ("is offline", "unplug it and plug it in again, or restart it"),
    "recovery": ("is in recovery", "restart it"),
    "sideload": ("is in sideload mode", "restart it"),
    "bootloader": ("is in its bootloader", "restart it"),
    "no permissions": ("may not be opened by this user", "add udev rules for it, then replug it"),
}


class AdbError(H3AEError):
    """What adb, or the device behind it, refused."""


@dataclass(frozen=True)
class AttachedDevice:
    """A line of ``adb devices -l``."""

    serial: str
    state: str
    model: str = ""

    @property
    def obstacle(self) -> tuple[str, str] | None:
        """Return why it cannot be used and what to do, or None if it can."""
        if self.state == "device":
            return None
        reason, hint = _HINTS.get(self.state, (f"is in the state {self.state!r}", "restart it"))
        return f"{self.serial} {reason}", hint


class Adb:
    """The command, talking to one server.

    Parameters
    ----------
    command : sequence of str
        For instance ``("adb",)``, or with ``-P`` for another server.

    Raises
    ------
    AdbError
        If it is not installed.
    """

    def __init__(self, command: Sequence[str] = ("adb",)) -> None:
        if shutil.which(command[0]) is None:
            raise AdbError(
                f"{command[0]} is not installed",
                "install Android's platform tools, on Debian: apt-get install adb",
            )
        self.command = tuple(command)

    def devices(self) -> list[AttachedDevice]:
        """Return what is attached, usable or not."""
        lines = self.run("devices", "-l").splitlines()
        found = [_parse_device(line) for line in lines if not line.startswith(("List of", "*"))]
        return [one for one in found if one is not None]

    def choose(self, serials: Sequence[str]) -> list[Device]:
        """Return the devices of those serials; without any, the only one attached.

        Raises
        ------
        AdbError
            If there is none, one too many, or one that cannot be used.
        """
        attached = {one.serial: one for one in self.devices()}
        if not attached:
            raise AdbError(
                "no Android device is attached",
                "enable USB debugging in its developer options, and plug it in",
            )
        if not serials and len(attached) > 1:
            raise AdbError(
                f"{len(attached)} devices are attached",
                f"choose with --serial: {', '.join(sorted(attached))}",
            )
        for serial in serials:
            if serial not in attached:
                raise AdbError(
                    f"no device {serial!r} is attached", f"there are: {', '.join(sorted(attached))}"
                )
        chosen = [attached[serial] for serial in dict.fromkeys(serials)] or [*attached.values()]
        for one in chosen:
            if one.obstacle is not None:
                raise AdbError(*one.obstacle)
        return [Device(self, one.serial) for one in chosen]

    def run(self, *arguments: str, timeout: float = TIMEOUT_S) -> str:
        """Run a subcommand and return what it prints.

        Raises
        ------
        AdbError
            With the last line that it says.
        """
        try:
            done = subprocess.run(
                [*self.command, *arguments],
                capture_output=True,
                text=True,
                timeout=timeout,
                errors="replace",
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise AdbError(
                f"adb {arguments[0]} gave no answer within {timeout:g} s",
                "is the device asleep or the cable loose?",
            ) from None
        if done.returncode:
            raise _refusal(done.stderr + done.stdout)
        return done.stdout


class Device:
    """One device, ready."""

    def __init__(self, adb: Adb, serial: str) -> None:
        self.adb = adb
        self.serial = serial

    def shell(self, *words: str, timeout: float = TIMEOUT_S) -> str:
        """Run a command on the device; words are quoted for its shell."""
        return self._run("shell", shlex.join(words), timeout=timeout).strip()

    def push(self, source: Path, destination: str) -> None:
        """Copy a file or a folder to the device."""
        self._run("push", str(source), destination, timeout=TRANSFER_TIMEOUT_S)

    def pull(self, source: str, destination: Path) -> None:
        """Copy a file from the device."""
        self._run("pull", source, str(destination), timeout=TRANSFER_TIMEOUT_S)

    def install(self, package: Path) -> None:
        """Install an app, over an older version of it."""
        self._run("install", "-r", str(package), timeout=TRANSFER_TIMEOUT_S)

    def has_app(self, identifier: str) -> bool:
        """Tell whether an app is installed."""
        try:
            return self.shell("pm", "path", identifier).startswith("package:")
        except AdbError:
            # `pm path` fails for an unknown package; a lost device fails again at the next call.
            return False

    def free_bytes(self, folder: str) -> int:
        """Return the space left where a folder lies."""
        lines = self.shell("df", "-k", folder).splitlines()
        fields = lines[-1].split() if lines else []
        if len(fields) < 4 or not fields[3].isdecimal():
            raise AdbError(f"{self.serial}: df says nothing about {folder}")
        return int(fields[3]) * 1024

    def _run(self, *arguments: str, timeout: float) -> str:
        try:
            return self.adb.run("-s", self.serial, *arguments, timeout=timeout)
        except AdbError as error:
            raise AdbError(f"{self.serial}: {error.message}", error.hint) from None


def _parse_device(line: str) -> AttachedDevice | None:
    match = re.match(r"(\S+)\s+(no permissions|\S+)(.*)", line.strip())
    if match is None:
        return None
    model = re.search(r"\bmodel:(\S+)", match[3])
    return AttachedDevice(match[1], match[2], model[1].replace("_", " ") if model else "")


def _refusal(text: str) -> AdbError:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else "adb failed without a word"
    last = re.sub(r"^(adb: |error: )+", "", last)
    lower = text.lower()
    if "no space left" in lower or "insufficient_storage" in lower:
        return AdbError("its storage is full", "free some space on the device")
    if "unauthorized" in lower:
        return AdbError(*_with_subject("unauthorized"))
    if "not found" in lower and "device" in lower:
        return AdbError("it is no longer attached", "check the cable")
    if "device offline" in lower:
        return AdbError(*_with_subject("offline"))
    if "install_failed_update_incompatible" in lower:
        return AdbError("another build of the app is installed", "uninstall it first")
    return AdbError(last)


def _with_subject(state: str) -> tuple[str, str]:
    reason, hint = _HINTS[state]
    return f"it {reason}", hint
