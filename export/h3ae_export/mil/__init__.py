"""Run saved Core ML packages without Core ML, to prove them before they are published.

`Evaluator` runs a function of a `.mlpackage` on any machine, behind the interface that
`h3ae_mobile.engines.coreml` gives to Core ML itself on a Mac. `load_program` gives the program to
whoever wants to look at its operations.
"""

from h3ae_export.mil.errors import (
    EvaluationError,
    InputError,
    PackageError,
    StateError,
    UnknownFunctionError,
    UnsupportedOperationError,
)
from h3ae_export.mil.evaluator import Evaluator, Step
from h3ae_export.mil.features import Feature
from h3ae_export.mil.loading import load_program
from h3ae_export.mil.program import Function, Operation, Program, Value
from h3ae_export.mil.rounding import Arithmetic
from h3ae_export.mil.states import State

__all__ = [
    "Arithmetic",
    "EvaluationError",
    "Evaluator",
    "Feature",
    "Function",
    "InputError",
    "Operation",
    "PackageError",
    "Program",
    "State",
    "StateError",
    "Step",
    "UnknownFunctionError",
    "UnsupportedOperationError",
    "Value",
    "load_program",
]
