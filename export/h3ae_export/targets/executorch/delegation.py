"""What a lowered method leaves to its delegate, and what it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import fx

DELEGATE_CALL = "executorch_call_delegate"
# Picks one of a delegate's outputs: no kernel behind it.
_GETITEM = "getitem"


@dataclass(frozen=True)
class Delegation:
    """The calls of one lowered method.

    Attributes
    ----------
    calls : int
        Calls of the delegate: 1 where all is well, since every further one costs copies and
        changes of layout.
    outside : tuple of str
        Operations that run in portable kernels, each with the module that it comes from.
    """

    calls: int
    outside: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether the method is one call of the delegate and nothing else."""
        return self.calls == 1 and not self.outside

    def culprits(self, limit: int = 3) -> str:
        """Return the operations outside, each kind once."""
        names = list(dict.fromkeys(self.outside))
        more = f" and {len(names) - limit} more" if len(names) > limit else ""
        return ", ".join(names[:limit]) + more


def inspect(graph: fx.Graph) -> Delegation:
    """Count the calls in the graph of a lowered method."""
    calls = 0
    outside = []
    for node in graph.nodes:
        if node.op != "call_function":
            continue
        name = getattr(node.target, "__name__", str(node.target))
        if name == DELEGATE_CALL:
            calls += 1
        elif name != _GETITEM:
            outside.append(f"{name} in {_module_of(node)}")
    return Delegation(calls, tuple(outside))


def _module_of(node: fx.Node) -> str:
    stack: dict[str, tuple[str, Any]] = node.meta.get("nn_module_stack") or {}
    for path, kind in reversed(stack.values()):
        return f"{path or 'the graph'} ({str(kind).rpartition('.')[2]})"
    return "the graph"
