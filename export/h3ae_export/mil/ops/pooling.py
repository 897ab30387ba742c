"""Pooling windows."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.conv import pad_spatial, window_padding
from h3ae_export.mil.ops.registry import kernel

_MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def _pool(
    call: Call, fill: float, window: Callable[[Tensor, list[int], list[int]], Tensor], x: Tensor
) -> Tensor:
    sizes = call.integers("kernel_sizes")
    strides = call.integers("strides", [1] * len(sizes))
    pairs = window_padding(call, x.shape[2:], sizes, strides)
    if call.flag("ceil_mode"):
        # The declared shape tells how far the last windows reach beyond the input.
        pairs = [
            (before, (count - 1) * stride + size - length - before)
            for (before, _), count, stride, size, length in zip(
                pairs, call.output_shape[2:], strides, sizes, x.shape[2:], strict=True
            )
        ]
    return window(pad_spatial(x, pairs, fill), sizes, strides)


@kernel("max_pool", exact=True)
def _max_pool(call: Call) -> Tensor:
    x = call.tensor("x")
    return _pool(call, -math.inf, _MAX[x.ndim - 2], x)


@kernel("avg_pool")
def _avg_pool(call: Call) -> Tensor:
    x = call.tensor("x")
    average = _AVERAGE[x.ndim - 2]
    result = _pool(call, 0.0, average, x)
    if not call.flag("exclude_padding_from_average"):
        return result
    return result / _pool(call, 0.0, average, torch.ones_like(x))
