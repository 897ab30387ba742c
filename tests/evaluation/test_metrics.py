"""PSNR and SSIM against closed forms, VMAF against what it must prefer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.evaluation import metrics
from h3ae_mobile.evaluation.metrics import EQUAL_DB, score_clip, ssim, vmaf
from h3ae_mobile.video import synthetic_frames


def flat(*values: int, side: int = 32) -> np.ndarray:
    """Frames of one grey level each, `(T, side, side, 3)`."""
    levels = np.array(values, np.uint8)[:, None, None, None]
    return np.broadcast_to(levels, (len(values), side, side, 3)).copy()


def test_psnr_is_the_mean_over_frames() -> None:
    scores = score_clip(flat(100, 100), flat(110, 105))
    wanted = (20 * math.log10(255 / 10) + 20 * math.log10(255 / 5)) / 2
    assert scores.psnr_db == pytest.approx(wanted, rel=1e-12)
    assert scores.frames == 2


def test_equal_frames_count_as_a_finite_psnr() -> None:
    assert score_clip(flat(7, 9), flat(7, 9)).psnr_db == EQUAL_DB


def test_ssim_of_flat_frames_is_its_luminance_term() -> None:
    one, other = 100.0, 120.0
    stabiliser = (0.01 * 255) ** 2
    wanted = (2 * one * other + stabiliser) / (one**2 + other**2 + stabiliser)
    assert ssim(flat(100), flat(120)) == pytest.approx(wanted, abs=5e-4)
    assert ssim(flat(100), flat(100)) == pytest.approx(1, abs=1e-6)


def test_vmaf_prefers_the_original_to_less_of_it() -> None:
    pytest.importorskip("vmaf_torch")
    frames = np.stack(list(synthetic_frames(3, 96, 96, seed=0)))
    coarse = frames[:, ::4, ::4].repeat(4, 1).repeat(4, 2)
    whole, less = vmaf(frames, frames), vmaf(frames, coarse)
    assert whole is not None
    assert less is not None
    assert whole > 90
    assert less < whole - 20


def test_small_frames_have_no_vmaf() -> None:
    assert vmaf(flat(1), flat(1)) is None


@pytest.mark.parametrize("package", ["torchmetrics", "vmaf_torch"])
def test_a_package_that_is_not_there_is_named(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "find_spec", lambda name: None if name == package else True)
    with pytest.raises(MissingExtraError, match=rf"{package.replace('_', '-')}.*\[evaluate\]"):
        score_clip(flat(1), flat(1))


def test_clips_of_two_shapes_are_one_line() -> None:
    with pytest.raises(H3AEError, match="cannot be compared"):
        score_clip(flat(1, 2), flat(1))
