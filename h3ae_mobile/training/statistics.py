"""Mean and standard deviation of the latents, which a diffusion model and a bundle expect."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from h3ae_mobile.models.autoencoder import VideoAutoencoder

SMALLEST = 1e-6


@torch.no_grad()
def measure_latents(model: VideoAutoencoder, videos: Iterable[Tensor]) -> None:
    """Set `latent_mean` and `latent_std` from the posterior modes of `videos`, a channel each."""
    channels = model.config.latent_channels
    total = torch.zeros(channels, dtype=torch.float64)
    squares = torch.zeros(channels, dtype=torch.float64)
    count = 0
    for video in videos:
        latents = model.encode(video).mode().movedim(1, 0).flatten(1).double().cpu()
        total += latents.sum(1)
        squares += latents.square().sum(1)
        count += latents.shape[1]
    mean = total / count
    std = (squares / count - mean.square()).clamp_min(SMALLEST**2).sqrt()
    model.latent_mean.copy_(mean)
    model.latent_std.copy_(std)
