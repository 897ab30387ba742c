"""Training of the inner stages alone, on the features of outer stages that stand still.

Seen from within, the outer stages only change coordinates: an H3AE without them is an autoencoder
of their features. Where they were started as principal components that change is an isometry up to
a scale a channel, and the squared error of features, each channel weighted by what it is worth in
pixels, differs from that of pixels by what the outer stages lose themselves. The inner stages see
a fraction of the positions, so a step costs a fraction: with 3 of 5 stages of h3ae-demo frozen,
less than a third of the multiplications.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.posterior import GaussianPosterior
from h3ae_mobile.training.config import ObjectiveConfig
from h3ae_mobile.training.objective import Losses, omni_decode, wide
from h3ae_mobile.training.reconstruction import from_squares


class InnerObjective(nn.Module):
    """Eq. 2 with Eq. 1 on features; takes and returns what `Objective` does.

    Parameters
    ----------
    model : VideoAutoencoder
        What is trained; its outer stages no longer get gradients.
    config : ObjectiveConfig
        Weights of the losses; the distance is `l2` or `log`.
    outer : int
        Stages on each side that stand still, at least one.
    """

    discriminator: None = None
    worth: Tensor

    def __init__(self, model: VideoAutoencoder, config: ObjectiveConfig, outer: int) -> None:
        super().__init__()
        self.model = model
        self.config = config
        self.outer = outer
        model.requires_grad_(False)
        for module in (
            *model.encoder.stages[outer:],
            model.encoder.to_moments,
            model.decoder.from_latent,
            *model.decoder.stages[:-outer],
            *model.decoder.joins[:-outer],
        ):
            module.requires_grad_(True)
        self.register_buffer("worth", torch.ones(model.config.stages[outer - 1].width))

    def calibrate(self, videos: Iterable[Tensor], seed: int = 0) -> None:
        """Measure what the channels are worth, on videos `(B, 3, T, H, W)`.

        The squared norm of a column of the outer decoder's Jacobian is the expected square of the
        product of its transpose with random signs; averaged over positions.
        """
        generator = torch.Generator().manual_seed(seed)
        sums, positions = torch.zeros_like(self.worth), 0
        for video in videos:
            features = self.features(video).requires_grad_(True)
            output = self._outwards(features)
            signs = torch.randint(0, 2, output.shape, generator=generator).to(output) * 2 - 1
            (gradient,) = torch.autograd.grad(output, features, signs)
            sums += gradient.square().sum((0, 2, 3, 4))
            positions += features[:, 0].numel()
        self.worth.copy_(sums / positions)

    def forward(
        self, video: Tensor, noise: Tensor, conditioned: Tensor, final: bool = False
    ) -> Losses:
        """Return the losses, scalars; `final` means nothing here."""
        encoder, kind = self.model.encoder, self.config.reconstruction
        features = self.features(video)
        x, chunk, first = features, Chunk(keep=False), []
        for stage in encoder.stages[self.outer :]:
            x = stage(x, chunk)
            first.append(x[:, :, :1])
        posterior = GaussianPosterior.from_moments(wide(encoder.to_moments(x, chunk)))
        latents = posterior.sample(noise=noise)
        output = wide(omni_decode(self.model.decoder, latents, first, conditioned))
        squares = (output - features).square().sum((2, 3, 4)) @ self.worth / video[0].numel()
        losses = {kind: from_squares(kind, squares), "kl": posterior.kl().mean()}
        return losses | {"total": losses[kind] + self.config.kl * losses["kl"]}

    @torch.no_grad()
    def features(self, video: Tensor) -> Tensor:
        """Return the outer encoder's output, `(B, C, T', H', W')`."""
        encoder = self.model.encoder
        chunk = Chunk(keep=False)
        x = video if encoder.patchify is None else encoder.patchify(video, chunk)
        for stage in encoder.stages[: self.outer]:
            x = stage(x, chunk)
        return x

    def _outwards(self, features: Tensor) -> Tensor:
        decoder, chunk, x = self.model.decoder, Chunk(keep=False), features
        for stage in decoder.stages[-self.outer :]:
            x = stage(x, chunk)
        return x if decoder.unpatchify is None else decoder.unpatchify(x, chunk)
