"""A saved ML program in memory: functions made of operations over values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy.typing as npt

from h3ae_export.mil.errors import UnknownFunctionError
from h3ae_export.mil.features import Feature
from h3ae_export.mil.types import TensorType


@dataclass(frozen=True, eq=False)
class Value:
    """One value of a function: an input, a constant or the result of an operation.

    Parameters
    ----------
    name : str
        Unique within its function.
    type : TensorType
        Element type and shape as the file declares them.
    is_state : bool
        Whether it is a reference to a state of that type rather than a tensor.
    constant : callable, optional
        Reads the value of a constant; reading a weight maps the file and does not copy it.
    """

    name: str
    type: TensorType
    is_state: bool = False
    constant: Callable[[], npt.NDArray[Any]] | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation.

    Parameters
    ----------
    type : str
        MIL's name of it, `conv` for example.
    name : str
        The name the converter gave it.
    arguments : mapping of str to tuple of Value
        By parameter; more than one value where the parameter is a list (`concat`'s `values`).
        Parameters left at their default do not appear.
    outputs : tuple of Value
        What it computes.
    """

    type: str
    name: str
    arguments: Mapping[str, tuple[Value, ...]]
    outputs: tuple[Value, ...]

    @property
    def label(self) -> str:
        """The name of the first output, or of the operation where it has none."""
        return self.outputs[0].name if self.outputs else self.name


@dataclass(frozen=True, eq=False)
class Function:
    """One function of a program.

    Parameters
    ----------
    name : str
        `main` unless the package has several.
    opset : str
        Oldest system that runs it: `CoreML7` is iOS 17, `CoreML8` iOS 18.
    inputs, outputs : tuple of Value
        What it takes, states included, and what it returns.
    operations : tuple of Operation
        In order of execution; constants are values, not operations.
    input_features, output_features, state_features : mapping of str to Feature
        The interface that an app sees.
    """

    name: str
    opset: str
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    operations: tuple[Operation, ...]
    input_features: Mapping[str, Feature]
    output_features: Mapping[str, Feature]
    state_features: Mapping[str, Feature]


@dataclass(frozen=True, eq=False)
class Program:
    """A saved ML program.

    Parameters
    ----------
    path : pathlib.Path
        The package it was read from.
    specification_version : int
        Version of the file format: 8 for iOS 17, 9 for iOS 18.
    functions : mapping of str to Function
        By name.
    default_function : str
        The function that runs when none is named.
    """

    path: Path
    specification_version: int
    functions: Mapping[str, Function]
    default_function: str

    def function(self, name: str | None = None) -> Function:
        """Return a function, the default one if `name` is None.

        Raises
        ------
        UnknownFunctionError
            There is no such function.
        """
        name = self.default_function if name is None else name
        if name not in self.functions:
            raise UnknownFunctionError(self.path, name, self.functions)
        return self.functions[name]

    def operations(self, function: str | None = None) -> Iterator[Operation]:
        """Iterate over the operations of one function, in order of execution.

        Raises
        ------
        UnknownFunctionError
            There is no such function.
        """
        yield from self.function(function).operations
