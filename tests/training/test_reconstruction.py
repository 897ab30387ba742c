"""The distances an objective may minimise, against closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from h3ae_mobile.training.reconstruction import RECONSTRUCTIONS, TINY, reconstruction_loss

SHAPE = (2, 3, 5, 4, 4)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("l1", (0.1 + 0.5) / 2),
        ("l2", (0.01 + 0.25) / 2),
        ("log", (math.log(0.01 + TINY) + math.log(0.25 + TINY)) / 2),
    ],
)
def test_samples_with_known_errors(kind: str, wanted: float) -> None:
    target = torch.randn(SHAPE, dtype=torch.float64)
    error = torch.tensor([0.1, -0.5], dtype=torch.float64).view(-1, 1, 1, 1, 1)
    got = reconstruction_loss(kind, target + error, target)  # type: ignore[arg-type]
    assert got.item() == pytest.approx(wanted, rel=1e-12)


def test_the_logarithm_follows_the_mean_psnr() -> None:
    target = torch.zeros(SHAPE, dtype=torch.float64)
    one = torch.full(SHAPE, 0.2, dtype=torch.float64)
    two = one * torch.tensor([0.5, 2.0], dtype=torch.float64).view(-1, 1, 1, 1, 1)
    # Half the error of one sample for twice that of another leaves the mean PSNR as it was.
    first, second = (reconstruction_loss("log", x, target).item() for x in (one, two))
    assert first == pytest.approx(second, abs=1e-2)
    assert reconstruction_loss("l2", two, target) > 2 * reconstruction_loss("l2", one, target)


@pytest.mark.parametrize("kind", RECONSTRUCTIONS)
def test_equal_videos_have_finite_gradients(kind: str) -> None:
    output = torch.zeros(SHAPE, requires_grad=True)
    reconstruction_loss(kind, output, torch.zeros(SHAPE)).backward()  # type: ignore[arg-type]
    assert output.grad is not None
    assert output.grad.isfinite().all()
