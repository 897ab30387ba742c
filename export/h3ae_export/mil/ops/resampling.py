"""Resizing of the last two axes."""

from __future__ import annotations

import torch
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel


def _nearest(x: Tensor, height: int, width: int) -> Tensor:
    for axis, size in ((-2, height), (-1, width)):
        have = x.shape[axis]
        x = x.index_select(axis % x.ndim, torch.arange(size) * have // size)
    return x


def _points(have: int, want: int, mode: str) -> Tensor:
    """Return the places in [0, have - 1] at which a linear resize reads, shape (want,)."""
    index = torch.arange(want, dtype=torch.float32)
    if mode == "ALIGN_CORNERS" and want == 1:
        places = torch.full((1,), (have - 1) / 2)
    elif mode in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS"):
        places = index * ((have - 1) / max(want - 1, 1))
    elif mode == "DEFAULT":
        places = index * (have / want)
    elif mode == "OFFSET_CORNERS":
        places = (index + 0.5) * (max(1, have - 1) / want)
    elif mode == "UNALIGN_CORNERS":
        places = (index + 0.5) * (have / want) - 0.5
    else:
        raise ValueError(f"unknown sampling_mode {mode!r}")
    return places.clamp(0, have - 1)


def _linear(x: Tensor, height: int, width: int, mode: str) -> Tensor:
    for axis, size in ((x.ndim - 2, height), (x.ndim - 1, width)):
        have = x.shape[axis]
        places = _points(have, size, mode)
        low = places.floor().long()
        shape = [-1 if other == axis else 1 for other in range(x.ndim)]
        share = (places - low).reshape(shape)
        high = (low + 1).clamp_max(have - 1)
        x = torch.lerp(x.index_select(axis, low), x.index_select(axis, high), share)
    return x


def _scaled(call: Call, x: Tensor) -> tuple[int, int]:
    height, width = x.shape[-2:]
    return (
        int(height * call.number("scale_factor_height", 1.0)),
        int(width * call.number("scale_factor_width", 1.0)),
    )


@kernel("upsample_nearest_neighbor", exact=True)
def _upsample_nearest_neighbor(call: Call) -> Tensor:
    x = call.tensor("x")
    return _nearest(x, *_scaled(call, x))


@kernel("resize_nearest_neighbor", exact=True)
def _resize_nearest_neighbor(call: Call) -> Tensor:
    height, width = call.integer("target_size_height"), call.integer("target_size_width")
    return _nearest(call.tensor("x"), height, width)


@kernel("upsample_bilinear")
def _upsample_bilinear(call: Call) -> Tensor:
    x = call.tensor("x")
    aligned = call.flag("align_corners", True)
    mode = "STRICT_ALIGN_CORNERS" if aligned else "UNALIGN_CORNERS"
    return _linear(x, *_scaled(call, x), mode)


@kernel("resize_bilinear")
def _resize_bilinear(call: Call) -> Tensor:
    height, width = call.integer("target_size_height", 1), call.integer("target_size_width", 1)
    return _linear(call.tensor("x"), height, width, call.word("sampling_mode", "DEFAULT"))
