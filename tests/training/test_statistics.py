"""Latents are normalised to zero mean and unit variance over all clips, whatever their sizes."""

from __future__ import annotations

import torch

from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.training.statistics import measure_latents

from .conftest import smooth_video


def test_mean_and_deviation_are_those_of_all_latents_together(tiny: VideoAutoencoder) -> None:
    videos = [smooth_video(5, 32, seed=0), smooth_video(9, 16, seed=1, batch=2)]
    measure_latents(tiny, videos)
    with torch.no_grad():
        latents = [tiny.encode(video).mode() for video in videos]
    together = torch.cat([x.movedim(1, 0).flatten(1) for x in latents], dim=1).double()
    torch.testing.assert_close(tiny.latent_mean, together.mean(1).float())
    torch.testing.assert_close(tiny.latent_std, together.std(1, correction=0).float())
    normal = torch.cat([tiny.normalise(x).movedim(1, 0).flatten(1) for x in latents], dim=1)
    torch.testing.assert_close(normal.mean(1), torch.zeros(8), rtol=0, atol=1e-4)
    torch.testing.assert_close(normal.std(1, correction=0), torch.ones(8), rtol=1e-4, atol=0)
