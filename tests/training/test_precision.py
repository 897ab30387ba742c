"""`auto` takes bfloat16 only where it is computed, not emulated."""

from __future__ import annotations

import torch

from h3ae_mobile.training.precision import computes_bf16, resolve


def test_what_is_asked_for_is_kept() -> None:
    assert resolve("no") == "no"
    assert resolve("bf16") == "bf16"


def test_units_not_names_decide() -> None:
    assert computes_bf16({"avx2": True, "amx_bf16": True})
    assert computes_bf16({"avx512_bf16": True, "cpu_name": "x"})
    assert not computes_bf16({"avx2": True, "avx512_bf16": False, "amx_tile": True})
    assert not computes_bf16({"cpu_name": "bf16"})


def test_auto_follows_this_machine() -> None:
    if torch.cuda.is_available():
        wanted = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        wanted = computes_bf16(torch.cpu.get_capabilities())
    assert resolve("auto") == ("bf16" if wanted else "no")
