"""The adversarial loss of Tab. 5: a patch discriminator over space and time, hinge loss."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

WIDTHS = (32, 64, 128)


class Discriminator(nn.Module):
    """Strided 3D convolutions; every output judges one patch of a video."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in WIDTHS:
            layers += [nn.Conv3d(channels, width, 3, (1, 2, 2), 1), nn.LeakyReLU(0.2)]
            channels = width
        self.layers = nn.Sequential(*layers, nn.Conv3d(channels, 1, 3, 1, 1))

    def forward(self, video: Tensor) -> Tensor:
        """Map `(B, 3, T, H, W)` in [-1, 1] to scores `(B, 1, T, H/8, W/8)`, high for real."""
        scores: Tensor = self.layers(video)
        return scores


def hinge_loss(discriminator: Discriminator, fake: Tensor, real: Tensor) -> Tensor:
    """Return what the discriminator minimises; `fake` must be detached from its generator."""
    wrong_on_real = F.relu(1 - discriminator(real).float()).mean()
    wrong_on_fake = F.relu(1 + discriminator(fake).float()).mean()
    return 0.5 * (wrong_on_real + wrong_on_fake)
