"""Quantised activations: `quantize` and `dequantize` of iOS 17."""

from __future__ import annotations

from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel

_RANGES = {"int8": (-128, 127), "uint8": (0, 255)}


def _along_axis(call: Call, parameter: Tensor, data: Tensor) -> Tensor:
    if parameter.ndim == 0:
        return parameter
    axis = call.integer("axis") % data.ndim
    return parameter.reshape([-1 if other == axis else 1 for other in range(data.ndim)])


@kernel("quantize")
def _quantize(call: Call) -> Tensor:
    x = call.tensor("input")
    steps = (x / _along_axis(call, call.tensor("scale"), x)).round()
    zero_point = call.optional("zero_point")
    if zero_point is not None:
        steps = steps + _along_axis(call, zero_point, x)
    return steps.clamp(*_RANGES[call.element.name])


@kernel("dequantize")
def _dequantize(call: Call) -> Tensor:
    steps = call.tensor("input").float()
    zero_point = call.optional("zero_point")
    if zero_point is not None:
        steps = steps - _along_axis(call, zero_point, steps)
    return steps * _along_axis(call, call.tensor("scale"), steps)
