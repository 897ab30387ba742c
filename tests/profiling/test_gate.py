"""The gate: what passes, and above all what never does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.gate import Limits, check
from h3ae_profiling.report import Report, parse_report
from tests.bundle.edits import DROP, edit
from tests.command import Run
from tests.profiling.samples import full

TARGET = {"max_latency_s": 0.5, "frames": 17, "size": (512, 512)}


def report(changes: dict[str, Any] | None = None) -> Report:
    return parse_report(json.dumps(edit(full(), changes or {})).encode())


def failed(subject: Report, **limits: Any) -> list[str]:
    return [one.name for one in check(subject, Limits(**limits)).criteria if not one.passed]


def test_the_target_is_met() -> None:
    assert failed(report(), **TARGET) == []


@pytest.mark.parametrize(
    ("limits", "criterion"),
    [
        ({"max_latency_s": 0.4}, "latency p50"),
        ({"max_latency_s": 0.44, "percentile": "p99"}, "latency p99"),
        ({"max_first_frame_s": 0.3}, "first frame"),
        ({"max_load_s": 1.0}, "cold load"),
        ({"max_memory_bytes": 200_000_000}, "memory"),
        ({"min_sustained_fps": 31.0}, "sustained"),
        ({"min_psnr_db": 70.0}, "parity"),
        ({"frames": 33}, "workload"),
        ({"size": (512, 768)}, "workload"),
    ],
)
def test_each_limit_is_held(limits: dict[str, Any], criterion: str) -> None:
    assert failed(report(), **limits) == [criterion]


def test_limits_hold_at_equality() -> None:
    assert failed(report(), max_latency_s=0.435, max_memory_bytes=260_000_000) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"output.psnr_db": 12.0, "output.passed": False},
        {"output.max_abs": 1.5, "output.passed": False},
        {"output.finite": False, "output.passed": False},
        {"output": None},
    ],
)
@pytest.mark.parametrize("limits", [{}, TARGET, {"min_psnr_db": -200.0}])
def test_wrong_or_unchecked_pixels_never_pass(
    changes: dict[str, Any], limits: dict[str, Any]
) -> None:
    assert "output" in failed(report(changes), **limits)


@pytest.mark.parametrize(
    ("gap", "limits"),
    [
        ("first_frame", {"max_first_frame_s": 100.0}),
        ("load.cold", {"max_load_s": 100.0}),
        ("memory", {"max_memory_bytes": 2**40}),
        ("sustained", {"min_sustained_fps": 0.1}),
    ],
)
def test_what_was_not_measured_does_not_pass(gap: str, limits: dict[str, Any]) -> None:
    assert len(failed(report({gap: DROP}), **limits)) == 1


@pytest.mark.parametrize(
    "changes", [{"engine.checker": True}, {"device.kind": "simulator"}, {"device.kind": "emulator"}]
)
def test_times_of_checkers_and_simulators_pass_no_gate(changes: dict[str, Any]) -> None:
    limits = {"max_latency_s": 100.0, "min_sustained_fps": 0.1, "max_load_s": 100.0}
    found = failed(report(changes), **limits)
    assert found == ["latency p50", "cold load", "sustained"]


@pytest.mark.parametrize("value", [float("nan"), 0.0, -1.0, float("inf")])
def test_limits_that_let_everything_pass_are_refused(value: float) -> None:
    with pytest.raises(H3AEError, match="--max-latency"):
        Limits(max_latency_s=value)


def test_the_command_tells_a_line_a_criterion_and_exits(profile: Run, tmp_path: Path) -> None:
    path, xml = tmp_path / "report.json", tmp_path / "verdict.xml"
    path.write_text(json.dumps(full()))
    target = ["--max-latency", 0.5, "--frames", 17, "--size", "512x512"]
    good = profile("check", path, *target)
    assert good.code == 0
    assert good.out.splitlines()[0] == "demo on a phone"
    assert [line.split()[:2] for line in good.out.splitlines()[1:]] == [
        ["pass", "output"],
        ["pass", "workload"],
        ["pass", "latency"],
    ]
    bad = profile("check", path, *target, "--max-memory", "100MB", "--junit", xml)
    assert bad.code == 1
    assert "FAIL  memory        260 MB, at most 100 MB" in bad.out
    root = ElementTree.parse(xml).getroot()
    assert (root.get("tests"), root.get("failures")) == ("4", "1")
    assert [case.get("name") for case in root.iter("testcase")] == [
        "output",
        "workload",
        "latency p50",
        "memory",
    ]
    (failure,) = root.iter("failure")
    assert failure.get("message") == "260 MB, at most 100 MB"


def test_the_command_judges_several_reports(profile: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(full()))
    bad.write_text(json.dumps(edit(full(), {"output": None, "label": "other <&>\u0007"})))
    outcome = profile("check", good, bad, "--max-latency", 0.5, "--json", "--junit", tmp_path / "x")
    assert outcome.code == 1
    assert [one["passed"] for one in outcome.json["verdicts"]] == [True, False]
    ElementTree.parse(tmp_path / "x")


def test_the_command_refuses_what_is_no_report(profile: Run, tmp_path: Path) -> None:
    path, good, xml = tmp_path / "report.json", tmp_path / "good.json", tmp_path / "verdict.xml"
    path.write_text(json.dumps(edit(full(), {"clip.p50_s": float("nan")})))
    good.write_text(json.dumps(full()))
    xml.write_text("<what-an-older-run-left/>")
    outcome = profile("check", good, path, "--max-latency", 0.5, "--junit", xml)
    assert outcome.code == 2
    assert "NaN" in outcome.err
    assert outcome.err.count("\n") == 1
    root = ElementTree.parse(xml).getroot()
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["3", "0", "1"]
    (error,) = root.iter("error")
    assert "NaN" in (error.get("message") or "")


@pytest.mark.parametrize(
    ("text", "size"), [("900MB", 900e6), ("1.5GiB", 1.5 * 2**30), ("4096", 4096), ("1 kb", 1000)]
)
def test_amounts_of_memory(text: str, size: float) -> None:
    from h3ae_profiling.units import parse_bytes

    assert parse_bytes("--max-memory", text) == size
    with pytest.raises(H3AEError, match="--max-memory"):
        parse_bytes("--max-memory", f"{text}x")
