"""States kept outside the program, as Core ML's MLState keeps them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from h3ae_export.mil.errors import StateError
from h3ae_export.mil.program import Value
from h3ae_export.mil.rounding import compute_type


class State:
    """The buffers of one stream of predictions, zero at first.

    Parameters
    ----------
    values : iterable of Value
        The function's state inputs.

    Raises
    ------
    StateError
        A buffer's shape is open or beyond this machine's memory.
    """

    def __init__(self, values: Iterable[Value]) -> None:
        self._values = {value.name: value for value in values}
        self._tensors = {name: _zeros(value) for name, value in self._values.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the buffers."""
        return tuple(self._values)

    def read(self, name: str) -> npt.NDArray[np.generic]:
        """Return a copy of a buffer, in its declared element type.

        Raises
        ------
        StateError
            There is no such buffer.
        """
        element = self._value(name).type.element
        return self._tensors[name].numpy().astype(element.storage)

    def write(self, name: str, array: npt.NDArray[np.generic]) -> None:
        """Replace the contents of a buffer.

        Raises
        ------
        StateError
            There is no such buffer, or the array has another shape.
        """
        value = self._value(name)
        if array.shape != value.type.shape:
            raise StateError(f"the state {name!r} is {value.type}, not of shape {array.shape}")
        stored = torch.from_numpy(array.astype(value.type.element.storage))
        self._tensors[name] = stored.to(compute_type(value.type.element))

    def _value(self, name: str) -> Value:
        if name not in self._values:
            known = ", ".join(self._values) or "none"
            raise StateError(f"there is no state {name!r}", f"there are: {known}")
        return self._values[name]

    def tensors_for(self, values: Iterable[Value]) -> dict[str, Tensor]:
        """Return the tensors of a function's states, in a dictionary of their own.

        Raises
        ------
        StateError
            A state is not there, or of another type.
        """
        tensors = {}
        for value in values:
            if self._value(value.name).type != value.type:
                raise StateError(
                    f"the state {value.name!r} is {self._value(value.name).type}, "
                    f"the function wants {value.type}"
                )
            tensors[value.name] = self._tensors[value.name]
        return tensors

    def commit(self, tensors: dict[str, Tensor]) -> None:
        """Take over the tensors of a run that went well."""
        self._tensors.update(tensors)


def _zeros(value: Value) -> Tensor:
    try:
        return torch.zeros(value.type.static_shape, dtype=compute_type(value.type.element))
    except (RuntimeError, ValueError) as error:
        raise StateError(f"cannot make the state {value.name!r}: {error}") from error
