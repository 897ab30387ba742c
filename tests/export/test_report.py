"""The table that an export prints."""

from __future__ import annotations

from rich.console import Console

from h3ae_export.report import ExportReport
from h3ae_mobile.bundle.artifacts import Artifact, Parity

CLIP = Parity(
    worst_psnr_db=101.0,
    mean_psnr_db=102.0,
    max_abs=1e-5,
    threshold_db=100.0,
    frames=9,
    runtime="onnxruntime",
    size=(64, 64),
)
STREAM = CLIP.model_copy(update={"seam_psnr_db": 103.0, "one_shot_psnr_db": 47.0})


def printed(*parities: Parity) -> str:
    artifacts = [
        Artifact(
            target="onnx",
            backend="onnxruntime",
            graph=f"graph_{index}",
            precision="fp32",
            parity=parity,
            file="artifacts/model",
            bytes=1,
            sha256="0" * 64,
            verified=True,
        )
        for index, parity in enumerate(parities)
    ]
    console = Console(width=200)
    with console.capture() as capture:
        console.print(ExportReport(artifacts=artifacts).table())
    return capture.get()


def test_a_stream_prints_its_seams_and_its_distance_from_one_shot() -> None:
    text = printed(CLIP, STREAM)
    assert "seam dB" in text
    assert "103.0" in text
    assert "47.0" in text


def test_a_clip_has_no_such_columns() -> None:
    assert "one-shot" not in printed(CLIP)
