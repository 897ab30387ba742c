"""What a rewrite may depend on besides the layer it rewrites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Precision = Literal["fp32", "fp16"]
# A whole clip in one call, or a stream's first and later steps of one latent frame each.
Mode = Literal["clip", "first", "next"]


@dataclass(frozen=True)
class Grid:
    """The static extent of the bottleneck's tokens.

    Attributes
    ----------
    frames : int
        Latent frames of one call.
    height, width : int
        Latent height and width.
    """

    frames: int
    height: int
    width: int

    @property
    def area(self) -> int:
        """Tokens of one frame."""
        return self.height * self.width


@dataclass(frozen=True)
class MobileOptions:
    """Choices of an exported graph.

    Attributes
    ----------
    precision : {"fp32", "fp16"}
        Of the arithmetic that will run the graph; fp16 guards ranges and floors epsilons.
    window : int
        Latent frames in sight of the streaming attention, the current one included.
    native_shuffle : bool
        Keep `pixel_shuffle` as one operation (Core ML, ONNX) rather than reshape and permute.
    """

    precision: Precision = "fp32"
    window: int = 7
    native_shuffle: bool = False
