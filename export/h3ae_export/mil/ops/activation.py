"""Activation functions and softmax."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel

_PLAIN: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "tanh": torch.tanh,
}
_PLAIN_EXACT: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "relu6": F.relu6}
_WITH_SLOPE: dict[str, Callable[[Tensor, float], Tensor]] = {
    "elu": F.elu,
    "leaky_relu": F.leaky_relu,
}
_WITH_LINE: dict[str, Callable[[Tensor, float, float], Tensor]] = {
    "clamped_relu": lambda x, alpha, beta: torch.where(x >= 0, x, alpha * x).clamp_max(beta),
    "linear_activation": lambda x, alpha, beta: alpha * x + beta,
    "scaled_tanh": lambda x, alpha, beta: alpha * torch.tanh(beta * x),
    "sigmoid_hard": lambda x, alpha, beta: (alpha * x + beta).clamp(0, 1),
}


def _register_plain(name: str, function: Callable[[Tensor], Tensor], exact: bool) -> None:
    @kernel(name, exact=exact)
    def _compute(call: Call) -> Tensor:
        return function(call.tensor("x"))


def _register_with_slope(name: str, function: Callable[[Tensor, float], Tensor]) -> None:
    @kernel(name)
    def _compute(call: Call) -> Tensor:
        return function(call.tensor("x"), call.number("alpha"))


def _register_with_line(name: str, function: Callable[[Tensor, float, float], Tensor]) -> None:
    @kernel(name)
    def _compute(call: Call) -> Tensor:
        return function(call.tensor("x"), call.number("alpha"), call.number("beta"))


for _name, _plain in _PLAIN.items():
    _register_plain(_name, _plain, exact=False)
for _name, _plain in _PLAIN_EXACT.items():
    _register_plain(_name, _plain, exact=True)
for _name, _slope in _WITH_SLOPE.items():
    _register_with_slope(_name, _slope)
for _name, _line in _WITH_LINE.items():
    _register_with_line(_name, _line)


@kernel("gelu")
def _gelu(call: Call) -> Tensor:
    x = call.tensor("x")
    mode = call.word("mode", "EXACT")
    if mode == "SIGMOID_APPROXIMATION":
        return x * torch.sigmoid(1.702 * x)
    return F.gelu(x, approximate="tanh" if mode == "TANH_APPROXIMATION" else "none")


@kernel("prelu")
def _prelu(call: Call) -> Tensor:
    return F.prelu(call.tensor("x"), call.tensor("alpha"))


@kernel("softmax")
def _softmax(call: Call) -> Tensor:
    return torch.softmax(call.tensor("x"), call.integer("axis", -1))
