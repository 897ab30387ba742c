"""Gathering from and scattering to places given by indices."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel

# MIL's scatter modes in the words of torch.scatter_reduce.
_REDUCE = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


def _indices(call: Call) -> Tensor:
    return call.tensor("indices").long()


def _from_front(indices: Tensor, size: int) -> Tensor:
    return torch.where(indices < 0, indices + size, indices)


def _gather(x: Tensor, indices: Tensor, axis: int, batch_dims: int) -> Tensor:
    if batch_dims:
        rows = [_gather(*row, axis - 1, batch_dims - 1) for row in zip(x, indices, strict=True)]
        return torch.stack(rows)
    picked = x.index_select(axis, _from_front(indices, x.shape[axis]).reshape(-1))
    return picked.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


def _gather_nd(x: Tensor, indices: Tensor, batch_dims: int) -> Tensor:
    if batch_dims:
        rows = [_gather_nd(*row, batch_dims - 1) for row in zip(x, indices, strict=True)]
        return torch.stack(rows)
    return x[indices.unbind(-1)]


@kernel("gather", exact=True)
def _gather_kernel(call: Call) -> Tensor:
    x = call.tensor("x")
    return _gather(
        x, _indices(call), call.integer("axis", 0) % x.ndim, call.integer("batch_dims", 0)
    )


@kernel("gather_along_axis", exact=True)
def _gather_along_axis(call: Call) -> Tensor:
    x, axis = call.tensor("x"), call.integer("axis", 0)
    return torch.take_along_dim(x, _from_front(_indices(call), x.shape[axis]), axis)


@kernel("gather_nd", exact=True)
def _gather_nd_kernel(call: Call) -> Tensor:
    return _gather_nd(call.tensor("x"), _indices(call), call.integer("batch_dims", 0))


def _scatter(data: Tensor, indices: Tensor, updates: Tensor, axis: int, mode: str) -> Tensor:
    indices = _from_front(indices, data.shape[axis])
    if mode == "update":
        return data.scatter(axis, indices, updates)
    if mode in ("sub", "div"):
        updates = -updates if mode == "sub" else updates.reciprocal()
        mode = "add" if mode == "sub" else "mul"
    return data.scatter_reduce(axis, indices, updates, _REDUCE[mode])


@kernel("scatter_along_axis")
def _scatter_along_axis(call: Call) -> Tensor:
    data, updates = call.tensor("data"), call.tensor("updates")
    mode = call.word("mode", "add")
    return _scatter(data, _indices(call), updates, call.integer("axis", 0), mode)


@kernel("scatter")
def _scatter_kernel(call: Call) -> Tensor:
    data, updates, axis = call.tensor("data"), call.tensor("updates"), call.integer("axis", 0)
    axis %= data.ndim
    shape = [-1 if other == axis else 1 for other in range(data.ndim)]
    indices = _indices(call).reshape(shape).expand(updates.shape)
    return _scatter(data, indices, updates, axis, call.word("mode", "add"))


@kernel("scatter_nd")
def _scatter_nd(call: Call) -> Tensor:
    data, updates, indices = call.tensor("data"), call.tensor("updates"), _indices(call)
    depth = indices.shape[-1]
    # One axis takes the place of those that the indices run over.
    steps = torch.tensor(data.stride() if data.is_contiguous() else data.contiguous().stride())
    inner = data[(0,) * depth].numel()
    flat = (indices * steps[:depth]).sum(-1).reshape(-1, 1) // max(inner, 1)
    rows, values = data.reshape(-1, inner), updates.reshape(-1, inner)
    result = _scatter(rows, flat.expand(values.shape), values, 0, call.word("mode", "add"))
    return result.reshape(data.shape)


@kernel("topk", exact=True)
def _topk(call: Call) -> Sequence[Tensor]:
    largest = not call.flag("ascending")
    values, places = torch.topk(
        call.tensor("x"), call.integer("k", 1), call.integer("axis", -1), largest
    )
    return (values, places) if call.flag("return_indices", True) else (values,)


@kernel("argsort", exact=True)
def _argsort(call: Call) -> Tensor:
    # Not ascending unless it says so.
    return torch.argsort(
        call.tensor("x"), call.integer("axis", -1), descending=not call.flag("ascending")
    )


@kernel("one_hot", exact=True)
def _one_hot(call: Call) -> Tensor:
    indices, size = _indices(call), call.integer("one_hot_vector_size")
    on, off = call.number("on_value", 1.0), call.number("off_value", 0.0)
    axis = call.integer("axis", -1) % (indices.ndim + 1)
    shape = [size if other == axis else 1 for other in range(indices.ndim + 1)]
    hit = indices.unsqueeze(axis) == torch.arange(size).reshape(shape)
    return torch.where(hit, on, off)
