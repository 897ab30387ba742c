"""Rates by step, and what Muon does to a gradient."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from h3ae_mobile.training.config import OptimiserConfig, ScheduleConfig
from h3ae_mobile.training.optimiser import (
    ADAM_RMS,
    Muon,
    in_final_phase,
    make_optimisers,
    orthogonalise,
    rate_factor,
)


def test_the_papers_schedule() -> None:
    paper = ScheduleConfig(steps=80_000)
    assert not in_final_phase(paper, 69_999)
    assert in_final_phase(paper, 70_000)
    assert rate_factor(paper, 69_999) == 1
    assert rate_factor(paper, 70_000) == pytest.approx(0.1)


def test_warm_up_cosine_and_linear_end() -> None:
    schedule = ScheduleConfig(
        steps=100, warmup=10, shape="cosine", floor=0.2, final=0.5, final_shape="linear",
        final_rate=0.01,
    )  # fmt: skip
    factors = [rate_factor(schedule, step) for step in range(100)]
    assert factors[0] == pytest.approx(1 / 11)
    assert factors[49] == pytest.approx(0.2, abs=0.01)
    assert factors[99] == pytest.approx(0.2 * 0.01, abs=0.01)
    assert all(b <= a for a, b in pairwise(factors[10:]))


@pytest.mark.parametrize("shape", [(3, 8, 40), (3, 40, 8)])
def test_orthogonalising_keeps_the_singular_vectors(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    matrices = torch.randn(shape)
    u, s, vh = torch.linalg.svd(orthogonalise(matrices), full_matrices=False)
    assert s.min() > 0.5
    assert s.max() < 1.3
    ideal = torch.linalg.svd(matrices, full_matrices=False)
    polar = ideal.U @ ideal.Vh
    assert torch.cosine_similarity((u @ vh).flatten(1), polar.flatten(1)).min() > 0.99


def test_muon_moves_every_shape_by_its_rate() -> None:
    torch.manual_seed(0)
    parameters = [
        nn.Parameter(torch.zeros(shape)) for shape in [(16, 8, 3, 3, 3), (256, 32), (32, 16, 3, 3)]
    ]
    for parameter in parameters:
        parameter.grad = torch.randn_like(parameter)
    Muon(parameters, lr=0.01).step()
    for parameter in parameters:
        rms = parameter.detach().square().mean().sqrt()
        assert rms == pytest.approx(0.01 * ADAM_RMS, rel=0.3)


def test_every_parameter_has_one_optimiser() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Linear(8, 8))
    for name in ("adamw", "muon"):
        optimisers = make_optimisers(model, OptimiserConfig(name=name))  # type: ignore[arg-type]
        held = [p for o in optimisers for group in o.param_groups for p in group["params"]]
        assert sorted(map(id, held)) == sorted(map(id, model.parameters()))
