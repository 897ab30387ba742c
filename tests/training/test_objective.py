"""Losses against closed forms, and who gets which gradient."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.init import random_init
from h3ae_mobile.models.posterior import GaussianPosterior
from h3ae_mobile.training.config import ObjectiveConfig
from h3ae_mobile.training.discriminator import hinge_loss
from h3ae_mobile.training.objective import Objective, frozen_twin, omni_decode
from h3ae_mobile.training.wavelet import haar_3d, wavelet_loss

from .conftest import TINY, smooth_video

FRAMES, SIZE, BATCH = 5, 16, 2
LATENT = (BATCH, TINY.latent_channels, 2, 2, 2)


@pytest.fixture
def batch() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "video": smooth_video(FRAMES, SIZE, batch=BATCH).double(),
        "noise": torch.randn(LATENT, dtype=torch.float64),
        "conditioned": torch.tensor([True, False]),
    }


def test_l1_and_kl_match_closed_forms(
    tiny: VideoAutoencoder, batch: dict[str, torch.Tensor]
) -> None:
    tiny.double()
    losses = Objective(tiny, ObjectiveConfig(kl=0.3))(**batch)
    posterior = tiny.encode(batch["video"])
    std = (0.5 * posterior.logvar).exp()
    latents = posterior.mean + std * batch["noise"]
    features = [f[:1] for f in tiny.first_frame_features(batch["video"])]
    output = torch.cat([tiny.decode(latents[:1], features), tiny.decode(latents[1:])])
    kl = kl_divergence(Normal(posterior.mean, std), Normal(0.0, 1.0)).mean()
    torch.testing.assert_close(losses["l1"], (output - batch["video"]).abs().mean())
    torch.testing.assert_close(losses["kl"], kl)
    assert losses["total"].item() == pytest.approx(losses["l1"].item() + 0.3 * losses["kl"].item())


def test_kl_of_two_posteriors_is_that_of_two_gaussians() -> None:
    torch.manual_seed(0)
    mean, logvar, mean2, logvar2 = torch.randn(4, *LATENT, dtype=torch.float64)
    ours = GaussianPosterior(mean, logvar).kl(GaussianPosterior(mean2, logvar2))
    theirs = kl_divergence(Normal(mean, (0.5 * logvar).exp()), Normal(mean2, (0.5 * logvar2).exp()))
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("conditioning", ["average", "add", "gated"])
def test_omni_decoding_equals_the_models_own(conditioning: str) -> None:
    model = VideoAutoencoder(TINY.model_copy(update={"conditioning": conditioning})).double()
    random_init(model, seed=2)
    torch.manual_seed(0)
    video = smooth_video(FRAMES, SIZE, batch=BATCH).double()
    latents = torch.randn(LATENT, dtype=torch.float64)
    features = model.first_frame_features(video)
    seen = model.decode(latents, features)
    unseen = model.decode(latents)
    mixed = omni_decode(model.decoder, latents, features, torch.tensor([True, False]))
    torch.testing.assert_close(mixed[0], seen[0], rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(mixed[1], unseen[1], rtol=1e-10, atol=1e-12)
    assert (seen - unseen).abs().max() > 1e-3


@pytest.mark.parametrize("kind", ["latent_consistency", "pixel_consistency"])
def test_consistency_trains_the_decoder_alone(
    tiny: VideoAutoencoder, batch: dict[str, torch.Tensor], kind: str
) -> None:
    objective = Objective(tiny, ObjectiveConfig(**{kind: 1.0}))
    inputs = {n: t.float() if t.is_floating_point() else t for n, t in batch.items()}
    losses = objective(**inputs, final=True)
    losses[kind].backward()
    assert all(p.grad is None for p in tiny.encoder.parameters())
    touched = [p.grad is not None and p.grad.abs().max() > 0 for p in tiny.decoder.parameters()]
    assert sum(touched) > 0.9 * len(touched)


def test_consistency_waits_for_the_last_phase(
    tiny: VideoAutoencoder, batch: dict[str, torch.Tensor]
) -> None:
    inputs = {n: t.float() if t.is_floating_point() else t for n, t in batch.items()}
    losses = Objective(tiny, ObjectiveConfig(latent_consistency=1.0))(**inputs, final=False)
    assert "latent_consistency" not in losses


def test_latent_consistency_is_eq_3(tiny: VideoAutoencoder, batch: dict[str, torch.Tensor]) -> None:
    tiny.double()
    real = tiny.encode(batch["video"])
    output = batch["video"].flip(-1)
    fake = tiny.encode(output)
    wanted = kl_divergence(
        Normal(real.mean, (0.5 * real.logvar).exp()), Normal(fake.mean, (0.5 * fake.logvar).exp())
    ).mean()
    got = Objective(tiny, ObjectiveConfig()).latent_consistency(real, output)
    torch.testing.assert_close(got, wanted)


def test_pixel_consistency_is_the_distance_to_the_second_reconstruction(
    tiny: VideoAutoencoder, batch: dict[str, torch.Tensor]
) -> None:
    tiny.double()
    output = batch["video"].flip(-1)
    wanted = (tiny.decode(tiny.encode(output).mode()) - output).abs().mean()
    got = Objective(tiny, ObjectiveConfig()).pixel_consistency(output)
    torch.testing.assert_close(got, wanted)


def test_the_total_is_the_weighted_sum(
    tiny: VideoAutoencoder, batch: dict[str, torch.Tensor]
) -> None:
    weights = {"kl": 0.1, "latent_consistency": 0.2, "pixel_consistency": 0.3, "dwt": 0.4}
    weights |= {"gan": 0.5, "lpips": 0.6}
    objective = Objective(
        tiny,
        ObjectiveConfig(**weights),
        perceptual=lambda output, video: (output - video).square().mean(),
    )
    inputs = {n: t.float() if t.is_floating_point() else t for n, t in batch.items()}
    losses = objective(**inputs, final=True)
    every = {"l1": 1.0, "discriminator": 1.0} | weights
    assert losses.keys() == {*every, "total"}
    wanted = sum(weight * losses[name].item() for name, weight in every.items())
    assert losses["total"].item() == pytest.approx(wanted, rel=1e-5)


def test_the_hinge_loss_is_zero_beyond_its_margin() -> None:
    class Constant(torch.nn.Module):
        def forward(self, video: torch.Tensor) -> torch.Tensor:
            return video

    judge: Any = Constant()
    real, fake = torch.full((2, 1, 1, 1, 1), 3.0), torch.full((2, 1, 1, 1, 1), -2.0)
    assert hinge_loss(judge, fake, real).item() == 0
    # (relu(1 + 2) + relu(1 + 3)) / 2
    assert hinge_loss(judge, real, fake).item() == pytest.approx(3.5)


def test_the_posterior_is_always_sampled(
    tiny: VideoAutoencoder,
    batch: dict[str, torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = []
    sample = GaussianPosterior.sample

    def spy(self: GaussianPosterior, *args: object, **kwargs: torch.Tensor) -> torch.Tensor:
        drawn.append(kwargs["noise"])
        return sample(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(GaussianPosterior, "sample", spy)
    objective = Objective(tiny.double().eval(), ObjectiveConfig(kl=0.0, latent_consistency=1.0))
    for final in (False, True):
        objective(**batch, final=final)
    assert len(drawn) == 2
    assert all(noise is batch["noise"] for noise in drawn)


def test_the_adversary_trains_on_its_own_loss_alone(
    tiny: VideoAutoencoder, batch: dict[str, torch.Tensor]
) -> None:
    objective = Objective(tiny, ObjectiveConfig(gan=0.1))
    assert objective.discriminator is not None
    inputs = {n: t.float() if t.is_floating_point() else t for n, t in batch.items()}
    losses = objective(**inputs)
    losses["gan"].backward(retain_graph=True)
    assert all(p.grad is None for p in objective.discriminator.parameters())
    assert any(p.grad is not None for p in tiny.decoder.parameters())
    tiny.zero_grad(set_to_none=True)
    losses["discriminator"].backward()
    assert all(p.grad is not None for p in objective.discriminator.parameters())
    assert all(p.grad is None for p in tiny.parameters())


def test_a_frozen_twin_follows_updates_in_place(tiny: VideoAutoencoder) -> None:
    twin = frozen_twin(tiny.encoder)
    with torch.no_grad():
        for parameter in tiny.encoder.parameters():
            parameter.add_(1.0)
    for own, shared in zip(twin.parameters(), tiny.encoder.parameters(), strict=True):
        assert torch.equal(own, shared)
        assert not own.requires_grad


def test_haar_bands_keep_the_energy_and_know_constants() -> None:
    video = torch.randn(2, 3, 4, 8, 6, dtype=torch.float64)
    bands = haar_3d(video)
    assert bands.shape == (2, 8, 3, 2, 4, 3)
    assert bands.square().sum().item() == pytest.approx(video.square().sum().item())
    assert wavelet_loss(video + 1, video).item() == pytest.approx(0, abs=1e-12)
    edge = torch.zeros(1, 1, 2, 2, 2, dtype=torch.float64)
    edge[..., 0] = 1.0
    # One of seven detail bands holds the step: 4 * (1 - 0) / sqrt(8).
    assert wavelet_loss(edge, torch.zeros_like(edge)).item() == pytest.approx(4 / math.sqrt(8) / 7)


def test_odd_lengths_are_filled_by_repetition() -> None:
    video = torch.randn(1, 3, 5, 7, 9)
    padded = F.pad(video, (0, 1, 0, 1, 0, 1), mode="replicate")
    torch.testing.assert_close(haar_3d(video), haar_3d(padded))
