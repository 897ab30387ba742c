"""Run a family of operations in one program, and compare each with torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from h3ae_export.mil import Evaluator
from tests.export.mil.saving import save_built

# The spacing of fp16 numbers near 1: rounding once costs half of it.
FP16_STEP = 2.0**-10


@dataclass(frozen=True)
class Case:
    """One operation: how the MIL builder writes it, and what torch says it means."""

    build: Callable[..., Any]
    reference: Callable[..., torch.Tensor]


def check_family(
    path: Path,
    arrays: list[np.ndarray],
    cases: dict[str, Case],
    target: str = "iOS17",
    tolerance: float | None = None,
) -> None:
    """Assert that every case agrees with its reference.

    Every case is one output of one program, so that a family costs one conversion.
    """
    built = save_built(
        path, arrays, lambda *x: tuple(case.build(*x) for case in cases.values()), target
    )
    results = Evaluator(built).run(dict(zip(names(arrays), arrays, strict=True)))
    assert len(results) == len(cases)
    half = any(array.dtype == np.float16 for array in arrays)
    tolerance = tolerance or (FP16_STEP if half else 1e-5)
    tensors = [torch.from_numpy(a.astype(np.float32) if a.dtype.kind == "f" else a) for a in arrays]
    for (name, case), result in zip(cases.items(), results.values(), strict=True):
        expected = case.reference(*tensors).numpy()
        assert result.shape == expected.shape, name
        if expected.dtype.kind != "f":
            assert np.array_equal(result, expected.astype(result.dtype)), name
            continue
        np.testing.assert_allclose(
            result.astype(np.float64),
            expected.astype(np.float64),
            rtol=tolerance,
            atol=tolerance,
            err_msg=name,
        )


def names(arrays: list[np.ndarray]) -> list[str]:
    return [f"in_{index}" for index in range(len(arrays))]


def noise(*shape: int, dtype: type[np.generic] = np.float32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)
