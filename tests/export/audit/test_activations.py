"""Real activations: extremes, sums on the way, and what is too small."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from h3ae_export.audit.activations import measure
from h3ae_export.audit.auditor import Auditor
from h3ae_export.audit.operation import Activation
from h3ae_export.audit.trace import operations, trace
from h3ae_mobile.mobile.norm import MobilePixelNorm
from h3ae_mobile.models.norm import PixelNorm
from tests.export.audit.tiny import FRAMES, fill, network


def seen(function: object, *batches: Tensor) -> dict[str, Activation]:
    program = trace(network(function), (batches[0],))  # type: ignore[arg-type]
    activations = measure(program, [(batch,) for batch in batches])
    return {op.op: op.activation for op in operations(program, activations) if op.activation}


def test_extremes_are_those_of_all_batches() -> None:
    one, other = fill(2.0)[0], fill(-30.0)[0]
    assert seen(lambda x: x + x, one, other)["aten.add"] == Activation(60.0, 60.0, 0.0)


def test_a_mean_forms_its_sum_on_the_way() -> None:
    found = seen(lambda x: x.mean(1), fill(3.0)[0])["aten.mean"]
    assert found.max_abs == 3.0
    assert found.max_sum == 3.0 * 8


def test_a_variance_forms_a_sum_of_squares() -> None:
    found = seen(lambda x: torch.linalg.vector_norm(x, dim=1), fill(3.0)[0])
    assert found["aten.linalg_vector_norm"].max_sum == 9.0 * 8


def test_what_is_not_finite_is_infinite() -> None:
    assert seen(lambda x: x / (x - x), fill(1.0)[0])["aten.div"].max_abs == math.inf
    assert seen(lambda x: (x - x) / (x - x), fill(1.0)[0])["aten.div"].max_abs == math.inf


def test_zero_is_no_subnormal_number() -> None:
    x = torch.tensor([0.0, 1e-6, 1e-3, 1.0])
    assert seen(lambda x: x + 0 * x, x)["aten.add"].subnormal_share == 0.25


@pytest.mark.parametrize("scale", [10.0, 200.0])
def test_the_guarded_norm_cures_the_plain_one(scale: float) -> None:
    """512 channels of 200: their squares sum to 2e7."""
    values = (scale * torch.ones(2, 512, 4, 4),)
    inputs = (torch.zeros(2, 512, 4, 4),)
    plain = Auditor(PixelNorm(512), inputs, "fp16", [values]).findings("coreml")
    assert ("overflow" in {f.rule for f in plain}) == (scale == 200.0)
    guarded = MobilePixelNorm(512, 1e-8, "fp16").float()
    rules = {f.rule for f in Auditor(guarded, inputs, "fp16", [values]).findings("coreml")}
    assert "overflow" not in rules


def test_values_do_not_matter_in_fp32() -> None:
    auditor = Auditor(network(lambda x: x * x), FRAMES, "fp32", [fill(1e3)])
    assert not auditor.findings("coreml")
