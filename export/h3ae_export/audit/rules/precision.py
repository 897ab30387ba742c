"""Number types: casts, constants and functions that leave fp16."""

from __future__ import annotations

import torch

from h3ae_export.audit import sources
from h3ae_export.audit.operation import Operation
from h3ae_export.audit.rule import Setting, info, rule, warning

_ARITHMETIC = ("aten.add", "aten.sub", "aten.rsub", "aten.mul", "aten.div")
_BUFFERS = "h3ae_mobile/mobile: constants are buffers, which follow the graph's precision"


@rule(
    "silu-fp16",
    cure="h3ae_mobile/mobile/residual.py: x * sigmoid(x)",
    fp16_only=True,
    reactions={
        "xnnpack": warning(
            "computed in fp32 between two casts that no delegate takes (17 delegates in a stage)",
            sources.MEASURED_XNNPACK,
        ),
        "coreai": warning("brings casts to fp32", sources.COREAI_AUTHORING),
    },
)
def silu_fp16(operation: Operation, setting: Setting) -> bool:
    """Use the fused activation."""
    return operation.op == "aten.silu"


@rule(
    "number",
    cure=_BUFFERS,
    reactions={
        "xnnpack": info(
            "a Python number of another type than the tensor is cast outside the delegate",
            sources.MEASURED_XNNPACK,
        ),
        "coreai": warning(
            "a Python number is an fp32 constant, and a cast", sources.COREAI_AUTHORING
        ),
    },
)
def number(operation: Operation, setting: Setting) -> str | None:
    """Compute with a Python number: any in fp16, an integer in fp32."""
    if operation.op not in _ARITHMETIC or len(operation.inputs) > 1:
        return None
    dtype = operation.inputs[0].dtype
    kinds = (int, float) if dtype == torch.float16 else (int,)
    if dtype != torch.float16 and setting.target != "xnnpack":
        return None
    found = [each for each in operation.args if type(each) in kinds]
    return f"{found[0]}" if found else None


@rule(
    "cast",
    cure=f"{_BUFFERS}; h3ae_mobile/mobile/norm.py guards its range instead of widening",
    fp16_only=True,
    reactions={
        "coreml": warning(
            "leaves fp16, which is all the Neural Engine has", f"{sources.ANE_GUIDE}, chapter 3"
        ),
        "xnnpack": warning("casts are not delegated", sources.MEASURED_XNNPACK),
        "coreai": warning("leaves fp16", sources.COREAI_AUTHORING),
    },
)
def cast(operation: Operation, setting: Setting) -> str | None:
    """Change the number type of what is computed."""
    if operation.op not in ("aten.to", "aten._to_copy"):
        return None
    before, after = operation.inputs[0].dtype, operation.outputs[0].dtype
    return f"{_name(before)} to {_name(after)}" if before != after else None


@rule(
    "float64",
    cure="compute tables when building the graph, in float64, and store them as buffers",
    reactions={
        "coreml": info("converted to fp32 or fp16", sources.MEASURED_COREML),
        "xnnpack": warning(
            "not delegated: fp32 and fp16 alone are", f"{sources.XNNPACK_CONFIGS}: xnnpack_config"
        ),
        "coreai": warning("the Neural Engine has fp16 alone", sources.COREAI_AUTHORING),
    },
)
def float64(operation: Operation, setting: Setting) -> bool:
    """Compute in float64."""
    return any(tensor.dtype == torch.float64 for tensor in operation.outputs)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
