"""The comparison: what a variant changes, that it resumes, and its table of paired differences."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from h3ae_mobile.training import evidence
from h3ae_mobile.training.config import load_preset, parse_config


def invoke(*arguments: object) -> str:
    result = CliRunner().invoke(evidence.app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", list(evidence.VARIANTS))
def test_a_variant_is_its_reference_with_one_change(name: str) -> None:
    base = load_preset("evidence")
    before = json.dumps(base)
    reference = evidence.REFERENCE[name]
    ours, theirs = (
        parse_config(evidence.variant_tables(one, base), one).model_dump()
        for one in (name, reference)
    )
    assert json.dumps(base) == before
    assert len(list(differences(ours, theirs))) == (0 if name == reference else 1)
    assert name in evidence.MEANING


def differences(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        for key in one:
            yield from differences(one[key], other[key])
    elif isinstance(one, (list, tuple)) and len(one) == len(other):
        for a, b in zip(one, other, strict=True):
            yield from differences(a, b)
    elif one != other:
        yield one, other


def test_runs_are_scored_once_and_resumed(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("H3AE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(evidence, "SIZE", 64)
    monkeypatch.setattr(
        evidence, "VARIANTS", {name: evidence.VARIANTS[name] for name in ("base", "plain")}
    )
    arguments = (
        "--clips", media / "clips", "--photos", media / "photos", "--held-out", media / "clips",
        "--steps", "2", "--threads", "1", "--out", tmp_path / "runs", "--json",
    )  # fmt: skip
    first = json.loads(invoke(*arguments))
    assert [row["variant"] for row in first["rows"]] == ["base", "plain"]
    assert first["rows"][0]["psnr_db"] > 5
    assert "(" in (tmp_path / "runs" / "table.md").read_text().splitlines()[-1]
    monkeypatch.setattr(evidence, "Trainer", None)  # a second training would fail
    assert json.loads(invoke(*arguments)) == first


def test_other_held_out_clips_give_another_row(
    media: Path, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "SIZE", 64)
    settings["schedule"]["steps"] = 1
    both = evidence.run_variant("base", settings, media / "clips", tmp_path / "run")
    (tmp_path / "one").mkdir()
    shutil.copy(media / "clips" / "0.mp4", tmp_path / "one")
    one = evidence.run_variant("base", settings, tmp_path / "one", tmp_path / "run")
    assert one["psnr_db"] != both["psnr_db"]
    assert evidence.run_variant("base", settings, media / "clips", tmp_path / "run") == both
    settings["schedule"]["steps"] = 2
    longer = evidence.run_variant("base", settings, tmp_path / "one", tmp_path / "run")
    assert longer["steps"] == 2


def test_differences_are_those_of_equal_seeds() -> None:
    def row(variant: str, seed: int, psnr: float) -> dict[str, Any]:
        scores = {"psnr_db": psnr, "psnr_i2v_db": psnr, "ssim": 0.5, "ssim_i2v": 0.5}
        return {"variant": variant, "seed": seed, "parameters": 1234, **scores}

    rows = [
        row("base", 0, 20.0),
        row("base", 1, 22.0),
        row("plain", 0, 19.5),
        row("plain", 1, 22.1),
    ]
    text = evidence.table([*rows, row("plain", 2, 99.0)])
    assert "| 21.00 | 21.00 | 0.5000 | 0.5000 |" in text
    plain = "| plain: first frame never seen (p = 0) | 1,234"
    assert f"{plain} | 2 | 20.80 (-0.20; -0.50 to +0.10) |" in text
    assert f"{plain} | 1 | 19.50 (-0.50) |" in evidence.table(rows[:3])
