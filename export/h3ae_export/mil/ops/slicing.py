"""Slices with numpy's meaning, read and written."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel


@dataclass(frozen=True)
class _Slice:
    """A slice of a tensor: indices along each axis, then the axes that fall away."""

    picks: list[range]
    dropped: list[int]

    @classmethod
    def of(cls, call: Call, shape: torch.Size) -> _Slice:
        rank = len(shape)
        begin, end = call.integers("begin"), call.integers("end")
        stride = call.integers("stride", [1] * rank)
        no = [False] * rank
        open_begin, open_end = call.flags("begin_mask", no), call.flags("end_mask", no)
        dropped = call.flags("squeeze_mask", no)
        picks = []
        for axis, size in enumerate(shape):
            if dropped[axis]:
                index = 0 if open_begin[axis] else begin[axis] % size
                picks.append(range(index, index + 1))
                continue
            part = slice(
                None if open_begin[axis] else begin[axis],
                None if open_end[axis] else end[axis],
                stride[axis],
            )
            picks.append(range(*part.indices(size)))
        return cls(picks, [axis for axis, drop in enumerate(dropped) if drop])

    def view(self, x: Tensor) -> tuple[Tensor, list[int]]:
        """Return the part of `x`, and the axes along which it is to be read backwards."""
        backwards = [axis for axis, pick in enumerate(self.picks) if pick.step < 0]
        forwards = (pick[::-1] if pick.step < 0 else pick for pick in self.picks)
        return x[tuple(slice(pick.start, pick.stop, pick.step) for pick in forwards)], backwards

    def read(self, x: Tensor) -> Tensor:
        part, backwards = self.view(x)
        part = part.flip(backwards) if backwards else part
        return part.squeeze(self.dropped) if self.dropped else part

    def write(self, x: Tensor, update: Tensor) -> Tensor:
        result = x.clone()
        part, backwards = self.view(result)
        part.copy_(update.reshape(part.shape).flip(backwards))
        return result


@kernel("slice_by_index", exact=True)
def _slice_by_index(call: Call) -> Tensor:
    x = call.tensor("x")
    return _Slice.of(call, x.shape).read(x)


@kernel("slice_by_size", exact=True)
def _slice_by_size(call: Call) -> Tensor:
    x = call.tensor("x")
    for axis, (begin, size) in enumerate(
        zip(call.integers("begin"), call.integers("size"), strict=True)
    ):
        begin %= x.shape[axis]
        x = x.narrow(axis, begin, x.shape[axis] - begin if size == -1 else size)
    return x


@kernel("slice_update", exact=True)
def _slice_update(call: Call) -> Tensor:
    x, update = call.tensor("x"), call.tensor("update")
    return _Slice.of(call, x.shape).write(x, update)
