"""LPIPS, FloLPIPS and rFVD on made-up weights: their arithmetic and their errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.evaluation.lpips import LAYERS, LPIPS
from h3ae_mobile.evaluation.perceptual import (
    PerceptualMetrics,
    PerceptualPaths,
    frechet_distance,
)
from h3ae_mobile.evaluation.protocol import summarise


@pytest.fixture
def lpips_file(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    tensors = {}
    for number, (channels, out, kernel, _, _, index) in enumerate(LAYERS):
        tensors[f"features.{index}.weight"] = torch.randn(out, channels, kernel, kernel) * 0.05
        tensors[f"features.{index}.bias"] = torch.zeros(out)
        tensors[f"lin{number}.model.1.weight"] = torch.rand(1, out, 1, 1)
    path = tmp_path / "lpips.safetensors"
    save_file(tensors, path)
    return path


class Flow(torch.nn.Module):
    def forward(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return (other - one)[:, :2]


class Features(torch.nn.Module):
    def forward(self, clip: torch.Tensor) -> torch.Tensor:
        return clip.mean((2, 3, 4))


@pytest.fixture
def paths(lpips_file: Path, tmp_path: Path) -> PerceptualPaths:
    torch.jit.script(Flow()).save(str(tmp_path / "flow.pt"))
    torch.jit.script(Features()).save(str(tmp_path / "i3d.pt"))
    return PerceptualPaths(lpips_file, tmp_path / "flow.pt", tmp_path / "i3d.pt")


def clip(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (3, 64, 64, 3), dtype=np.uint8)


def test_equal_clips_have_no_distance_and_others_do(paths: PerceptualPaths) -> None:
    metrics = PerceptualMetrics(paths)
    same, other = metrics.score(clip(0), clip(0)), metrics.score(clip(0), clip(1))
    for name in ("lpips", "flolpips"):
        assert same[name] == pytest.approx(0, abs=1e-6)
        assert other[name] > 1e-3  # type: ignore[operator]
    assert len(same["features_original"]) == 3  # type: ignore[arg-type]


def test_lpips_is_differentiable_and_frozen(lpips_file: Path) -> None:
    metric = LPIPS.load(lpips_file)
    output = torch.rand(1, 3, 2, 64, 64, requires_grad=True)
    metric(output, torch.zeros_like(output)).backward()
    assert output.grad is not None
    assert all(parameter.grad is None for parameter in metric.parameters())


def test_frechet_distance_of_two_gaussians() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(0, 1, (20_000, 4))
    other = rng.normal(0.5, 2, (20_000, 4))
    # |m|^2 = 4 * 0.25; tr = 4 * (1 + 4 - 2 * 2).
    assert frechet_distance(one, other) == pytest.approx(5.0, rel=0.05)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-6)


def test_rfvd_stands_in_the_summary_not_in_the_rows(paths: PerceptualPaths) -> None:
    metrics = PerceptualMetrics(paths)
    rows = [
        {"clip": str(i), "mode": "plain", "frames": 3, **metrics.score(clip(i), clip(i + 9))}
        for i in range(4)
    ]
    assert summarise(rows)["plain"]["rfvd"] >= 0


def test_absent_files_are_named(tmp_path: Path, lpips_file: Path) -> None:
    with pytest.raises(H3AEError, match=r"no .*alex\.safetensors: AlexNet"):
        PerceptualMetrics(PerceptualPaths(lpips=tmp_path / "alex.safetensors"))
    with pytest.raises(H3AEError, match=r"no .*raft\.pt: an optical flow network"):
        PerceptualMetrics(PerceptualPaths(lpips_file, flow=tmp_path / "raft.pt"))
    with pytest.raises(H3AEError, match=r"no .*i3d\.pt: an I3D network"):
        PerceptualMetrics(PerceptualPaths(i3d=tmp_path / "i3d.pt"))
    (tmp_path / "i3d.pt").write_bytes(b"no program")
    with pytest.raises(H3AEError, match="no TorchScript program"):
        PerceptualMetrics(PerceptualPaths(i3d=tmp_path / "i3d.pt"))
    save_file({"features.0.weight": torch.zeros(1)}, tmp_path / "half.safetensors")
    with pytest.raises(H3AEError, match=r"lacks features\.0\.bias"):
        LPIPS.load(tmp_path / "half.safetensors")
