"""Arithmetic, comparison and logic, element by element with numpy's broadcasting."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel
from h3ae_export.mil.rounding import compute_type


def _true_division(x: Tensor, y: Tensor) -> Tensor:
    # Integers divide towards zero, as their declared integer result implies.
    return x / y if x.is_floating_point() else torch.div(x, y, rounding_mode="trunc")


_BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "floor_div": torch.floor_divide,
    "mod": torch.remainder,
    "mul": torch.mul,
    "pow": torch.pow,
    "real_div": _true_division,
    "sub": torch.sub,
}
_BINARY_EXACT: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "equal": torch.eq,
    "greater": torch.gt,
    "greater_equal": torch.ge,
    "less": torch.lt,
    "less_equal": torch.le,
    "logical_and": torch.logical_and,
    "logical_or": torch.logical_or,
    "logical_xor": torch.logical_xor,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "not_equal": torch.ne,
}
_UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "acos": torch.acos,
    "asin": torch.asin,
    "atan": torch.atan,
    "atanh": torch.atanh,
    "cos": torch.cos,
    "cosh": torch.cosh,
    "erf": torch.erf,
    "exp": torch.exp,
    "exp2": torch.exp2,
    "sin": torch.sin,
    "sinh": torch.sinh,
    "sqrt": torch.sqrt,
    "square": torch.square,
    "tan": torch.tan,
}
_UNARY_EXACT: dict[str, Callable[[Tensor], Tensor]] = {
    "abs": torch.abs,
    "ceil": torch.ceil,
    "floor": torch.floor,
    "identity": lambda x: x,
    "logical_not": torch.logical_not,
    "round": torch.round,
    "sign": torch.sign,
}


def _register_binary(name: str, function: Callable[[Tensor, Tensor], Tensor], exact: bool) -> None:
    @kernel(name, exact=exact)
    def _compute(call: Call) -> Tensor:
        return function(call.tensor("x"), call.tensor("y"))


def _register_unary(name: str, function: Callable[[Tensor], Tensor], exact: bool) -> None:
    @kernel(name, exact=exact)
    def _compute(call: Call) -> Tensor:
        return function(call.tensor("x"))


for _name, _binary in _BINARY.items():
    _register_binary(_name, _binary, exact=False)
for _name, _binary in _BINARY_EXACT.items():
    _register_binary(_name, _binary, exact=True)
for _name, _unary in _UNARY.items():
    _register_unary(_name, _unary, exact=False)
for _name, _unary in _UNARY_EXACT.items():
    _register_unary(_name, _unary, exact=True)


# The epsilon is part of these three: an fp16 epsilon below 6e-8 is already zero in the file.
@kernel("rsqrt")
def _rsqrt(call: Call) -> Tensor:
    return torch.rsqrt(call.tensor("x") + call.number("epsilon", 1e-12))


@kernel("inverse")
def _inverse(call: Call) -> Tensor:
    return torch.reciprocal(call.tensor("x") + call.number("epsilon", 1e-4))


@kernel("log")
def _log(call: Call) -> Tensor:
    return torch.log(call.tensor("x") + call.number("epsilon", 1e-45))


@kernel("clip", exact=True)
def _clip(call: Call) -> Tensor:
    return torch.clamp(call.tensor("x"), call.number("alpha"), call.number("beta"))


@kernel("threshold", exact=True)
def _threshold(call: Call) -> Tensor:
    return torch.clamp(call.tensor("x"), min=call.number("alpha"))


@kernel("cast")
def _cast(call: Call) -> Tensor:
    return call.tensor("x").to(compute_type(call.element))


@kernel("select", exact=True)
def _select(call: Call) -> Tensor:
    return torch.where(call.tensor("cond").bool(), call.tensor("a"), call.tensor("b"))
