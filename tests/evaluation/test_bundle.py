"""An exported bundle scores what its checkpoint scores, as near as its precision allows."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from h3ae_export import cli as export_cli
from h3ae_mobile import cli
from tests.command import Run, runner

from .checkpoints import tiny_checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(importlib.util.find_spec(n) is None for n in ("onnx", "onnxruntime", "onnxscript")),
        reason="the extra onnx is not installed",
    ),
]
SHAPE = ("--size", "64x64", "--frames", "5")


@pytest.fixture
def export(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner("h3ae-export", export_cli.main, capsys, monkeypatch)


@pytest.fixture
def h3ae(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner("h3ae", cli.main, capsys, monkeypatch)


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 0.05), ("fp16", 0.2)])
def test_the_loss_of_an_export_is_one_command(
    export: Run, h3ae: Run, folder: Path, tmp_path: Path, precision: str, tolerance: float
) -> None:
    checkpoint = tiny_checkpoint(tmp_path / "tiny.safetensors")
    bundle = tmp_path / "tiny.h3ae"
    done = export(
        "--target", "onnx", "--model", checkpoint, "--component", "both", "--component", "i2v",
        "--precision", precision, *SHAPE, "--clip", folder / "0.mp4", "--out", bundle,
    )  # fmt: skip
    assert done.code == 0, done.err
    clips = tmp_path / "clips"
    clips.mkdir()
    for name in ("0.mp4", "1.mp4"):  # a bundle for clips decodes one length
        (clips / name).write_bytes((folder / name).read_bytes())
    base = ("evaluate", "--clips", clips, *SHAPE, "--json")
    torch = h3ae(*base, "--model", checkpoint, "--out", tmp_path / "torch")
    saved = h3ae(*base, "--bundle", bundle, "--out", tmp_path / "bundle")
    assert (torch.code, saved.code) == (0, 0), torch.err + saved.err
    one, other = torch.json, saved.json
    assert other["decoder"].startswith("tiny.h3ae")
    for mode in ("plain", "i2v"):
        reference, exported = one["summary"][mode], other["summary"][mode]
        assert exported["clips"] == 2
        assert exported["psnr_db"] == pytest.approx(reference["psnr_db"], abs=tolerance)
        assert exported["ssim"] == pytest.approx(reference["ssim"], abs=0.01)
