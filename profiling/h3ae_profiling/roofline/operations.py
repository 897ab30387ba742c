"""FLOPs and bytes of every operation of an exported graph.

FLOPs are those of multiply-adds (two each), as torch's counter has them; element-wise arithmetic
is bound by its traffic and counts none. Bytes are those of an operation run alone: every tensor
it reads, once, and the one it writes. Views move nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import torch
from torch.export import ExportedProgram
from torch.fx import Node

Category = Literal["matrix", "elementwise", "reduction", "layout", "view"]


@dataclass(frozen=True)
class OperationCost:
    """One operation, or several equal ones.

    Attributes
    ----------
    graph, name, kind : str
        The bundle's graph, the module's path in it, and the operation, as ``conv2d``.
    category : str
        ``matrix`` does the arithmetic; ``layout`` copies and nothing else.
    shape : tuple of int
        Of the output.
    flops : int
        Of one call.
    bytes : int
        Read and written by one call.
    calls : int
        A clip.
    """

    graph: str
    name: str
    kind: str
    category: Category
    shape: tuple[int, ...]
    flops: int
    bytes: int
    calls: int = 1

    @property
    def intensity(self) -> float:
        """FLOPs a byte."""
        return self.flops / self.bytes if self.bytes else 0.0


def operations(
    program: ExportedProgram, graph: str, item_bytes: int, calls: int = 1
) -> list[OperationCost]:
    """Return the cost of every operation of an exported graph, in order.

    Parameters
    ----------
    program : ExportedProgram
        Not decomposed; on the meta device, if need be.
    graph : str
        Name in the bundle.
    item_bytes : int
        Of a floating-point number in memory: 4 for fp32, 2 for fp16, 1 for int8.
    calls : int
        Of the graph, a clip.
    """
    return [
        cost
        for node in program.graph.nodes
        if node.op == "call_function" and isinstance(node.meta.get("val"), torch.Tensor)
        for cost in _cost(node, graph, item_bytes, calls)
    ]


def _cost(node: Node, graph: str, item_bytes: int, calls: int) -> Iterator[OperationCost]:
    category = _category(node)
    kind = _kind(node)
    count = FLOPS.get(kind)
    yield OperationCost(
        graph=graph,
        name=_path(node) or node.name,
        kind=kind,
        category=category,
        shape=tuple(_value(node).shape),
        flops=0 if count is None else count(node),
        bytes=0 if category == "view" else _traffic(node, item_bytes),
        calls=calls,
    )


def _conv(node: Node) -> int:
    # Every output element is one dot product with the kernel (Cin / groups, k, ...).
    return 2 * _value(node).numel() * prod(_value(_input(node, 1)).shape[1:])


def _transposed_conv(node: Node) -> int:
    # The mirror image: every input element is spread by the kernel (Cin, Cout / groups, k, ...).
    return 2 * _value(_input(node, 0)).numel() * prod(_value(_input(node, 1)).shape[1:])


def _linear(node: Node) -> int:
    return 2 * int(_value(node).numel()) * int(_value(_input(node, 0)).shape[-1])


def _addmm(node: Node) -> int:
    return 2 * int(_value(node).numel()) * int(_value(_input(node, 1)).shape[-1])


def _attention(node: Node) -> int:
    query, key, value = (_value(_input(node, index)) for index in range(3))
    pairs = prod(query.shape[:-1]) * key.shape[-2]
    return 2 * pairs * (query.shape[-1] + value.shape[-1])


FLOPS: dict[str, Callable[[Node], int]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _conv),
    **dict.fromkeys(("conv_transpose2d", "conv_transpose3d"), _transposed_conv),
    **dict.fromkeys(("linear", "bmm", "mm", "matmul"), _linear),
    "addmm": _addmm,
    "scaled_dot_product_attention": _attention,
}

REDUCTIONS = {"softmax", "_softmax", "mean", "sum", "amax", "layer_norm", "group_norm", "rms_norm"}
REDUCTIONS |= {"native_layer_norm", "native_group_norm", "var_mean", "linalg_vector_norm"}
COPIES = {"cat", "concatenate", "stack", "pixel_shuffle", "pixel_unshuffle", "clone", "contiguous"}
COPIES |= {"pad", "constant_pad_nd", "replication_pad3d", "repeat", "repeat_interleave", "roll"}
COPIES |= {"permute", "transpose", "movedim", "flip", "copy", "copy_", "channel_shuffle"}
COPIES |= {"upsample_nearest2d", "upsample_nearest3d", "index", "index_select", "gather"}
# A reshape after a permutation is one copy with it, which the permutation has counted.
VIEWS = {"view", "reshape", "_unsafe_view", "unsqueeze", "squeeze", "expand", "select", "alias"}
VIEWS |= {"unbind", "split", "split_with_sizes", "chunk", "flatten", "unflatten", "getitem"}
VIEWS |= {"to", "_to_copy", "type_as", "detach", "dropout"}


def _kind(node: Node) -> str:
    return getattr(node.target, "__name__", str(node.target)).partition(".")[0]


def _category(node: Node) -> Category:
    kind = _kind(node)
    if kind in FLOPS:
        return "matrix"
    if kind in REDUCTIONS:
        return "reduction"
    if kind in COPIES:
        return "layout"
    if kind in VIEWS:
        return "view"
    if kind == "slice":
        return "layout" if _cuts_inside(node) else "view"
    return "elementwise"


def _cuts_inside(node: Node) -> bool:
    """Tell whether a slice leaves gaps in memory: only one along the outermost axis does not."""
    whole, kept = _value(_input(node, 0)).shape, _value(node).shape
    cut = next((axis for axis, (a, b) in enumerate(zip(whole, kept, strict=True)) if a != b), 0)
    strided = len(node.args) > 4 and node.args[4] != 1
    return bool(prod(whole[:cut]) > 1 or strided)


def _traffic(node: Node, item_bytes: int) -> int:
    tensors = {one.name: _value(one) for one in node.all_input_nodes if _is_tensor(one)}
    moved = [*tensors.values(), _value(node)]
    if _kind(node) == "slice":
        # It reads what it keeps.
        moved = [_value(node), _value(node)]
    return sum(_size(tensor, item_bytes) for tensor in moved)


def _size(tensor: torch.Tensor, item_bytes: int) -> int:
    width = item_bytes if tensor.is_floating_point() else tensor.element_size()
    return int(tensor.numel()) * width


def _input(node: Node, index: int) -> Node:
    found = node.args[index]
    if not isinstance(found, Node):
        raise TypeError(f"argument {index} of {node.name} is no tensor")
    return found


def _value(node: Node) -> torch.Tensor:
    value: torch.Tensor = node.meta["val"]
    return value


def _is_tensor(node: Node) -> bool:
    return isinstance(node.meta.get("val"), torch.Tensor)


def _path(node: Node) -> str:
    """Return the path of the module that the operation comes from."""
    stack: dict[str, Any] = node.meta.get("nn_module_stack") or {}
    return str(list(stack.values())[-1][0]) if stack else ""
