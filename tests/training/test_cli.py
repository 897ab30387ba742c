"""`h3ae train`: options over the file, the smoke preset, faults in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from h3ae_mobile.cli import app
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.training.cli import override


def call(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_smoke_preset_trains(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("H3AE_CACHE", str(tmp_path / "cache"))
    text = call(
        "train", "smoke", "--clips", media / "clips", "--photos", media / "photos",
        "--steps", "2", "--out", tmp_path / "run", "--json",
    )  # fmt: skip
    result = json.loads(text)
    assert result["steps"] == 2
    assert Path(result["output"]).is_file()


def test_a_preset_does_without_photographs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(H3AEError, match="there is no folder mine"):  # and not: no data/photos
        call("train", "smoke", "--clips", "mine")
    assert "training without photos: no --photos, and no folder data/photos" in caplog.text
    with pytest.raises(H3AEError, match="there is no folder data/clips/train"):
        call("train", "smoke")


def test_options_replace_what_the_file_says() -> None:
    data: dict[str, Any] = {
        "data": {"sources": [{"path": "a", "weight": 3.0}, {"path": "b", "kind": "photos"}]},
        "schedule": {"steps": 5},
    }
    override(data, clips=Path("c"), photos=None, held_out=Path("h"), steps=7, seed=1)
    assert data["data"]["sources"] == [
        {"path": "b", "kind": "photos"},
        {"path": "c", "kind": "clips", "weight": 3.0},
    ]
    assert (data["schedule"]["steps"], data["seed"], data["evaluate_on"]) == (7, 1, "h")


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    with pytest.raises(H3AEError, match=r"there is no folder .*nowhere"):
        call("train", "smoke", "--clips", nowhere, "--photos", nowhere, "--out", tmp_path / "run")
