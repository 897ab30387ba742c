"""Operations that only move values: shapes, orders, joins, copies."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel


@kernel("reshape", exact=True)
def _reshape(call: Call) -> Tensor:
    x = call.tensor("x")
    # 0 keeps the input's dimension of that place, counted from the right since iOS 17 allows
    # another rank; -1 takes what is left.
    wanted = call.integers("shape")
    kept = [1] * len(wanted) + list(x.shape)
    sizes = zip(wanted, kept[len(kept) - len(wanted) :], strict=True)
    return x.reshape([have if want == 0 else want for want, have in sizes])


@kernel("transpose", exact=True)
def _transpose(call: Call) -> Tensor:
    return call.tensor("x").permute(call.integers("perm"))


@kernel("expand_dims", exact=True)
def _expand_dims(call: Call) -> Tensor:
    x, axes = call.tensor("x"), call.integers("axes")
    rank = x.ndim + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        x = x.unsqueeze(axis)
    return x


@kernel("squeeze", exact=True)
def _squeeze(call: Call) -> Tensor:
    x = call.tensor("x")
    axes = call.integers("axes", [axis for axis, size in enumerate(x.shape) if size == 1])
    return x.squeeze([axis % x.ndim for axis in axes])


@kernel("concat", exact=True)
def _concat(call: Call) -> Tensor:
    values, axis = call.tensors("values"), call.integer("axis")
    if not call.flag("interleave"):
        return torch.cat(values, axis)
    axis %= values[0].ndim
    return torch.stack(values, axis + 1).flatten(axis, axis + 1)


@kernel("stack", exact=True)
def _stack(call: Call) -> Tensor:
    return torch.stack(call.tensors("values"), call.integer("axis"))


@kernel("split", exact=True)
def _split(call: Call) -> Sequence[Tensor]:
    x, axis = call.tensor("x"), call.integer("axis")
    if call.has("split_sizes"):
        return torch.split(x, call.integers("split_sizes"), axis)
    return torch.split(x, x.shape[axis] // call.integer("num_splits"), axis)


@kernel("tile", exact=True)
def _tile(call: Call) -> Tensor:
    return call.tensor("x").repeat(call.integers("reps"))


@kernel("reverse", exact=True)
def _reverse(call: Call) -> Tensor:
    x = call.tensor("x")
    return x.flip(call.integers("axes", list(range(x.ndim))))


@kernel("pad", exact=True)
def _pad(call: Call) -> Tensor:
    x, amounts = call.tensor("x"), call.integers("pad")
    # MIL counts from the first of the last dimensions, torch from the very last.
    pairs = [(amounts[i], amounts[i + 1]) for i in range(0, len(amounts), 2)]
    torch_order = [amount for pair in reversed(pairs) for amount in pair]
    mode = call.word("mode", "constant")
    if mode == "constant":
        return F.pad(x, torch_order, value=call.number("constant_val", 0.0))
    # torch wants leading dimensions before padded ones; MIL may pad any of the last.
    while len(torch_order) > 2 and torch_order[-2:] == [0, 0]:
        torch_order = torch_order[:-2]
    leading = x.ndim - len(torch_order) // 2
    padded = F.pad(x.reshape(1, -1, *x.shape[leading:]), torch_order, mode=mode)
    return padded.reshape(*x.shape[:leading], *padded.shape[2:])


@kernel("pixel_shuffle", exact=True)
def _pixel_shuffle(call: Call) -> Tensor:
    return F.pixel_shuffle(call.tensor("x"), call.integer("upscale_factor"))


@kernel("pixel_unshuffle", exact=True)
def _pixel_unshuffle(call: Call) -> Tensor:
    return F.pixel_unshuffle(call.tensor("x"), call.integer("downscale_factor"))


@kernel("depth_to_space", exact=True)
def _depth_to_space(call: Call) -> Tensor:
    # Unlike pixel_shuffle's, a block's place varies slowest over the channels.
    x, block = call.tensor("x"), call.integer("block_size")
    n, channels, height, width = x.shape
    x = x.reshape(n, block, block, channels // block**2, height, width)
    return x.permute(0, 3, 4, 1, 5, 2).reshape(n, -1, height * block, width * block)


@kernel("space_to_depth", exact=True)
def _space_to_depth(call: Call) -> Tensor:
    x, block = call.tensor("x"), call.integer("block_size")
    n, channels, height, width = x.shape
    x = x.reshape(n, channels, height // block, block, width // block, block)
    return x.permute(0, 3, 5, 1, 2, 4).reshape(n, -1, height // block, width // block)


@kernel("crop", exact=True)
def _crop(call: Call) -> Tensor:
    x = call.tensor("x")
    (top, bottom), (left, right) = call.integers("crop_height"), call.integers("crop_width")
    return x[..., top : x.shape[-2] - bottom, left : x.shape[-1] - right]


@kernel("band_part", exact=True)
def _band_part(call: Call) -> Tensor:
    x = call.tensor("x")
    lower, upper = call.integer("lower", -1), call.integer("upper", -1)
    x = torch.tril(x, upper) if upper >= 0 else x
    return torch.triu(x, -lower) if lower >= 0 else x


@kernel("fill", exact=True)
def _fill(call: Call) -> Tensor:
    return torch.full(call.integers("shape"), call.number("value", 0.0))


@kernel("fill_like", exact=True)
def _fill_like(call: Call) -> Tensor:
    return torch.full(call.tensor("ref_tensor").shape, call.number("value", 0.0))


@kernel("shape", exact=True)
def _shape(call: Call) -> Tensor:
    return torch.tensor(call.tensor("x").shape)


@kernel("range_1d")
def _range_1d(call: Call) -> Tensor:
    begin, end, step = call.number("start"), call.number("end"), call.number("step")
    return torch.arange(begin, end, step)
