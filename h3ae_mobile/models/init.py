"""Random weights that keep activations near unit variance, for models without trained ones."""

from __future__ import annotations

import torch
from torch import nn

from h3ae_mobile.models.attention import AttentionBlock
from h3ae_mobile.models.conditioning import Join
from h3ae_mobile.models.residual import ResidualBlock

BRANCH_GAIN = 0.5


def random_init(model: nn.Module, seed: int = 0) -> None:
    """Initialise in place: 1 / sqrt(fan-in) everywhere, residual branches damped, small biases.

    Branches are damped and not zeroed: parity measured on an untrained model would mean nothing
    if half of its layers did nothing.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (nn.Conv2d, nn.Conv3d, nn.Linear)):
                fan_in = module.weight[0].numel()
                module.weight.normal_(0, fan_in**-0.5, generator=generator)
                if module.bias is not None:
                    module.bias.normal_(0, 0.02, generator=generator)
        for module in model.modules():
            if isinstance(module, ResidualBlock):
                module.conv2.conv.weight.mul_(BRANCH_GAIN)
            elif isinstance(module, Join) and module.gain is not None:
                module.gain.normal_(0, BRANCH_GAIN, generator=generator)
            elif isinstance(module, AttentionBlock):
                module.project.weight.mul_(BRANCH_GAIN)
                module.contract.weight.mul_(BRANCH_GAIN)
