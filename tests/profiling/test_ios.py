"""The iOS route, before a stand-in that answers in the formats Xcode's tools document."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from h3ae_mobile.bundle import Bundle
from h3ae_profiling.ios.devicectl import Devicectl, DevicectlError
from h3ae_profiling.ios.run import IosRun, profile_on
from h3ae_profiling.ios.xcresult import reports_of
from h3ae_profiling.report import Report, ReportError
from tests.bundle.edits import edit
from tests.command import Run
from tests.profiling.samples import full

TINY = Path(__file__).parents[1] / "golden" / "bundles" / "tiny.h3ae"


def device(name: str = "Ada's iPhone", **changes: Any) -> dict[str, Any]:
    return edit(
        {
            "identifier": f"ID-{name}",
            "connectionProperties": {"pairingState": "paired", "tunnelState": "connected"},
            "deviceProperties": {
                "name": name,
                "osVersionNumber": "18.1",
                "developerModeStatus": "enabled",
            },
            "hardwareProperties": {
                "platform": "iOS",
                "reality": "physical",
                "productType": "iPhone17,2",
                "udid": f"UDID-{name}",
            },
        },
        changes,
    )


WATCH = device("Watch", **{"hardwareProperties.platform": "watchOS"})


def document(**changes: Any) -> dict[str, Any]:
    bundle = Bundle.open(TINY, verify="none")
    return edit(full(), {"subject.bundle_sha256": bundle.sha256, **changes})


@pytest.fixture
def mac(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Put the stand-in on the path and set what it knows; return the folder of its state."""
    state, tools = tmp_path / "state", tmp_path / "tools"
    tools.mkdir()
    script = tools / "xcrun"
    stand_in = Path(__file__).with_name("xcrun.py")
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{stand_in}" "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    monkeypatch.setenv("XCRUN_STATE", str(state))

    def set_up(
        *devices: Any, apps: str = "dev.h3ae.demo", app: Any = None, broken: str = ""
    ) -> Path:
        (state / "container").mkdir(parents=True)
        left = {"status.json": {"state": "done"}, "report.json": document()}
        (state / "devices.json").write_text(json.dumps({"devices": [*devices, WATCH]}))
        (state / "apps").write_text(apps)
        (state / "broken").write_text(broken)
        (state / "app.json").write_text(json.dumps(left if app is None else app))
        return state

    return set_up


def run(**changes: Any) -> Report:
    tool = Devicectl()
    (one,) = tool.choose([])
    settings = IosRun(**{"poll_s": 0.01, "timeout_s": 1.0, **changes})
    return profile_on(tool, one, Bundle.open(TINY), settings, lambda line: None)


def test_a_run_fetches_the_report(mac: Callable[..., Path]) -> None:
    state = mac(device())
    assert run(repetitions=7, warmup=0, precision="fp16").label == "demo on a phone"
    told = json.loads((state / "arguments.json").read_text())
    assert told[told.index("--profile-warmup") + 1] == "0"
    assert "--profile-target" not in told
    assert told[told.index("--profile-repetitions") + 1] == "7"
    assert told[told.index("--profile-precision") + 1] == "fp16"
    copied = state / "container" / told[told.index("--profile-bundle") + 1]
    assert (copied / "manifest.json").read_bytes() == (TINY / "manifest.json").read_bytes()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"connectionProperties.pairingState": "unpaired"}, "not paired"),
        ({"connectionProperties.tunnelState": "unavailable"}, "not reachable"),
        ({"deviceProperties.developerModeStatus": "disabled"}, "developer mode"),
    ],
)
def test_devices_that_cannot_be_used(
    mac: Callable[..., Path], change: dict[str, Any], reason: str
) -> None:
    mac(device(**change))
    with pytest.raises(DevicectlError, match=reason):
        Devicectl().choose([])


def test_choosing_a_device(mac: Callable[..., Path]) -> None:
    mac(device("one"), device("two"))
    tool = Devicectl()
    with pytest.raises(DevicectlError, match="2 devices are connected"):
        tool.choose([])
    assert [one.name for one in tool.choose(["two", "UDID-one"])] == ["two", "one"]
    with pytest.raises(DevicectlError, match="no device 'three'"):
        tool.choose(["three"])


def test_no_device(mac: Callable[..., Path]) -> None:
    mac()
    with pytest.raises(DevicectlError, match="knows no iPhone"):
        Devicectl().choose([])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"apps": "another"}, "not installed"),
        ({"app": {"status.json": {"state": "failed", "message": "no memory"}}}, "no memory"),
        ({"app": {}}, "no progress"),
        ({"app": {"status.json": {"state": "done"}}}, "No such file"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line(
    mac: Callable[..., Path], settings: dict[str, Any], reason: str
) -> None:
    mac(device(), **settings)
    with pytest.raises(DevicectlError, match=reason) as caught:
        run(timeout_s=0.2)
    assert "\n" not in str(caught.value)


def test_a_status_that_an_older_run_left_is_not_believed(mac: Callable[..., Path]) -> None:
    state = mac(device(), app={})
    folder = state / "container" / "Documents" / "profile"
    folder.mkdir(parents=True)
    (folder / "status.json").write_text('{"state": "done", "run": "old"}')
    with pytest.raises(DevicectlError, match="no progress"):
        run(timeout_s=0.2)


def test_a_report_of_another_bundle(mac: Callable[..., Path]) -> None:
    other = document(**{"subject.bundle_sha256": "00" * 32})
    mac(device(), app={"status.json": {"state": "done"}, "report.json": other})
    with pytest.raises(DevicectlError, match="another bundle"):
        run()


def attach(state: Path, **contents: str) -> Path:
    folder = state / "attachments"
    folder.mkdir(parents=True)
    attachments = []
    for index, (name, content) in enumerate(contents.items()):
        (folder / f"{index}.json").write_text(content)
        attachments.append(
            {"exportedFileName": f"{index}.json", "suggestedHumanReadableName": f"{name}.json"}
        )
    manifest = [{"testIdentifier": "ProfileTests/testClip()", "attachments": attachments}]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = state / "run.xcresult"
    result.mkdir()
    return result


def test_reports_are_taken_out_of_a_result_bundle(mac: Callable[..., Path]) -> None:
    state = mac(device())
    names = {"h3ae-profile_0_A1": json.dumps(document()), "screenshot": "{}"}
    (found,) = reports_of(attach(state, **names))
    assert found.label == "demo on a phone"


def test_result_bundles_without_a_report(mac: Callable[..., Path], tmp_path: Path) -> None:
    state = mac(device())
    with pytest.raises(DevicectlError, match="no result bundle"):
        reports_of(tmp_path / "nothing.xcresult")
    with pytest.raises(DevicectlError, match="no attachment"):
        reports_of(attach(state, other="{}"))


def test_an_attachment_that_is_no_report(mac: Callable[..., Path]) -> None:
    result = attach(mac(device()), **{"h3ae-profile": "{}"})
    with pytest.raises(ReportError, match="schema_version"):
        reports_of(result)


def test_the_command(mac: Callable[..., Path], profile: Run, tmp_path: Path) -> None:
    result = attach(mac(device()), **{"h3ae-profile": json.dumps(document())})
    told = profile("ios", "--xcresult", result, "--out", tmp_path / "out", "--json")
    assert told.code == 0
    assert len(told.json["reports"]) == 1
    (path,) = (tmp_path / "out").glob("*.json")
    assert path.name == "demo-on-a-phone-iphone17-2.json"
    assert "either a bundle or --xcresult" in profile("ios").err


def test_a_phone_that_fails_costs_no_other_its_report(
    mac: Callable[..., Path], profile: Run, tmp_path: Path
) -> None:
    mac(device("one"), device("Ada's [two]"), broken="ID-Ada's [two]")
    names = ("--device", "one", "--device", "Ada's [two]")
    told = profile("ios", TINY, *names, "--out", tmp_path / "out")
    assert told.code == 1
    (path,) = (tmp_path / "out").glob("*.json")
    assert path.name == "demo-on-a-phone-one-udid-one.json"
    assert told.out.splitlines() == [str(path)]
    # Brackets in a phone's name are no markup.
    assert "error: Ada's [two]: out of order" in told.err
    assert "Ada's [two]: copying" in told.err


def test_a_machine_without_xcode(profile: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    told = profile("ios", TINY)
    assert told.code == 1
    assert "Mac with Xcode" in told.err
