"""Costs measured without data equal those counted by hand."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from h3ae_mobile.info.measure import count_parameters, flops_and_shapes, peak_activations


def test_flops_of_convolution_and_product_by_hand() -> None:
    with torch.device("meta"):
        conv, linear = nn.Conv2d(3, 5, 3, padding=1), nn.Linear(4, 6)

    def run() -> None:
        conv(torch.empty(2, 3, 7, 4, device="meta"))
        linear(torch.empty(10, 4, device="meta"))

    measured = flops_and_shapes({"conv": conv, "linear": linear}, run)
    assert measured["conv"] == (2 * 2 * 5 * 7 * 4 * 3 * 9, (2, 5, 7, 4))
    assert measured["linear"] == (2 * 10 * 4 * 6, (10, 6))
    assert count_parameters(conv) == 5 * 3 * 9 + 5


def test_hooks_do_not_stay() -> None:
    layer = nn.Linear(2, 2)
    flops_and_shapes({"layer": layer}, lambda: layer(torch.zeros(1, 2)))
    assert not layer._forward_hooks
    assert not layer._forward_pre_hooks


class Chain(nn.Module):
    """At most three tensors of the input's size are alive: input, one before, one after."""

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(5):
            x = x * 2
        return x


class Hoard(nn.Module):
    """All tensors are alive at the end."""

    def forward(self, x: Tensor) -> Tensor:
        made = [x]
        for _ in range(5):
            made.append(made[-1] * 2)
        return torch.cat(made)


class Views(nn.Module):
    """Views share the memory of what they show; weights are not activations."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1000, device="meta"))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x.view(-1)[3:].reshape(-1), self.weight.view(10, 100).T


def test_peak_of_a_chain_and_of_a_hoard() -> None:
    assert peak_activations(Chain(), [(10, 10)]) == 3 * 100
    assert peak_activations(Hoard(), [(10, 10)]) == 12 * 100


def test_views_and_weights_cost_nothing() -> None:
    assert peak_activations(Views(), [(10, 10)]) == 100
