from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from h3ae_export.mil import Arithmetic, Evaluator
from tests.export.mil.families import FP16_STEP, Case, check_family, noise
from tests.export.mil.saving import mb, save_built


def reduce(name: str, function, axes=(1, -1), keep=False) -> Case:
    return Case(
        lambda x: getattr(mb, name)(x=x, axes=list(axes), keep_dims=keep),
        lambda x: function(x, axes, keep),
    )


CASES = {
    "sum": reduce("reduce_sum", lambda x, a, k: x.sum(a, k)),
    "sum keep": reduce("reduce_sum", lambda x, a, k: x.sum(a, k), keep=True),
    "sum one": reduce("reduce_sum", lambda x, a, k: x.sum(a, k), axes=(0,)),
    "sum all": Case(lambda x: mb.reduce_sum(x=x, keep_dims=True), lambda x: x.sum((0, 1, 2), True)),
    "mean": reduce("reduce_mean", lambda x, a, k: x.mean(a, k), keep=True),
    "max": reduce("reduce_max", lambda x, a, k: x.amax(a, k)),
    "min": reduce("reduce_min", lambda x, a, k: x.amin(a, k), keep=True),
    "prod": reduce("reduce_prod", lambda x, a, k: x.prod(2).prod(1)),
    "l1": reduce("reduce_l1_norm", lambda x, a, k: x.abs().sum(a, k)),
    "l2": reduce("reduce_l2_norm", lambda x, a, k: x.square().sum(a, k).sqrt()),
    "squares": reduce("reduce_sum_square", lambda x, a, k: x.square().sum(a, k)),
    "log sum": Case(
        lambda x: mb.reduce_log_sum(x=mb.abs(x=x), axes=[1, 2]),
        lambda x: x.abs().sum((1, 2)).log(),
    ),
    "log sum exp": reduce("reduce_log_sum_exp", lambda x, a, k: x.logsumexp(a, k)),
    "argmax": Case(
        lambda x: mb.reduce_argmax(x=x, axis=1, keep_dims=True), lambda x: x.argmax(1, True)
    ),
    "argmin": Case(lambda x: mb.reduce_argmin(x=x, axis=-1), lambda x: x.argmin(-1)),
    "cumsum": Case(lambda x: mb.cumsum(x=x, axis=1), lambda x: x.cumsum(1)),
    "cumsum exclusive backwards": Case(
        lambda x: mb.cumsum(x=x, axis=2, exclusive=True, reverse=True),
        lambda x: x.flip(2).cumsum(2).flip(2) - x,
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_reductions(tmp_path, dtype):
    x = noise(2, 3, 4, dtype=dtype)
    # A sum of terms that cancel is exact to the size of the terms.
    tolerance = 4 * FP16_STEP if dtype is np.float16 else 1e-5
    check_family(tmp_path / "p.mlpackage", [x], CASES, tolerance=tolerance)


@pytest.fixture
def sum_of_squares(tmp_path):
    x = np.full((1, 512, 1), 16, np.float16)
    path = save_built(
        tmp_path / "p.mlpackage",
        [x],
        lambda x: mb.reduce_mean(x=mb.mul(x=x, y=x), axes=[1], keep_dims=True),
    )
    return path, {"in_0": x}


def test_fp16_sums_in_float32_accumulators(sum_of_squares):
    path, inputs = sum_of_squares
    (result,) = Evaluator(path).run(inputs).values()
    assert result.item() == 256


def test_fp16_accumulators_overflow(sum_of_squares):
    """512 squares of 16 sum to 131072: a processor that adds up in fp16 loses the mean."""
    path, inputs = sum_of_squares
    pessimist = Evaluator(path, arithmetic=Arithmetic(accumulate_every=32))
    (result,) = pessimist.run(inputs).values()
    assert math.isinf(result.item())
    without = Evaluator(path, arithmetic=Arithmetic(round_fp16=False, accumulate_every=32))
    assert without.run(inputs)[next(iter(without.outputs))].item() == 256


def test_fp16_accumulators_lose_small_terms(tmp_path):
    """Beyond 2048 fp16 cannot count by ones."""
    x = np.ones((1, 4096), np.float16)
    path = save_built(
        tmp_path / "p.mlpackage", [x], lambda x: mb.reduce_sum(x=x, axes=[1], keep_dims=True)
    )
    (result,) = Evaluator(path, arithmetic=Arithmetic(accumulate_every=1)).run({"in_0": x}).values()
    assert result.item() == 2048
    assert torch.ones(4096).sum() == 4096
