"""The Android route: the real `adb`, without a device, and before a stand-in."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from h3ae_mobile.bundle import Bundle
from h3ae_profiling.android.adb import Adb, AdbError, AttachedDevice, Device
from h3ae_profiling.android.run import APP, INBOX, OUTBOX, AndroidRun, profile_on
from h3ae_profiling.report import ReportError
from tests.bundle.edits import edit
from tests.command import Run
from tests.profiling.phone import Phone, PhoneServer
from tests.profiling.samples import full

TINY = Path(__file__).parents[1] / "golden" / "bundles" / "tiny.h3ae"
OUT = OUTBOX.format(app=APP)

needs_adb = pytest.mark.skipif(
    shutil.which("adb") is None, reason="no adb here: `make tools` installs it on Debian"
)


@pytest.fixture(scope="module")
def adb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adb]:
    """The real adb with a server of its own, and with keys of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    command = ("env", f"HOME={home}", "adb", "-P", str(port))
    client = Adb(command)
    yield client
    subprocess.run([*command, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def attach(adb: Adb) -> Iterator[Callable[[Phone], str]]:
    """Attach a phone to the server, and return its serial."""
    servers: list[PhoneServer] = []

    def attach(phone: Phone) -> str:
        server = PhoneServer(phone)
        servers.append(server)
        serial = f"127.0.0.1:{server.port}"
        subprocess.run([*adb.command, "connect", serial], check=False, capture_output=True)
        end = time.monotonic() + 10
        while serial not in {one.serial for one in adb.devices()} and time.monotonic() < end:
            time.sleep(0.05)
        return serial

    yield attach
    for server in servers:
        serial = f"127.0.0.1:{server.port}"
        subprocess.run([*adb.command, "disconnect", serial], check=False, capture_output=True)
        server.close()


def report(**changes: Any) -> bytes:
    bundle = Bundle.open(TINY, verify="none")
    document = edit(full(), {"subject.bundle_sha256": bundle.sha256, **changes})
    return json.dumps(document).encode()


def done(extras: dict[str, str]) -> dict[str, bytes]:
    """What a well-behaved app leaves."""
    return {
        f"{OUT}/status.json": json.dumps({"state": "done"}).encode(),
        f"{OUT}/report.json": report(),
    }


def phone(**changes: Any) -> Phone:
    return Phone(**{"apps": {APP}, "app": done, **changes})


def run(adb: Adb, serial: str, **changes: Any) -> Any:
    (device,) = adb.choose([serial])
    told: list[str] = []
    settings = AndroidRun(**{"poll_s": 0.01, "timeout_s": 5.0, **changes})
    return profile_on(device, Bundle.open(TINY), settings, told.append), told


@needs_adb
def test_no_device(adb: Adb) -> None:
    with pytest.raises(AdbError, match="no Android device is attached"):
        adb.choose([])


@needs_adb
def test_a_run_leaves_a_report_here_and_nothing_there(
    adb: Adb, attach: Callable[[Phone], str]
) -> None:
    seen: dict[str, str] = {}

    def app(extras: dict[str, str]) -> dict[str, bytes]:
        seen.update(extras)
        copied = {name: data for name, data in there.files.items() if name.startswith(INBOX)}
        expected = {
            f"{INBOX}/{TINY.name}/{path.relative_to(TINY).as_posix()}": path.read_bytes()
            for path in TINY.rglob("*")
            if path.is_file()
        }
        assert copied == expected
        return done(extras)

    there = phone(app=app)
    found, told = run(adb, attach(there), repetitions=7, precision="fp32")
    assert found.label == "demo on a phone"
    assert seen["bundle"] == f"{INBOX}/{TINY.name}"
    assert (seen["repetitions"], seen["precision"]) == ("7", "fp32")
    assert there.files == {}
    assert not there.running
    assert any("copying" in line for line in told)


@needs_adb
def test_progress_is_followed(adb: Adb, attach: Callable[[Phone], str]) -> None:
    states = iter(
        [
            {"state": "running", "step": "clip", "done": 1, "total": 3},
            {"state": "running", "step": "clip", "done": 3, "total": 3},
            {"state": "done"},
        ]
    )

    class Working(Phone):
        def _cat(self, path: str) -> tuple[str, str, int]:
            return json.dumps(next(states)), "", 0

    there = Working(apps={APP}, app=lambda extras: {f"{OUT}/report.json": report()})
    _, told = run(adb, attach(there))
    assert [line.partition(": ")[2] for line in told[-3:]] == [
        "clip 1 of 3",
        "clip 3 of 3",
        "done",
    ]


def fails(extras: dict[str, str]) -> dict[str, bytes]:
    status = {"state": "failed", "message": "decoder_temporal: no delegate"}
    return {f"{OUT}/status.json": json.dumps(status).encode()}


@needs_adb
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"apps": set()}, "is not installed"),
        ({"app": None}, "did not start"),
        ({"free_kib": 10}, "free"),
        ({"full": True}, "storage is full"),
        ({"app": fails}, "no delegate"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line_and_tidied(
    adb: Adb, attach: Callable[[Phone], str], changes: dict[str, Any], reason: str
) -> None:
    there = phone(**changes)
    serial = attach(there)
    with pytest.raises(AdbError, match=reason) as caught:
        run(adb, serial)
    assert serial in str(caught.value)
    assert "\n" not in str(caught.value)
    assert there.files == {}


@needs_adb
def test_an_app_that_dies_is_noticed(adb: Adb, attach: Callable[[Phone], str]) -> None:
    class Dying(Phone):
        def _pidof(self, app: str) -> tuple[str, str, int]:
            return "", "", 1

    with pytest.raises(AdbError, match="ended without a report"):
        run(adb, attach(Dying(apps={APP}, app=lambda extras: {})))


@needs_adb
def test_an_app_that_hangs_is_given_up(adb: Adb, attach: Callable[[Phone], str]) -> None:
    with pytest.raises(AdbError, match="no progress"):
        run(adb, attach(phone(app=lambda extras: {})), timeout_s=0.3)


@needs_adb
def test_a_report_that_is_none_or_of_another_bundle(
    adb: Adb, attach: Callable[[Phone], str]
) -> None:
    ready = {f"{OUT}/status.json": b'{"state": "done"}'}
    broken = phone(app=lambda extras: {**ready, f"{OUT}/report.json": b"{}"})
    with pytest.raises(ReportError, match="schema_version"):
        run(adb, attach(broken))
    other = report(**{"subject.bundle_sha256": "00" * 32})
    stale = phone(app=lambda extras: {**ready, f"{OUT}/report.json": other})
    with pytest.raises(AdbError, match="another bundle"):
        run(adb, attach(stale))


@needs_adb
def test_an_unauthorised_device(adb: Adb, attach: Callable[[Phone], str]) -> None:
    serial = attach(phone(authorised=False))
    with pytest.raises(AdbError, match="not authorised") as caught:
        adb.choose([serial])
    assert "USB prompt" in str(caught.value)


@needs_adb
def test_several_devices_want_a_choice(adb: Adb, attach: Callable[[Phone], str]) -> None:
    one, two = attach(phone()), attach(phone())
    with pytest.raises(AdbError, match="2 devices are attached") as caught:
        adb.choose([])
    assert one in str(caught.value)
    assert [device.serial for device in adb.choose([two, one])] == [two, one]
    with pytest.raises(AdbError, match="no device 'x'"):
        adb.choose(["x"])


@needs_adb
def test_the_command(
    profile: Run,
    adb: Adb,
    attach: Callable[[Phone], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("h3ae_profiling.commands.android.Adb", lambda: adb)
    quick = partial(AndroidRun, poll_s=0.01)
    monkeypatch.setattr("h3ae_profiling.commands.android.AndroidRun", quick)
    good, bad = attach(phone()), attach(phone(apps=set()))
    told = profile("android", TINY, "--serial", bad, "--serial", good, "--out", tmp_path, "--json")
    assert told.code == 1
    assert len(told.json["reports"]) == 1
    assert bad in told.err
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_an_app_that_cannot_be_stopped_is_tidied_after_all() -> None:
    """Without adb: a device whose activity manager fails."""
    said: list[tuple[str, ...]] = []

    class Stubborn(Device):
        def shell(self, *words: str, timeout: float = 0) -> str:
            said.append(words)
            if words[0] in ("am", "df"):
                raise AdbError(f"{words[0]} failed")
            return "package:"

    with pytest.raises(AdbError, match="df failed"):
        profile_on(Stubborn(Adb(("sh",)), "x"), Bundle.open(TINY), AndroidRun(), lambda line: None)
    assert said[-2:] == [("am", "force-stop", APP), ("rm", "-rf", INBOX, OUT)]


STATES = """List of devices attached
emulator-5554          device product:sdk model:Pixel_9 device:x transport_id:1
R5CT200ABCD            offline usb:1-1 transport_id:2
XYZ                    no permissions (user in plugdev group; see [http://...]); usb:1-2
* daemon started successfully
"""


def test_states_of_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(Adb, "run", lambda self, *arguments: STATES)
    adb = Adb()
    assert adb.devices() == [
        AttachedDevice("emulator-5554", "device", "Pixel 9"),
        AttachedDevice("R5CT200ABCD", "offline"),
        AttachedDevice("XYZ", "no permissions"),
    ]
    with pytest.raises(AdbError, match="is offline"):
        adb.choose(["R5CT200ABCD"])
    with pytest.raises(AdbError, match="udev"):
        adb.choose(["XYZ"])
    assert [one.serial for one in adb.choose(["emulator-5554"])] == ["emulator-5554"]


def test_adb_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(AdbError, match="adb is not installed"):
        Adb()


@needs_adb
def test_words_are_quoted_for_the_device(adb: Adb, attach: Callable[[Phone], str]) -> None:
    there = phone()
    device = Device(adb, attach(there))
    device.shell("mkdir", "-p", "/data/a b/$(reboot)/'x'")
    assert there.commands[-1] == ["mkdir", "-p", "/data/a b/$(reboot)/'x'"]
