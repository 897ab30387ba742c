"""What can go wrong between a saved Core ML package and its outputs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from h3ae_mobile.errors import H3AEError


class PackageError(H3AEError):
    """A package that cannot be read: missing, truncated, inconsistent, or no ML program."""

    def __init__(self, path: Path, problem: str, hint: str | None = None) -> None:
        super().__init__(f"{path}: {problem}", hint or "export it again")


class UnknownFunctionError(H3AEError):
    """The package has no function of that name."""

    def __init__(self, path: Path, function: str, known: Iterable[str]) -> None:
        super().__init__(
            f"{path} has no function {function!r}",
            f"it has: {', '.join(sorted(known))}",
        )


class UnsupportedOperationError(H3AEError):
    """The program holds an operation which the evaluator does not know."""

    def __init__(self, path: Path, operation_type: str, output: str) -> None:
        super().__init__(
            f"{path}: the evaluator does not support the operation {operation_type!r} "
            f"that computes {output!r}",
            "add a kernel for it under h3ae_export/mil/ops",
        )
        self.operation_type = operation_type
        self.output = output


class InputError(H3AEError):
    """An input is missing, unknown, or of the wrong shape or element type."""


class StateError(H3AEError):
    """A state is missing, unknown, or of the wrong shape or element type."""


class EvaluationError(H3AEError):
    """An operation failed, or its result is not what the file declares."""

    def __init__(self, path: Path, operation_type: str, output: str, problem: str) -> None:
        super().__init__(f"{path}: the operation {operation_type!r} of {output!r}: {problem}")
        self.operation_type = operation_type
        self.output = output
