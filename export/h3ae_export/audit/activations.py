"""Runs a traced network on real inputs and keeps what fp16 would have to hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, fx
from torch.export import ExportedProgram
from torch.fx import Node

from h3ae_export.audit.operation import Activation, op_name

LARGEST_FP16 = 65504.0
SMALLEST_NORMAL_FP16 = 2.0**-14

_REDUCTIONS = frozenset({"aten.mean", "aten.sum", "aten.var", "aten.linalg_vector_norm"})
_SQUARES = frozenset({"aten.var", "aten.linalg_vector_norm"})


def measure(
    program: ExportedProgram, batches: Iterable[tuple[Tensor, ...]]
) -> dict[str, Activation]:
    """Return the extremes of every operation's output over all batches of inputs.

    Parameters
    ----------
    program : ExportedProgram
        In float32.
    batches : iterable of tuple of Tensor
        Real inputs, in the order of the graph's.
    """
    module = program.module()
    if not isinstance(module, fx.GraphModule):
        raise TypeError(f"{type(module).__name__} is no graph")
    watch = _Watch(module)
    for inputs in batches:
        with torch.no_grad():
            watch.run(*inputs)
    return watch.seen


class _Watch(fx.Interpreter):
    """Interprets a graph, which frees values early, and looks at each of them."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.seen: dict[str, Activation] = {}

    def run_node(self, n: Node) -> Any:
        """Compute a node and record its output."""
        value = super().run_node(n)
        if n.op == "call_function" and isinstance(value, Tensor) and value.is_floating_point():
            found = _activation(value, self._largest_sum(n))
            self.seen[n.name] = _worse(found, self.seen.get(n.name))
        return value

    def _largest_sum(self, node: Node) -> float:
        """Return the largest sum that a reduction forms before it divides or takes a root."""
        name = op_name(node)
        if name not in _REDUCTIONS:
            return 0.0
        args, _ = self.fetch_args_kwargs_from_env(node)
        x = args[0].detach().abs()
        x = x.square() if name in _SQUARES else x
        dims = next((each for each in args[1:] if isinstance(each, (list, tuple))), None)
        return _largest(x.sum(dims) if dims else x.sum())


def _activation(value: Tensor, largest_sum: float) -> Activation:
    if not value.numel():
        return Activation(0.0, 0.0, 0.0)
    magnitude = value.detach().abs()
    largest = _largest(magnitude)
    small = torch.count_nonzero(magnitude < SMALLEST_NORMAL_FP16).item()
    zeros = magnitude.numel() - torch.count_nonzero(magnitude).item()
    return Activation(largest, max(largest, largest_sum), (small - zeros) / magnitude.numel())


def _largest(magnitude: Tensor) -> float:
    largest = magnitude.max().item()
    return largest if largest == largest else float("inf")  # NaN is as bad as it gets


def _worse(one: Activation, other: Activation | None) -> Activation:
    if other is None:
        return one
    return Activation(
        max(one.max_abs, other.max_abs),
        max(one.max_sum, other.max_sum),
        max(one.subnormal_share, other.subnormal_share),
    )
