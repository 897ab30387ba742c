"""Traces a network to its operations, each with the module it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind
from torch.fx import Node
from torch.utils._pytree import tree_leaves, tree_map

from h3ae_export.audit.operation import Activation, Operation, op_name

# Bookkeeping of the tracer: no runtime ever sees it.
_BOOKKEEPING = ("aten._assert_tensor_metadata", "aten.sym_size", "aten._assert_scalar", "getitem")
_DATA = (InputKind.USER_INPUT,)


def trace(module: nn.Module, inputs: tuple[Tensor, ...]) -> ExportedProgram:
    """Export without decomposing, so that operations are still those of the source."""
    with torch.no_grad():
        return torch.export.export(module.eval(), inputs)


def operations(
    program: ExportedProgram, activations: Mapping[str, Activation] | None = None
) -> list[Operation]:
    """Return the operations that depend on the inputs; the others are folded by every target."""
    activations = activations or {}
    dependent = _input_names(program)
    found = []
    for node in program.graph.nodes:
        if node.op != "call_function" or not _depends(node, dependent):
            continue
        dependent.add(node.name)
        if op_name(node) not in _BOOKKEEPING:
            found.append(_operation(node, activations.get(node.name)))
    return found


def _input_names(program: ExportedProgram) -> set[str]:
    specs = program.graph_signature.input_specs
    return {str(spec.arg.name) for spec in specs if spec.kind in _DATA}


def _depends(node: Node, dependent: set[str]) -> bool:
    return any(each.name in dependent for each in node.all_input_nodes)


def _operation(node: Node, activation: Activation | None) -> Operation:
    args = tree_map(_value, node.args)
    kwargs = tree_map(_value, node.kwargs)
    module, layer = _origin(node)
    return Operation(
        op=op_name(node),
        args=args,
        kwargs=kwargs,
        inputs=_tensors((args, kwargs)),
        outputs=_tensors(node.meta.get("val")),
        module=module,
        layer=layer,
        node=node,
        activation=activation,
    )


def _value(argument: Any) -> Any:
    return argument.meta.get("val") if isinstance(argument, Node) else argument


def _tensors(tree: Any) -> tuple[Tensor, ...]:
    return tuple(leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor))


def _origin(node: Node) -> tuple[str, str]:
    """Return path and class of the innermost module that a node was traced in."""
    stack = node.meta.get("nn_module_stack")
    if not stack:
        return "", ""
    path, kind = list(stack.values())[-1]
    name = kind if isinstance(kind, str) else kind.__name__
    return str(path), name.rpartition(".")[2]
