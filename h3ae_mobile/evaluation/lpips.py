"""Learned perceptual image patch similarity (Zhang et al., 2018) on AlexNet, differentiable."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from h3ae_mobile.errors import H3AEError

# (channels in, out, kernel, stride, padding, index in torchvision's `features`)
LAYERS = (
    (3, 64, 11, 4, 2, 0),
    (64, 192, 5, 1, 2, 3),
    (192, 384, 3, 1, 1, 6),
    (384, 256, 3, 1, 1, 8),
    (256, 256, 3, 1, 1, 10),
)
POOL_BEFORE = (1, 2)
# ImageNet's statistics in the [-1, 1] range of the inputs.
SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
TINY = 1e-10


class LPIPS(nn.Module):
    """Distances of unit-length AlexNet features, weighted by learned heads.

    Build it by `load`; weights that were not published give a number, not a metric.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(channels, out, kernel, stride, padding)
            for channels, out, kernel, stride, padding, _ in LAYERS
        )
        self.heads = nn.ModuleList(nn.Conv2d(layer[1], 1, 1, bias=False) for layer in LAYERS)
        self.register_buffer("shift", torch.tensor(SHIFT).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(SCALE).view(1, 3, 1, 1), persistent=False)

    @classmethod
    def load(cls, path: Path) -> LPIPS:
        """Read `features.N.weight`, `features.N.bias` and `linK.model.1.weight`.

        Raises
        ------
        H3AEError
            If the file is missing, no safetensors, or lacks a tensor.
        """
        wanted = "AlexNet's `features.*` and LPIPS's `lin*.model.1.weight` as safetensors"
        if not path.is_file():
            raise H3AEError(f"there is no {path}: {wanted} belong there", "see docs/evaluation.md")
        try:
            tensors = load_file(path)
        except (SafetensorError, OSError) as error:
            raise H3AEError(f"{path} is no safetensors file: {error}") from None
        state = {}
        for index, layer in enumerate(LAYERS):
            for part in ("weight", "bias"):
                state[f"convs.{index}.{part}"] = f"features.{layer[5]}.{part}"
            state[f"heads.{index}.weight"] = f"lin{index}.model.1.weight"
        missing = [name for name in state.values() if name not in tensors]
        if missing:
            raise H3AEError(f"{path} lacks {missing[0]}", f"it must hold {wanted}")
        metric = cls()
        try:
            metric.load_state_dict({ours: tensors[theirs] for ours, theirs in state.items()})
        except RuntimeError as error:
            raise H3AEError(f"{path} does not fit AlexNet: {error}") from None
        return metric.eval().requires_grad_(False)

    def forward(self, output: Tensor, video: Tensor) -> Tensor:
        """Return the mean distance of two videos `(B, 3, T, H, W)`, frame by frame."""
        one, other = (x.transpose(1, 2).flatten(0, 1) for x in (output, video))
        return self.maps(one, other).mean()

    def maps(self, one: Tensor, other: Tensor) -> Tensor:
        """Map images `(B, 3, H, W)` in [-1, 1] to distances `(B, 1, H, W)`."""
        total = torch.zeros_like(one[:, :1])
        pairs = zip(self._features(one), self._features(other), self.heads, strict=True)
        for a, b, head in pairs:
            distance = head((_unit(a) - _unit(b)).square())
            total = total + F.interpolate(
                distance, one.shape[2:], mode="bilinear", align_corners=False
            )
        return total

    def _features(self, x: Tensor) -> list[Tensor]:
        x = (x - self.shift) / self.scale
        features = []
        for index, conv in enumerate(self.convs):
            if index in POOL_BEFORE:
                x = F.max_pool2d(x, 3, 2)
            x = F.relu(conv(x))
            features.append(x)
        return features


def _unit(x: Tensor) -> Tensor:
    return x / (x.square().sum(1, keepdim=True).sqrt() + TINY)
