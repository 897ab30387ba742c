"""`h3ae evaluate` and `h3ae encode-dataset` from end to end on a tiny checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from h3ae_mobile.cli import app
from h3ae_mobile.errors import H3AEError

from .checkpoints import tiny_checkpoint


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("model") / "tiny.safetensors")


def call(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_evaluate_gives_the_published_keys(checkpoint: Path, folder: Path, tmp_path: Path) -> None:
    text = call(
        "evaluate", "--clips", folder, "--model", checkpoint, "--size", "64x64", "--frames", "5",
        "--out", tmp_path, "--json",
    )  # fmt: skip
    document = json.loads(text)
    assert {"psnr_db", "ssim", "vmaf", "frames", "output"} <= document.keys()
    assert set(document["summary"]) == {"plain", "i2v"}
    assert len(document["clips"]) == 6
    assert Path(document["output"]).is_file()


def test_the_baseline_needs_no_codec(checkpoint: Path, folder: Path, tmp_path: Path) -> None:
    base = ("evaluate", "--clips", folder, "--model", checkpoint, "--size", "64x64")
    base = (*base, "--frames", "1", "--mode", "plain", "--out", tmp_path, "--json")
    baseline, codec = json.loads(call(*base, "--baseline")), json.loads(call(*base))
    assert baseline["decoder"] == "resizing as tiny"
    # Random weights do not come near it, and one does not answer with the other's rows.
    assert baseline["psnr_db"] > codec["psnr_db"] + 5


def test_encode_dataset_counts(checkpoint: Path, folder: Path, tmp_path: Path) -> None:
    text = call(
        "encode-dataset", "--clips", folder, "--model", checkpoint, "--out", tmp_path, "--json"
    )
    assert json.loads(text)["encoded"] == 3


def test_faults_are_one_line(checkpoint: Path, folder: Path, tmp_path: Path) -> None:
    base = ("evaluate", "--model", checkpoint, "--out", tmp_path, "--clips")
    with pytest.raises(H3AEError, match="there is no folder"):
        call(*base, tmp_path / "nowhere")
    with pytest.raises(H3AEError, match="there is no mode 'video'"):
        call(*base, folder, "--mode", "video")
    with pytest.raises(H3AEError, match="--size 63x64 is not divisible by 4"):
        call(*base, folder, "--size", "63x64")
    with pytest.raises(H3AEError, match="a clip has 1 \\+ 2k frames"):
        call(*base, folder, "--frames", "4")
    with pytest.raises(H3AEError, match=r"lpips\.safetensors"):
        call(*base, folder, "--lpips", tmp_path / "lpips.safetensors")
