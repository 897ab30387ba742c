"""The frame stage with a picture for an output: an RGB pixel buffer, ready for display."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PixelOutput(nn.Module):
    """Frames in [-1, 1] as whole numbers of 0 to 255.

    Core ML stores the values of an image output as bytes, and it is documented nowhere whether it
    rounds them or cuts them off: whole numbers come out the same either way.
    """

    def __init__(self, frame_stage: nn.Module) -> None:
        super().__init__()
        self.frame_stage = frame_stage

    def forward(self, *inputs: Tensor) -> tuple[Tensor]:
        """Map the inputs of the frame stage to `[1, 3, H, W]`."""
        (frames,) = self.frame_stage(*inputs)
        return (torch.round(frames * 127.5 + 127.5),)
