"""Whether bfloat16 pays on a machine: where it is emulated, it is 4 to 80 times slower."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Precision = Literal["no", "bf16", "auto"]


def resolve(precision: Precision) -> Literal["no", "bf16"]:
    """Turn `auto` into bf16 where this machine's GPU or CPU computes in it, else into float32."""
    if precision != "auto":
        return precision
    # Here and not above: reading a configuration must not wait for torch.
    import torch

    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "no"
    return "bf16" if computes_bf16(torch.cpu.get_capabilities()) else "no"


def computes_bf16(capabilities: Mapping[str, Any]) -> bool:
    """Whether a CPU with these capabilities (`torch.cpu.get_capabilities`) has bf16 units."""
    return any(value is True for name, value in capabilities.items() if "bf16" in name)
