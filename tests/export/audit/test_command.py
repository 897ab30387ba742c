"""`h3ae-export audit` as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from h3ae_export.audit.command import audit, audit_target
from h3ae_mobile.checkpoint import save_checkpoint
from h3ae_mobile.errors import H3AEError
from tests.export.audit.tiny import SMALL as TINY
from tests.models.tiny import model

app = typer.Typer()
app.command()(audit)
FLAGS = ["--size", "16x16", "--frames", "5", "--mode", "clip", "--precision", "fp32"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "tiny.safetensors"
    save_checkpoint(path, model(TINY).float())
    return path


def call(checkpoint: Path, *flags: str) -> tuple[BaseException | None, str]:
    result = CliRunner().invoke(app, ["--model", str(checkpoint), *FLAGS, *flags])
    return result.exception, result.stdout


def test_mobile_graphs_pass(checkpoint: Path) -> None:
    failure, text = call(checkpoint, "--target", "executorch")
    assert failure is None
    assert "nothing of severity error or above" in text


def test_the_reference_fails_and_says_where(checkpoint: Path) -> None:
    failure, text = call(checkpoint, "--target", "executorch", "--graph", "reference")
    assert isinstance(failure, H3AEError)
    assert "findings of severity error or above, the first: conv3d on xnnpack in" in str(failure)
    assert failure.exit_code != 0
    assert "cure:" in text
    assert "known from:" in text


def test_warnings_fail_on_request(checkpoint: Path) -> None:
    flags = ("--target", "onnx", "--graph", "reference")
    assert call(checkpoint, *flags)[0] is None
    assert isinstance(call(checkpoint, *flags, "--fail-on", "warning")[0], H3AEError)


def test_json_lists_every_finding(checkpoint: Path) -> None:
    failure, text = call(
        checkpoint, "--target", "coreml", "--target", "onnx", "--graph", "reference", "--json"
    )
    assert isinstance(failure, H3AEError)
    result = json.loads(text)
    assert result["graph"] == "reference"
    assert result["counts"]["error"] > 0
    assert sum(result["counts"].values()) == len(result["findings"])
    first = result["findings"][0]
    assert {"severity", "target", "rule", "op", "module", "shape", "source", "cure"} <= set(first)
    assert {finding["target"] for finding in result["findings"]} == {"coreml", "onnx"}


def test_executorch_is_audited_for_its_delegate(checkpoint: Path) -> None:
    assert audit_target("executorch", "vulkan") == "vulkan"
    assert audit_target("executorch", "coreml") == "coreml"
    assert audit_target("coreai", "xnnpack") == "coreai"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--target", "tflite"], "there is no target 'tflite'"),
        (["--size", "17x16"], "17x16 is not divisible by 8"),
        (["--frames", "10"], "10 frames do not fit"),
        (["--component", "transformer"], "'transformer' is not known"),
        (["--clip", "missing.mp4"], "missing.mp4"),
    ],
)
def test_bad_input_is_one_clear_line(checkpoint: Path, flags: list[str], message: str) -> None:
    failure, _ = call(checkpoint, *flags)
    assert isinstance(failure, H3AEError)
    assert message in str(failure)
    assert "\n" not in str(failure)
