from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.export.mil.families import Case, check_family, noise
from tests.export.mil.saving import mb


def binary(name: str, function) -> Case:
    return Case(lambda x, y: getattr(mb, name)(x=x, y=y), function)


def compare(name: str, function) -> Case:
    # A model cannot return booleans.
    return Case(
        lambda x, y: mb.cast(x=getattr(mb, name)(x=x, y=y), dtype="int32"),
        lambda x, y: function(x, y).int(),
    )


BINARY = {
    "add": binary("add", torch.add),
    "sub": binary("sub", torch.sub),
    "mul": binary("mul", torch.mul),
    "real_div": binary("real_div", torch.div),
    "floor_div": binary("floor_div", lambda x, y: torch.floor(x / y)),
    "mod": binary("mod", torch.remainder),
    "maximum": binary("maximum", torch.maximum),
    "minimum": binary("minimum", torch.minimum),
    "pow": Case(lambda x, y: mb.pow(x=mb.abs(x=x), y=y), lambda x, y: x.abs() ** y),
    "greater": compare("greater", torch.gt),
    "greater_equal": compare("greater_equal", torch.ge),
    "less": compare("less", torch.lt),
    "less_equal": compare("less_equal", torch.le),
    "equal": compare("equal", torch.eq),
    "not_equal": compare("not_equal", torch.ne),
    "select": Case(
        lambda x, y: mb.select(cond=mb.greater(x=x, y=y), a=x, b=mb.sub(x=y, y=x)),
        lambda x, y: torch.where(x > y, x, y - x),
    ),
    "logical": Case(
        lambda x, y: mb.cast(
            x=mb.logical_xor(
                x=mb.logical_not(x=mb.greater(x=x, y=y)),
                y=mb.logical_or(
                    x=mb.logical_and(x=mb.less(x=x, y=0.0), y=mb.less(x=y, y=0.0)),
                    y=mb.greater(x=x, y=0.5),
                ),
            ),
            dtype="int32",
        ),
        lambda x, y: (~(x > y) ^ (((x < 0) & (y < 0)) | (x > 0.5))).int(),
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_binary_operations_broadcast(tmp_path, dtype):
    x, y = noise(2, 3, 4, dtype=dtype), noise(3, 1, dtype=dtype, seed=1)
    cases = dict(BINARY)
    if dtype is np.float16:
        del cases["logical"]  # compares with fp32 literals
    check_family(tmp_path / "p.mlpackage", [x, y], cases)


@dataclass(frozen=True)
class Unary:
    name: str
    reference: Callable[[torch.Tensor], torch.Tensor]
    arguments: dict[str, float | int | str]

    def case(self, dtype) -> Case:
        """Spell scalar parameters in the element type of the program."""
        arguments = {
            key: dtype(value) if isinstance(value, float) else value
            for key, value in self.arguments.items()
        }
        return Case(lambda x: getattr(mb, self.name)(x=x, **arguments), self.reference)


def unary(name: str, function, **arguments) -> Unary:
    return Unary(name, function, arguments)


UNARY = {
    "abs": unary("abs", torch.abs),
    "acos": unary("acos", torch.acos),
    "asin": unary("asin", torch.asin),
    "atan": unary("atan", torch.atan),
    "atanh": unary("atanh", torch.atanh),
    "ceil": unary("ceil", torch.ceil),
    "clip": unary("clip", lambda x: x.clamp(0.25, 0.75), alpha=0.25, beta=0.75),
    "cos": unary("cos", torch.cos),
    "cosh": unary("cosh", torch.cosh),
    "erf": unary("erf", torch.erf),
    "exp": unary("exp", torch.exp),
    "exp2": unary("exp2", torch.exp2),
    "floor": unary("floor", torch.floor),
    "inverse": unary("inverse", lambda x: 1 / (x + 0.5), epsilon=0.5),
    "log": unary("log", lambda x: torch.log(x + 0.5), epsilon=0.5),
    "round": unary("round", torch.round),
    "rsqrt": unary("rsqrt", lambda x: 1 / torch.sqrt(x + 0.5), epsilon=0.5),
    "sign": unary("sign", torch.sign),
    "sin": unary("sin", torch.sin),
    "sinh": unary("sinh", torch.sinh),
    "sqrt": unary("sqrt", torch.sqrt),
    "square": unary("square", torch.square),
    "tan": unary("tan", torch.tan),
    "tanh": unary("tanh", torch.tanh),
    "threshold": unary("threshold", lambda x: x.clamp(min=0.5), alpha=0.5),
    "relu": unary("relu", F.relu),
    "relu6": unary("relu6", F.relu6),
    "sigmoid": unary("sigmoid", torch.sigmoid),
    "silu": unary("silu", F.silu),
    "softplus": unary("softplus", F.softplus),
    "softsign": unary("softsign", F.softsign),
    "softmax": unary("softmax", lambda x: x.softmax(1), axis=1),
    "gelu": unary("gelu", F.gelu, mode="EXACT"),
    "gelu tanh": unary("gelu", lambda x: F.gelu(x, approximate="tanh"), mode="TANH_APPROXIMATION"),
    "gelu sigmoid": unary(
        "gelu", lambda x: x * torch.sigmoid(1.702 * x), mode="SIGMOID_APPROXIMATION"
    ),
    "elu": unary("elu", lambda x: F.elu(x, 0.5), alpha=0.5),
    "leaky_relu": unary("leaky_relu", lambda x: F.leaky_relu(x, 0.25), alpha=0.25),
    "clamped_relu": unary(
        "clamped_relu", lambda x: F.leaky_relu(x, 0.25).clamp(max=0.5), alpha=0.25, beta=0.5
    ),
    "linear_activation": unary(
        "linear_activation", lambda x: 0.5 * x - 0.25, alpha=0.5, beta=-0.25
    ),
    "scaled_tanh": unary("scaled_tanh", lambda x: 0.5 * torch.tanh(2 * x), alpha=0.5, beta=2.0),
    "sigmoid_hard": unary(
        "sigmoid_hard", lambda x: (0.5 * x + 0.25).clamp(0, 1), alpha=0.5, beta=0.25
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_unary_operations(tmp_path, dtype):
    # Within (0, 1), where all of them are defined, and past it where they are.
    x = np.random.default_rng(0).uniform(0.01, 0.99, (2, 3, 4)).astype(dtype)
    cases = {name: case.case(dtype) for name, case in UNARY.items()}
    check_family(tmp_path / "p.mlpackage", [x], cases)


SIGNED = [
    "abs", "atan", "ceil", "cos", "elu", "erf", "exp", "floor", "gelu", "gelu tanh",
    "gelu sigmoid", "leaky_relu", "clamped_relu", "relu", "relu6", "round", "sigmoid", "sign",
    "sigmoid_hard", "silu", "sin", "softplus", "softsign", "tanh",
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_unary_operations_below_zero(tmp_path, dtype):
    x = -3 * np.random.default_rng(0).uniform(0.01, 0.99, (2, 3, 4)).astype(dtype)
    cases = {name: UNARY[name].case(dtype) for name in SIGNED}
    check_family(tmp_path / "p.mlpackage", [x], cases)


def test_integers_stay_integers(tmp_path):
    x = np.array([[7, -7, 5], [9, -2, 0]], np.int32)
    y = np.array([2, 3, -4], np.int32)
    check_family(
        tmp_path / "p.mlpackage",
        [x, y],
        {
            "add": binary("add", torch.add),
            "mul": binary("mul", torch.mul),
            "floor_div": binary("floor_div", torch.floor_divide),
            "mod": binary("mod", torch.remainder),
            "real_div": binary("real_div", lambda x, y: torch.div(x, y, rounding_mode="trunc")),
            "cast": Case(
                lambda x, y: mb.cast(x=mb.cast(x=x, dtype="fp16"), dtype="int32"),
                lambda x, y: x,
            ),
        },
    )


def test_cast_truncates_towards_zero(tmp_path):
    x = np.array([1.9, -1.9, 0.4, -0.4], np.float32)
    check_family(
        tmp_path / "p.mlpackage",
        [x],
        {"cast": Case(lambda x: mb.cast(x=x, dtype="int32"), lambda x: x.trunc().int())},
    )
