"""The averaged weights: their closed form, and that a module gets its own back."""

from __future__ import annotations

import torch
from torch import nn

from h3ae_mobile.training.ema import Average


def test_a_constant_decay_after_its_rise() -> None:
    module = nn.Linear(1, 1, bias=False).double()
    nn.init.zeros_(module.weight)
    average = Average(module, decay=0.5)
    wanted = 0.0
    for step, value in enumerate((1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)):
        nn.init.constant_(module.weight, value)
        average.update(module, step)
        decay = min(0.5, (1 + step) / (10 + step))
        wanted = decay * wanted + (1 - decay) * value
    torch.testing.assert_close(average.tensors["weight"].item(), wanted)


def test_no_decay_follows_the_weights() -> None:
    module = nn.Linear(3, 2)
    average = Average(module, decay=0.0)
    nn.init.normal_(module.weight)
    average.update(module, 0)
    torch.testing.assert_close(average.tensors["weight"], module.weight.detach())


def test_applied_for_a_while() -> None:
    module = nn.Linear(3, 2)
    average = Average(module, decay=0.9)
    before, own = average.tensors["weight"].clone(), torch.ones(2, 3)
    nn.init.ones_(module.weight)
    with average.applied(module):
        assert torch.equal(module.weight, before)
    assert torch.equal(module.weight, own)
