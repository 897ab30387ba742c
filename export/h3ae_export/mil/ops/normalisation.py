"""Normalisation layers."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel


@kernel("batch_norm")
def _batch_norm(call: Call) -> Tensor:
    return F.batch_norm(
        call.tensor("x"),
        call.tensor("mean"),
        call.tensor("variance"),
        call.optional("gamma"),
        call.optional("beta"),
        eps=call.number("epsilon", 1e-5),
    )


@kernel("instance_norm")
def _instance_norm(call: Call) -> Tensor:
    return F.instance_norm(
        call.tensor("x"),
        weight=call.optional("gamma"),
        bias=call.optional("beta"),
        eps=call.number("epsilon", 1e-5),
    )


@kernel("layer_norm")
def _layer_norm(call: Call) -> Tensor:
    x = call.tensor("x")
    axes = sorted(axis % x.ndim for axis in call.integers("axes", list(range(x.ndim))))
    centred = x - x.mean(axes, keepdim=True)
    variance = centred.square().mean(axes, keepdim=True)
    result = centred * torch.rsqrt(variance + call.number("epsilon", 1e-5))
    shape = [size if axis in axes else 1 for axis, size in enumerate(x.shape)]
    gamma, beta = call.optional("gamma"), call.optional("beta")
    result = result if gamma is None else result * gamma.reshape(shape)
    return result if beta is None else result + beta.reshape(shape)


@kernel("l2_norm")
def _l2_norm(call: Call) -> Tensor:
    x = call.tensor("x")
    power = x.square().sum((-3, -2, -1), keepdim=True)
    return x * torch.rsqrt(power + call.number("epsilon", 1e-6))
