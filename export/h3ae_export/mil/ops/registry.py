"""The table of kernels: MIL operation type to the function that computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from h3ae_export.mil.ops.call import Call

Compute: TypeAlias = Callable[[Call], Tensor | Sequence[Tensor]]


@dataclass(frozen=True)
class Kernel:
    """How one operation type is computed.

    Parameters
    ----------
    compute : callable
        Takes the call, returns one tensor or one for each output. It never writes to what it
        read; what it returns may share memory with that.
    exact : bool
        Whether it only moves or picks values, so that fp16 in means fp16 out without rounding.
    """

    compute: Compute
    exact: bool


_KERNELS: dict[str, Kernel] = {}


def kernel(*types: str, exact: bool = False) -> Callable[[Compute], Compute]:
    """Register the decorated function as the kernel of one or more operation types."""

    def register(compute: Compute) -> Compute:
        for operation_type in types:
            if operation_type in _KERNELS:
                raise ValueError(f"two kernels for {operation_type!r}")
            _KERNELS[operation_type] = Kernel(compute, exact)
        return compute

    return register


def find(operation_type: str) -> Kernel | None:
    """Return the kernel of an operation type, None where there is none."""
    return _KERNELS.get(operation_type)


def supported_operations() -> frozenset[str]:
    """Return the operation types that have a kernel."""
    return frozenset(_KERNELS)
