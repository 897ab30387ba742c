"""Convolutions in one, two and three dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_CONV_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def window_padding(
    call: Call, sizes: Sequence[int], kernel_sizes: Sequence[int], strides: Sequence[int]
) -> list[tuple[int, int]]:
    """Return the padding before and after each spatial axis of a window operation.

    Parameters
    ----------
    call : Call
        Read for `pad_type` and `pad`.
    sizes, kernel_sizes, strides : sequence of int
        Of each spatial axis; kernel sizes with their dilation.

    Returns
    -------
    list of (int, int)
        Amounts of zeros.

    Raises
    ------
    ValueError
        The padding type is unknown.
    """
    kind = call.word("pad_type", "valid").lower()
    if kind == "valid":
        return [(0, 0)] * len(sizes)
    if kind == "custom":
        amounts = call.integers("pad", [0] * (2 * len(sizes)))
        return list(zip(amounts[::2], amounts[1::2], strict=True))
    if kind not in ("same", "same_lower"):
        raise ValueError(f"unknown pad_type {kind!r}")
    pairs = []
    for size, window, stride in zip(sizes, kernel_sizes, strides, strict=True):
        total = max(0, (-(-size // stride) - 1) * stride + window - size)
        less, more = total // 2, total - total // 2
        pairs.append((more, less) if kind == "same_lower" else (less, more))
    return pairs


def pad_spatial(x: Tensor, pairs: Sequence[tuple[int, int]], value: float = 0.0) -> Tensor:
    """Pad the last axes by (before, after) amounts, first pair for the first of them."""
    amounts = [amount for pair in reversed(pairs) for amount in pair]
    return F.pad(x, amounts, value=value) if any(amounts) else x


@kernel("conv")
def _conv(call: Call) -> Tensor:
    x, weight, bias = call.tensor("x"), call.tensor("weight"), call.optional("bias")
    rank = x.ndim - 2
    ones = [1] * rank
    strides, dilations = call.integers("strides", ones), call.integers("dilations", ones)
    groups = call.integer("groups", 1)
    windows = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilations, strict=True)]
    pairs = window_padding(call, x.shape[2:], windows, strides)
    if all(before == after for before, after in pairs):
        padding = [before for before, _ in pairs]  # oneDNN pads without a copy
    else:
        x, padding = pad_spatial(x, pairs), [0] * rank
    convolve = _CONV[rank]
    if groups > 1 or call.arithmetic.accumulate_every is None:
        return convolve(x, weight, bias, strides, padding, dilations, groups)
    result = call.arithmetic.contract(
        x.shape[1],
        call.element,
        lambda c: convolve(x[:, c], weight[:, c], None, strides, padding, dilations, 1),
    )
    return result if bias is None else result.add_(bias.reshape(-1, *ones))


@kernel("conv_transpose")
def _conv_transpose(call: Call) -> Tensor:
    x, weight, bias = call.tensor("x"), call.tensor("weight"), call.optional("bias")
    rank = x.ndim - 2
    ones, zeros = [1] * rank, [0] * rank
    strides, dilations = call.integers("strides", ones), call.integers("dilations", ones)
    # The unpadded result, cut (or, where the declared shape asks for more, padded) to its place.
    full = _CONV_TRANSPOSE[rank](
        x, weight, None, strides, zeros, zeros, call.integer("groups", 1), dilations
    )
    kind = call.word("pad_type", "valid").lower()
    amounts = call.integers("pad", [0] * (2 * rank)) if kind == "custom" else [0] * (2 * rank)
    pairs = []
    for axis, (have, want) in enumerate(zip(full.shape[2:], call.output_shape[2:], strict=True)):
        before = max(0, have - want) // 2 if kind == "same" else amounts[2 * axis]
        pairs.append((-before, want - have + before))
    result = pad_spatial(full, pairs)
    return result if bias is None else result.add_(bias.reshape(-1, *ones))
