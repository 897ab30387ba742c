"""Reductions over axes."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel


def _axes(call: Call, x: Tensor) -> list[int]:
    return sorted(axis % x.ndim for axis in call.integers("axes", list(range(x.ndim))))


def _sum(call: Call, x: Tensor) -> Tensor:
    """Sum over the axes of the call, in the accumulators of its arithmetic."""
    axes = _axes(call, x)
    if not axes:
        return x
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    rows = x.permute(*kept, *axes).flatten(len(kept))
    total = call.arithmetic.contract(
        rows.shape[-1], call.element, lambda terms: rows[..., terms].sum(-1)
    )
    if call.flag("keep_dims"):
        for axis in axes:
            total = total.unsqueeze(axis)
    return total


def _count(call: Call, x: Tensor) -> int:
    return math.prod(x.shape[axis] for axis in _axes(call, x))


@kernel("reduce_sum")
def _reduce_sum(call: Call) -> Tensor:
    return _sum(call, call.tensor("x"))


@kernel("reduce_mean")
def _reduce_mean(call: Call) -> Tensor:
    x = call.tensor("x")
    return _sum(call, x) / _count(call, x)


@kernel("reduce_sum_square")
def _reduce_sum_square(call: Call) -> Tensor:
    return _sum(call, call.tensor("x").square())


@kernel("reduce_l2_norm")
def _reduce_l2_norm(call: Call) -> Tensor:
    return _sum(call, call.tensor("x").square()).sqrt()


@kernel("reduce_l1_norm")
def _reduce_l1_norm(call: Call) -> Tensor:
    return _sum(call, call.tensor("x").abs())


@kernel("reduce_log_sum")
def _reduce_log_sum(call: Call) -> Tensor:
    return _sum(call, call.tensor("x")).log()


@kernel("reduce_log_sum_exp")
def _reduce_log_sum_exp(call: Call) -> Tensor:
    x = call.tensor("x")
    return torch.logsumexp(x, _axes(call, x), call.flag("keep_dims"))


@kernel("reduce_prod")
def _reduce_prod(call: Call) -> Tensor:
    x = call.tensor("x")
    keep = call.flag("keep_dims")
    for axis in reversed(_axes(call, x)):
        x = x.prod(axis, keepdim=keep)
    return x


@kernel("reduce_max", exact=True)
def _reduce_max(call: Call) -> Tensor:
    x = call.tensor("x")
    return torch.amax(x, _axes(call, x), call.flag("keep_dims"))


@kernel("reduce_min", exact=True)
def _reduce_min(call: Call) -> Tensor:
    x = call.tensor("x")
    return torch.amin(x, _axes(call, x), call.flag("keep_dims"))


def _register_position(name: str, function: Callable[[Tensor, int, bool], Tensor]) -> None:
    @kernel(name, exact=True)
    def _compute(call: Call) -> Tensor:
        return function(call.tensor("x"), call.integer("axis", -1), call.flag("keep_dims"))


_register_position("reduce_argmax", torch.argmax)
_register_position("reduce_argmin", torch.argmin)


@kernel("cumsum")
def _cumsum(call: Call) -> Tensor:
    x, axis = call.tensor("x"), call.integer("axis", 0)
    backwards = call.flag("reverse")
    x = x.flip(axis) if backwards else x
    total = x.cumsum(axis)
    if call.flag("exclusive"):
        total = total - x
    return total.flip(axis) if backwards else total
