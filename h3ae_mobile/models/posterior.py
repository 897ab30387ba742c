"""The Gaussian posterior of the encoder (Sec. 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

LOGVAR_RANGE = (-30.0, 20.0)


@dataclass(frozen=True)
class GaussianPosterior:
    """A diagonal Gaussian over latents `(B, Z, T', H', W')`."""

    mean: Tensor
    logvar: Tensor

    @classmethod
    def from_moments(cls, moments: Tensor) -> GaussianPosterior:
        """Split `(B, 2Z, T', H', W')` into mean and bounded log-variance."""
        mean, logvar = moments.chunk(2, dim=1)
        return cls(mean, logvar.clamp(*LOGVAR_RANGE))

    def sample(
        self, generator: torch.Generator | None = None, noise: Tensor | None = None
    ) -> Tensor:
        """Draw mean + std * noise (differentiable).

        `noise`, standard normal and shaped like the mean, takes the place of the generator where
        the draw must not depend on how a batch is divided among processes.
        """
        if noise is None:
            noise = torch.randn(
                self.mean.shape, generator=generator, dtype=self.mean.dtype, device=self.mean.device
            )
        return self.mean + (0.5 * self.logvar).exp() * noise

    def mode(self) -> Tensor:
        """Return the mean."""
        return self.mean

    def kl(self, other: GaussianPosterior | None = None) -> Tensor:
        """KL divergence to `other` (Eq. 3), by default to N(0, 1), for every element.

        Returns
        -------
        Tensor
            `(B, Z, T', H', W')`; sum or average it as the objective wants.
        """
        if other is None:
            return 0.5 * (self.mean.square() + self.logvar.exp() - 1 - self.logvar)
        ratio = self.logvar - other.logvar
        distance = (self.mean - other.mean).square() * (-other.logvar).exp()
        return 0.5 * (distance + ratio.exp() - 1 - ratio)
