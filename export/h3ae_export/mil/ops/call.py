"""What a kernel sees of the operation it computes."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from torch import Tensor

from h3ae_export.mil.program import Operation, Value
from h3ae_export.mil.rounding import Arithmetic
from h3ae_export.mil.types import ElementType


class Call:
    """The arguments of one operation in one run.

    Parameters
    ----------
    operation : Operation
        The operation.
    lookup : callable
        Gives the tensor of a value.
    arithmetic : Arithmetic
        How fp16 is carried out.
    states : mutable mapping of str to torch.Tensor
        The states of the run, by name.
    """

    def __init__(
        self,
        operation: Operation,
        lookup: Callable[[Value], Tensor],
        arithmetic: Arithmetic,
        states: MutableMapping[str, Tensor],
    ) -> None:
        self.operation = operation
        self.arithmetic = arithmetic
        self.states = states
        self.read: list[Tensor] = []
        self._lookup = lookup

    @property
    def element(self) -> ElementType:
        """Element type of the first output."""
        return self.operation.outputs[0].type.element

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Declared shape of the first output."""
        return self.operation.outputs[0].type.static_shape

    def has(self, name: str) -> bool:
        """Whether an argument is given."""
        return name in self.operation.arguments

    def value(self, name: str) -> Value:
        """Return an argument itself, not what it holds."""
        return self.values(name)[0]

    def values(self, name: str) -> tuple[Value, ...]:
        """Return the values of a list argument."""
        if not self.has(name):
            raise ValueError(f"its argument {name!r} is missing")
        return self.operation.arguments[name]

    def tensor(self, name: str) -> Tensor:
        """Return a tensor argument."""
        return self._tensor(self.value(name))

    def optional(self, name: str) -> Tensor | None:
        """Return a tensor argument, or None where it is left out."""
        return self.tensor(name) if self.has(name) else None

    def tensors(self, name: str) -> list[Tensor]:
        """Return the tensors of a list argument."""
        return [self._tensor(value) for value in self.values(name)]

    def _tensor(self, value: Value) -> Tensor:
        tensor = self._lookup(value)
        self.read.append(tensor)
        return tensor

    def _items(self, name: str) -> list[Any]:
        value = self.value(name)
        if value.constant is not None:
            items: list[Any] = value.constant().reshape(-1).tolist()
        else:
            items = self._lookup(value).reshape(-1).tolist()
        return items

    def integers(self, name: str, default: list[int] | None = None) -> list[int]:
        """Return a list of integers, `default` where it is left out."""
        if default is not None and not self.has(name):
            return default
        return [int(item) for item in self._items(name)]

    def flags(self, name: str, default: list[bool]) -> list[bool]:
        """Return a list of flags, `default` where it is left out."""
        return [bool(item) for item in self._items(name)] if self.has(name) else default

    def integer(self, name: str, default: int | None = None) -> int:
        """Return an integer, `default` where it is left out."""
        if default is not None and not self.has(name):
            return default
        return int(self._items(name)[0])

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number, `default` where it is left out."""
        if default is not None and not self.has(name):
            return default
        return float(self._items(name)[0])

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a flag, `default` where it is left out."""
        return bool(self._items(name)[0]) if self.has(name) else default

    def word(self, name: str, default: str) -> str:
        """Return a word, `default` where it is left out."""
        return str(self._items(name)[0]) if self.has(name) else default
