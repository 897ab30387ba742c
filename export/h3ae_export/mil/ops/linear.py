"""Matrix products."""

from __future__ import annotations

import torch
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel


@kernel("linear")
def _linear(call: Call) -> Tensor:
    x, weight, bias = call.tensor("x"), call.tensor("weight"), call.optional("bias")
    product = call.arithmetic.contract(
        x.shape[-1], call.element, lambda c: x[..., c] @ weight[:, c].T
    )
    return product if bias is None else product.add_(bias)


@kernel("matmul")
def _matmul(call: Call) -> Tensor:
    x, y = call.tensor("x"), call.tensor("y")
    x = x.transpose(-1, -2) if call.flag("transpose_x") else x
    y = y.transpose(-1, -2) if call.flag("transpose_y") else y
    if y.ndim == 1:
        return x @ y
    return call.arithmetic.contract(x.shape[-1], call.element, lambda c: x[..., c] @ y[..., c, :])


@kernel("einsum")
def _einsum(call: Call) -> Tensor:
    return torch.einsum(call.word("equation", ""), *call.tensors("values"))
