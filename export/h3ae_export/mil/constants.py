"""Constants as tensors: read or expanded when first needed, then kept."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from h3ae_export.mil.compressed import Array, expand, is_compressed
from h3ae_export.mil.program import Operation, Value
from h3ae_export.mil.rounding import compute_type


class Constants:
    """The constants of one function.

    Parameters
    ----------
    operations : iterable of Operation
        The function's operations, of which the compressed constants are taken.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._compressed = {
            output: (operation, place)
            for operation in operations
            if is_compressed(operation)
            for place, output in enumerate(operation.outputs)
        }
        self._tensors: dict[Value, Tensor] = {}

    def __contains__(self, value: Value) -> bool:
        return value.constant is not None or value in self._compressed

    def array(self, value: Value) -> Array:
        """Return a constant as it is stored or, if compressed, as it expands."""
        if value.constant is not None:
            return value.constant()
        operation, place = self._compressed[value]
        return expand(operation, self.array)[place]

    def tensor(self, value: Value) -> Tensor:
        """Return a constant in the type it is computed in."""
        if value not in self._tensors:
            array = self.array(value)
            if array.dtype.kind == "u" and array.dtype.itemsize > 1:
                array = array.astype("int64")  # torch has no conversions from these
            if not array.flags.writeable:
                array = array.copy()
            tensor = torch.from_numpy(array).to(compute_type(value.type.element))
            self._tensors[value] = tensor
        return self._tensors[value]
