"""Run one function of a saved ML program, operation by operation, on any machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from h3ae_export.mil import compressed
from h3ae_export.mil.constants import Constants
from h3ae_export.mil.errors import (
    EvaluationError,
    StateError,
    UnsupportedOperationError,
)
from h3ae_export.mil.features import Feature
from h3ae_export.mil.images import pixels_to_tensor, tensor_to_values, values_to_pixels
from h3ae_export.mil.inputs import check_inputs
from h3ae_export.mil.loading import load_program
from h3ae_export.mil.ops import registry
from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.program import Function, Operation, Program, Value
from h3ae_export.mil.rounding import Arithmetic, compute_type
from h3ae_export.mil.states import State

Array: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True)
class Step:
    """What a watcher is told after each operation.

    Parameters
    ----------
    done, total : int
        Operations computed so far, and in all.
    operation : Operation
        The one just computed.
    results : tuple of torch.Tensor
        Its outputs, rounded. To be read, not written or kept: the evaluator frees them.
    """

    done: int
    total: int
    operation: Operation
    results: tuple[Tensor, ...]


Watch: TypeAlias = Callable[[Step], None]

# What torch, numpy and Python raise for arguments that do not fit, or sizes that no machine has.
_KERNEL_FAILURES = (
    ArithmeticError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)


class Evaluator:
    """One function of a saved Core ML package, ready to run.

    fp16 results are rounded as `rounding` says. A value is freed after its last use, so memory
    follows the widest point of the graph and not its length; weights are mapped from the file and
    kept in float32 once used. Torch's own threads do the work.

    Parameters
    ----------
    source : str, pathlib.Path or Program
        A `.mlpackage`, or a program already read.
    function : str, optional
        Function of a package that has several; the default one if None.
    arithmetic : Arithmetic, optional
        How fp16 operations are carried out.

    Raises
    ------
    PackageError
        The package cannot be read.
    UnknownFunctionError
        It has no such function.
    UnsupportedOperationError
        The function holds an operation without a kernel.
    """

    def __init__(
        self,
        source: str | Path | Program,
        function: str | None = None,
        *,
        arithmetic: Arithmetic | None = None,
    ) -> None:
        self.program = source if isinstance(source, Program) else load_program(source)
        self.function: Function = self.program.function(function)
        self.arithmetic = arithmetic or Arithmetic()
        self._constants = Constants(self.function.operations)
        self._plan = _plan(self.program, self.function)
        self._state_values = tuple(value for value in self.function.inputs if value.is_state)

    @property
    def inputs(self) -> Mapping[str, Feature]:
        """The arrays and images that `run` takes."""
        return self.function.input_features

    @property
    def outputs(self) -> Mapping[str, Feature]:
        """The arrays and images that `run` returns."""
        return self.function.output_features

    @property
    def states(self) -> Mapping[str, Feature]:
        """The buffers that a state holds."""
        return self.function.state_features

    def new_state(self) -> State:
        """Return a state whose buffers are zero; an empty one for a function without states."""
        return State(self._state_values)

    def run(
        self,
        inputs: Mapping[str, Array],
        state: State | None = None,
        *,
        watch: Watch | None = None,
        pixels: bool = True,
    ) -> dict[str, Array]:
        """Compute the function once.

        Parameters
        ----------
        inputs : mapping of str to numpy.ndarray
            One array for each of `inputs`; floating point arrays of any width are taken for
            floating point inputs. Images are (H, W, 3) in RGB order or (H, W), values 0 to 255.
        state : State, optional
            Read and, if the whole run goes well, updated. Needed if the function has states.
        watch : callable, optional
            Called after each operation, for progress or to look at values; what it raises ends
            the run.
        pixels : bool
            Return images as pixel buffers (uint8), as Core ML would. If false, as the float32
            values that they are made from.

        Returns
        -------
        dict of str to numpy.ndarray
            One array for each of `outputs`, of the element type that the file declares.

        Raises
        ------
        InputError
            An input is missing, unknown or of the wrong shape or type.
        StateError
            The state is missing or another function's.
        EvaluationError
            An operation failed, or its result is not what the file declares.
        """
        environment = self._bind(inputs)
        if state is None and self._state_values:
            names = ", ".join(value.name for value in self._state_values)
            raise StateError(f"the function keeps state ({names})", "pass one from new_state()")
        states = state.tensors_for(self._state_values) if state else {}
        with torch.no_grad():
            for done, step in enumerate(self._plan, 1):
                results = self._compute(step, environment, states)
                for value, result in zip(step.operation.outputs, results, strict=True):
                    environment[value] = result
                if watch is not None:
                    watch(Step(done, len(self._plan), step.operation, results))
                for value in step.last_uses:
                    del environment[value]
            outputs = {
                value.name: self._present(value, self._lookup(value, environment), pixels)
                for value in self.function.outputs
                if value.name in self.outputs
            }
        if state is not None:
            state.commit(states)
        return outputs

    def _lookup(self, value: Value, environment: Mapping[Value, Tensor]) -> Tensor:
        return self._constants.tensor(value) if value in self._constants else environment[value]

    def _compute(
        self, step: _PlannedStep, environment: Mapping[Value, Tensor], states: dict[str, Tensor]
    ) -> tuple[Tensor, ...]:
        operation = step.operation
        call = Call(
            operation,
            lambda value: self._lookup(value, environment),
            self.arithmetic,
            states,
        )
        try:
            results = step.kernel.compute(call)
            results = (results,) if isinstance(results, Tensor) else tuple(results)
            if len(results) != len(operation.outputs):
                raise ValueError(f"{len(results)} results for {len(operation.outputs)} outputs")
        except _KERNEL_FAILURES as error:
            raise self._error(operation, " ".join(str(error).split())) from error
        settled = []
        for value, result in zip(operation.outputs, results, strict=True):
            if not value.type.accepts(tuple(result.shape)):
                raise self._error(
                    operation, f"it gave the shape {list(result.shape)}, declared is {value.type}"
                )
            settled.append(
                self.arithmetic.settle(
                    result, value.type.element, call.read, exact=step.kernel.exact
                )
            )
        return tuple(settled)

    def _error(self, operation: Operation, problem: str) -> EvaluationError:
        return EvaluationError(self.program.path, operation.type, operation.label, problem)

    def _bind(self, inputs: Mapping[str, Array]) -> dict[Value, Tensor]:
        check_inputs(inputs, self.inputs)
        return {
            value: self._bind_one(value, np.asarray(inputs[value.name]))
            for value in self.function.inputs
            if not value.is_state
        }

    def _bind_one(self, value: Value, array: Array) -> Tensor:
        feature = self.inputs[value.name]
        if feature.is_image:
            tensor = pixels_to_tensor(array, feature)
        else:
            # A copy: the caller may change the array while a state still holds the tensor.
            tensor = torch.from_numpy(array.astype(feature.dtype))
        tensor = tensor.to(compute_type(value.type.element))
        return self.arithmetic.settle(tensor, value.type.element, (), exact=False)

    def _present(self, value: Value, tensor: Tensor, pixels: bool) -> Array:
        feature = self.outputs[value.name]
        if not feature.is_image:
            return tensor.numpy().astype(feature.dtype)
        values = tensor_to_values(tensor, feature)
        return values_to_pixels(values, feature) if pixels else values


@dataclass(frozen=True)
class _PlannedStep:
    operation: Operation
    kernel: registry.Kernel
    last_uses: tuple[Value, ...]


def _plan(program: Program, function: Function) -> tuple[_PlannedStep, ...]:
    """Find the kernel of each operation, and the values that nothing needs after it."""
    kernels: list[tuple[Operation, registry.Kernel]] = []
    for operation in function.operations:
        if compressed.is_compressed(operation):
            if not compressed.is_supported(operation.type):
                raise UnsupportedOperationError(program.path, operation.type, operation.label)
            continue
        kernel = registry.find(operation.type)
        if kernel is None:
            raise UnsupportedOperationError(program.path, operation.type, operation.label)
        kernels.append((operation, kernel))
    needed = set(function.outputs)
    computed = {value for value in function.inputs if not value.is_state}
    computed.update(value for operation, _ in kernels for value in operation.outputs)
    steps: list[_PlannedStep] = []
    for operation, kernel in reversed(kernels):
        arguments = (value for values in operation.arguments.values() for value in values)
        touched = dict.fromkeys((*operation.outputs, *arguments))
        ending = tuple(value for value in touched if value in computed and value not in needed)
        needed.update(ending)
        steps.append(_PlannedStep(operation, kernel, ending))
    return tuple(reversed(steps))
