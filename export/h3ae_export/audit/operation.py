"""One operation of a traced network, as the rules see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch.fx import Node

# Names that say the same of a tensor's layout.
RESHAPES = frozenset(
    f"aten.{name}"
    for name in ("view", "reshape", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze")
)
PERMUTES = frozenset(
    f"aten.{name}" for name in ("permute", "transpose", "movedim", "t", "swapaxes")
)
CONVOLUTIONS = frozenset(
    f"aten.{name}"
    for name in (
        *("conv1d", "conv2d", "conv3d", "convolution"),
        *("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    )
)


@dataclass(frozen=True)
class Activation:
    """What an operation gave on real inputs, computed in float32.

    Attributes
    ----------
    max_abs : float
        Largest magnitude of the output; infinite where it is not finite.
    max_sum : float
        Largest sum that the operation formed on its way, for a reduction; else `max_abs`.
    subnormal_share : float
        Share of the outputs that fp16 cannot hold as normal numbers, zeros apart.
    """

    max_abs: float
    max_sum: float
    subnormal_share: float


@dataclass(frozen=True)
class Operation:
    """An operation with what flows in and out.

    Attributes
    ----------
    op : str
        ``namespace.name`` without the overload: ``aten.conv3d``.
    args, kwargs
        As called, tensors in place of nodes.
    inputs, outputs : tuple of Tensor
        Without data.
    module, layer : str
        Path and class of the innermost module.
    node : Node
        In its graph, for rules that look at its neighbours.
    activation : Activation, optional
        Where real inputs were run.
    """

    op: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    module: str
    layer: str
    node: Node = field(repr=False)
    activation: Activation | None = None

    @property
    def weight(self) -> Tensor | None:
        """The weight of a convolution."""
        return self.inputs[1] if self.op in CONVOLUTIONS else None

    @property
    def is_transposed(self) -> bool:
        """Whether it is a transposed convolution."""
        if self.op == "aten.convolution":
            return bool(self.args[6])
        return "conv_transpose" in self.op

    def tensors(self) -> Iterator[Tensor]:
        """Yield all inputs and outputs."""
        yield from self.inputs
        yield from self.outputs


def op_name(node: Node) -> str:
    """Return ``namespace.name`` of a node's target."""
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return str(getattr(node.target, "__name__", node.target))
    return str(schema.name).replace("::", ".")
