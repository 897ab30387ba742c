"""Holds every operation of a network against every rule of a target."""

from __future__ import annotations

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram

from h3ae_export.audit.activations import measure
from h3ae_export.audit.finding import AuditTarget, Finding, most_severe_first
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, registered
from h3ae_export.audit.trace import operations, trace
from h3ae_mobile.mobile.options import Precision

Inputs = tuple[Tensor, ...]


def audit(
    network: nn.Module | ExportedProgram,
    example_inputs: Inputs,
    target: AuditTarget,
    *,
    precision: Precision = "fp32",
    activations: Iterable[Inputs] | None = None,
) -> list[Finding]:
    """Find what a target will refuse, compute wrongly or run badly.

    Parameters
    ----------
    network : nn.Module or ExportedProgram
        In float32. A module is traced as it is, and for fp16 once more in half precision, whose
        casts differ.
    example_inputs : tuple of Tensor
        Of the shapes that will be exported, in float32.
    target : {"coreml", "xnnpack", "vulkan", "onnx", "coreai"}
        Who will run it.
    precision : {"fp32", "fp16"}
        Of the arithmetic that will run it.
    activations : iterable of tuple of Tensor, optional
        Real inputs: they are run in float32, and what fp16 could not hold is found.

    Returns
    -------
    list of Finding
        The most severe first.
    """
    return Auditor(network, example_inputs, precision, activations).findings(target)


class Auditor:
    """A network traced once, to be held against the rules of several targets.

    Parameters
    ----------
    network, example_inputs, precision, activations
        As in `audit`.
    """

    def __init__(
        self,
        network: nn.Module | ExportedProgram,
        example_inputs: Inputs,
        precision: Precision = "fp32",
        activations: Iterable[Inputs] | None = None,
    ) -> None:
        self.precision = precision
        self._operations = _structure(network, example_inputs, precision)
        if activations is not None and precision == "fp16":
            program = _program(network, example_inputs)
            seen = measure(program, activations)
            self._operations += [
                each for each in operations(program, seen) if each.activation is not None
            ]

    def findings(self, target: AuditTarget) -> list[Finding]:
        """Return what a target does not take, the most severe first."""
        setting = Setting(target, self.precision)
        judged = (
            each.judge(operation, setting)
            for operation in self._operations
            for each in registered().values()
            if each.by_values == (operation.activation is not None)
        )
        return most_severe_first(finding for finding in judged if finding is not None)


def _structure(
    network: nn.Module | ExportedProgram, inputs: Inputs, precision: Precision
) -> list[Operation]:
    if isinstance(network, nn.Module) and precision == "fp16":
        half = copy.deepcopy(network).half()
        return operations(trace(half, tuple(_half(tensor) for tensor in inputs)))
    return operations(_program(network, inputs))


def _program(network: nn.Module | ExportedProgram, inputs: Inputs) -> ExportedProgram:
    return trace(network, inputs) if isinstance(network, nn.Module) else network


def _half(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.dtype == torch.float32 else tensor
