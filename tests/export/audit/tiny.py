"""Tiny networks that a rule is about, each with its cure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram, export
from torch.nn import functional as F

from h3ae_mobile.mobile.conv import MobileCausalConv
from h3ae_mobile.mobile.norm import MobilePixelNorm
from h3ae_mobile.mobile.resample import pixel_shuffle
from h3ae_mobile.mobile.residual import silu
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.resample import pixel_shuffle_3d
from tests.models.tiny import config, stage

# Every kind of stage once: what is traced is paid for by its length.
SMALL = config(
    conditioning="gated",
    stages=(
        stage("spatial", 4),
        stage("spatiotemporal", 8, time=2),
        stage("attention", 16, time=2, fitted=1),
    ),
)
FRAMES = (torch.zeros(2, 8, 4, 4),)
VIDEO = (torch.zeros(1, 8, 3, 4, 4),)
HEADS = (torch.zeros(2, 6, 8),)


class Network(nn.Module):
    """A function of its modules and a tensor."""

    def __init__(self, function: Callable[..., Tensor], *modules: nn.Module) -> None:
        super().__init__()
        self.function = function
        self.parts = nn.ModuleList(modules)

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*self.parts, *inputs)


@dataclass(frozen=True)
class Case:
    """What a rule fires on, and what it is silent about.

    `largest` fills the inputs of a case about real activations.
    """

    bad: nn.Module
    good: nn.Module
    inputs: tuple[Tensor, ...] = FRAMES
    good_inputs: tuple[Tensor, ...] | None = None
    bad_values: tuple[Tensor, ...] | None = None
    good_values: tuple[Tensor, ...] | None = None
    dynamic: dict[str, dict[int, Dim]] | None = field(default=None)

    def bad_network(self) -> nn.Module | ExportedProgram:
        if self.dynamic is None:
            return self.bad
        return export(self.bad, self.inputs, dynamic_shapes=((self.dynamic["x"],),))


def network(function: Callable[..., Tensor], *modules: nn.Module) -> Network:
    return Network(function, *modules)


def apply(module: nn.Module, x: Tensor) -> Tensor:
    return module(x)


def causal(module: nn.Module, x: Tensor) -> Tensor:
    return module(x, Chunk(keep=False))


def attend(x: Tensor) -> Tensor:
    return torch.bmm(torch.softmax(torch.bmm(x, x.transpose(1, 2)), dim=-1), x)


def fill(value: float) -> tuple[Tensor, ...]:
    return (torch.full((2, 8, 4, 4), value),)


_conv3d = network(apply, nn.Conv3d(8, 8, 3, padding=1))
_conv2d = network(apply, nn.Conv2d(8, 8, 3, padding=1))
_double = network(lambda x: x + x)

CASES: dict[str, Case] = {
    "conv3d": Case(
        _conv3d, network(causal, MobileCausalConv(nn.Conv3d(8, 8, 3))), VIDEO, good_inputs=FRAMES
    ),
    "conv-transpose3d": Case(
        network(apply, nn.ConvTranspose3d(8, 8, 2, 2)),
        network(lambda conv, x: F.pixel_shuffle(conv(x), 2), nn.Conv2d(8, 32, 3, padding=1)),
        VIDEO,
        good_inputs=FRAMES,
    ),
    "conv-kernel": Case(network(apply, nn.Conv2d(8, 8, 15, padding=7)), _conv2d),
    "conv-batch": Case(_conv2d, _conv2d, good_inputs=(torch.zeros(1, 8, 4, 4),)),
    "rank": Case(
        network(lambda x: x.reshape(1, 2, 2, 2, 2, 2, 2, 4) + 1.0),
        network(lambda x: pixel_shuffle(x, 2, native=True)),
    ),
    "high-rank-shuffle": Case(
        network(lambda x: pixel_shuffle_3d(x, (2, 2, 2))),
        network(lambda x: pixel_shuffle(x, 2, native=False)),
        VIDEO,
        good_inputs=FRAMES,
    ),
    "rank5": Case(_double, _double, VIDEO, good_inputs=FRAMES),
    "layout-copy": Case(
        network(lambda x: x.permute(0, 2, 3, 1) + 1.0),
        network(lambda x: x.reshape(1, 16, 4, 4).permute(1, 0, 2, 3) + x.new_ones(1)),
    ),
    "full-slice": Case(network(lambda x: x[:, 0:8] + x), network(lambda x: x[:, 1:8] + x[:, :7])),
    "self-concatenation": Case(
        network(lambda x: torch.cat([x, x], 1)), network(lambda x: torch.cat([x, x + x], 1))
    ),
    "last-axis": Case(
        _double,
        _double,
        (torch.zeros(1, 2048, 4, 4),),
        good_inputs=(torch.zeros(1, 2048, 1, 16),),
    ),
    "side": Case(_double, _double, (torch.zeros(1, 1, 1, 16385),)),
    "channels": Case(_double, _double, (torch.zeros(1, 65537, 1, 1),)),
    "working-set": Case(_double, _double, (torch.zeros(1, 1, 1024, 1025),)),
    "dynamic-shape": Case(_double, _double, dynamic={"x": {0: Dim("frames", min=2, max=9)}}),
    "sdpa": Case(
        network(lambda x: F.scaled_dot_product_attention(x, x, x)), network(attend), HEADS
    ),
    "boolean-mask": Case(
        network(lambda x: x.masked_fill(x > 0, 0.0)), network(lambda x: torch.relu(x))
    ),
    "infinite-mask": Case(
        network(lambda x: x.masked_fill(x > 0, float("-inf"))),
        network(lambda x: x.masked_fill(x > 0, -1e4)),
    ),
    "batched-product": Case(
        network(lambda x: x @ x.transpose(2, 3)),
        network(lambda x: torch.bmm(x, x.transpose(1, 2))),
        good_inputs=HEADS,
    ),
    "linear": Case(
        network(apply, nn.Linear(8, 8)), _conv2d, HEADS, good_inputs=(torch.zeros(1, 8, 1, 6),)
    ),
    "channel-reduction": Case(
        network(lambda x: x.mean(1, keepdim=True)), network(lambda x: x.mean((2, 3)))
    ),
    "norm": Case(
        network(apply, nn.GroupNorm(2, 8)), network(apply, MobilePixelNorm(8, 1e-8, "fp32"))
    ),
    "silu-fp16": Case(network(lambda x: F.silu(x)), network(silu)),
    "number": Case(network(lambda x: x * 3), network(lambda x: x * x.new_ones(1))),
    "cast": Case(network(lambda x: (x.float() + x).to(x.dtype)), _double),
    "float64": Case(network(lambda x: (x.double() + x).to(x.dtype)), _double),
    "indexing-fp16": Case(network(lambda x: x.argmax(1)), network(lambda x: x[:, 1])),
    "indexing": Case(network(lambda x: x.topk(2, dim=1).values), network(lambda x: x[:, 1:3])),
    "expand": Case(
        network(lambda x: x[:1].expand(3, -1, -1, -1) + x[:1]), network(lambda x: x[:1] + x)
    ),
    "nearest": Case(
        network(lambda x: F.interpolate(x, scale_factor=2.0)),
        network(lambda x: pixel_shuffle(x, 2, native=False)),
    ),
    "split": Case(
        network(lambda x: x.chunk(2, 1)[0] + x.chunk(2, 1)[1]),
        network(lambda x: x[:, :4] + x[:, 4:]),
    ),
    "strided-slice": Case(
        network(lambda x: x[:, ::2]), network(lambda x: x.reshape(8, 2, 4, 4)[:, :1])
    ),
    "softmax-axis": Case(
        network(lambda x: torch.softmax(x, 1)), network(lambda x: torch.softmax(x, -1))
    ),
    "pixel-shuffle": Case(
        network(lambda x: pixel_shuffle(x, 2, native=True)),
        network(lambda x: pixel_shuffle(x, 2, native=False)),
    ),
    "rounding": Case(network(lambda x: x.floor()), _double),
    "idle-squeeze": Case(
        network(lambda x: x.squeeze(1) + x), network(lambda x: x[:, :1].squeeze(1))
    ),
    "overflow": Case(
        network(lambda x: x * x), _double, bad_values=fill(300.0), good_values=fill(300.0)
    ),
    "headroom": Case(
        network(lambda x: x * x), _double, bad_values=fill(200.0), good_values=fill(200.0)
    ),
    "underflow": Case(
        network(lambda x: x * x), _double, bad_values=fill(1e-3), good_values=fill(1e-3)
    ),
}
