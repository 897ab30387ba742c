"""How first-frame features join the decoder's (omni conditioning, Eq. 1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from h3ae_mobile.config import Conditioning


class Join(nn.Module):
    """Joins a first-frame feature with the features of every frame.

    `average` is Eq. 1, `add` what Figure 2 calls the default. Either disturbs a decoder that was
    not trained with it from the start: at every stage the first frame weighs as much as the
    latents. `gated` adds the feature through one learned gain a channel that begins at zero, so
    that a conditioned decode begins as the plain one and can only gain by training.

    Parameters
    ----------
    kind : {"average", "add", "gated"}
        The way.
    channels : int
        Of both.
    """

    def __init__(self, kind: Conditioning, channels: int) -> None:
        super().__init__()
        self.kind = kind
        self.gain = nn.Parameter(torch.zeros(channels)) if kind == "gated" else None

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map `(B, C, T, H, W)` and `(B, C, 1, H, W)` to `(B, C, T, H, W)`."""
        if self.gain is not None:
            return x + self.gain.view(1, -1, 1, 1, 1) * condition
        x = x + condition
        return x / 2 if self.kind == "average" else x
