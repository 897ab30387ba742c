"""Guarded normalisations in fp16 arithmetic: every operation rounded to fp16 on its own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from h3ae_mobile.mobile.norm import GroupRms
from h3ae_mobile.mobile.options import Grid, MobileOptions
from h3ae_mobile.mobile.registry import Context, rewrite
from h3ae_mobile.mobile.residual import silu
from h3ae_mobile.models.norm import ChannelLayerNorm, PixelNorm
from tests.models.tiny import noise

FP16 = Context(MobileOptions(precision="fp16"), Grid(1, 4, 4))
WIDTHS = [24, 32, 48, 64, 96, 128, 256, 512, 1024]
# Unguarded, the sum of 2 squares of this overflows.
LARGEST = 200.0


class Fp16Arithmetic(TorchDispatchMode):
    """Computes in float32 and rounds the result of every operation to fp16."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        is_float = isinstance(out, Tensor) and out.dtype == torch.float32
        return out.half().float() if is_float else out


def in_fp16(layer: nn.Module, x: Tensor) -> Tensor:
    """Run a layer whose weights and input are fp16 numbers held in float32."""
    layer = layer.half().float()
    with Fp16Arithmetic(), torch.no_grad():
        return layer(x.half().float())


def spread(width: int, scale: float) -> Tensor:
    """Positions of every kind: dense, one channel alone, all equal, and mixed signs."""
    x = noise((1, width, 4, 4)).float().clamp(-3, 3) / 3
    x[..., 0] = 1.0
    x[..., 1] = 0.0
    x[:, 0, :, 1] = 1.0
    x[..., 2] = x[..., 2].sign()
    return x * scale


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scale", [0.3, 1.0, 10.0, 60.0, LARGEST])
def test_pixel_norm_is_right_up_to_large_activations(width: int, scale: float) -> None:
    x = spread(width, scale)
    found = in_fp16(rewrite(PixelNorm(width), FP16), x)
    wanted = PixelNorm(width)(x.double())
    dense = [0, 2, 3]
    error = (found - wanted)[..., dense].norm() / wanted[..., dense].norm()
    assert error < 0.01
    assert found.isfinite().all()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scale", [0.0, 6e-8, 1e-6, 1e-4, 1e-3, 1e-2])
def test_pixel_norm_is_finite_and_bounded_near_zero(width: int, scale: float) -> None:
    found = in_fp16(rewrite(PixelNorm(width), FP16), spread(width, scale))
    assert found.isfinite().all()
    assert found.abs().max() <= 1.01 * width**0.5


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scale", [0.0, 1e-4, 0.3, 1.0, 60.0, LARGEST])
def test_layer_norm_is_finite(width: int, scale: float) -> None:
    layer = ChannelLayerNorm(width)
    x = spread(width, scale)
    found = in_fp16(rewrite(layer, FP16), x)
    assert found.isfinite().all()
    if scale >= 0.3:
        error = (found - layer(x))[..., 2:].norm() / layer(x)[..., 2:].norm()
        assert error < 0.02


@pytest.mark.parametrize("heads", [1, 8])
@pytest.mark.parametrize("scale", [0.3, 1.0, 60.0, LARGEST])
def test_heads_are_normalised_apart(heads: int, scale: float) -> None:
    x = spread(64 * heads, scale)
    rms = GroupRms(64 * heads, 1e-8, "fp16", heads).half().float()
    with Fp16Arithmetic():
        scaled, factor = rms(x.half().float())
    found = scaled.unflatten(1, (heads, 64)) * factor.unsqueeze(2)
    split = x.double().unflatten(1, (heads, 64))
    wanted = split / split.square().mean(2, keepdim=True).sqrt()
    error = (found - wanted)[..., [0, 2, 3]].norm() / wanted[..., [0, 2, 3]].norm()
    assert error < 0.01


@pytest.mark.parametrize("width", WIDTHS)
def test_no_square_below_256_overflows(width: int) -> None:
    """The sum of guarded squares is at most their mean: what is exchanged has room."""
    rms = GroupRms(width, 1e-8, "fp16")
    assert 0.25 < width * rms.guard.item() ** 2 <= 1
    assert rms.guard.item() == 2.0 ** round(torch.tensor(rms.guard.item()).log2().item())


def test_silu_is_finite_over_the_range() -> None:
    x = torch.linspace(-LARGEST, LARGEST, 1001)
    with Fp16Arithmetic():
        found = silu(x.half().float())
    assert found.isfinite().all()
    assert (found - nn.functional.silu(x)).abs().max() < 0.2


def test_the_constants_are_buffers_that_follow_the_dtype() -> None:
    """A Python number would be an fp32 constant, and a cast, in an fp16 graph."""
    layer = rewrite(PixelNorm(64), FP16).half()
    program = torch.export.export(layer, (torch.zeros(1, 64, 2, 2).half(),))
    for node in program.graph.nodes:
        if node.op == "call_function":
            assert not any(isinstance(argument, float) for argument in node.args)
            assert node.meta["val"].dtype == torch.float16
