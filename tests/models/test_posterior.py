"""The Gaussian posterior against torch.distributions."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence

from h3ae_mobile.models.posterior import GaussianPosterior
from tests.models.tiny import assert_close, noise

SHAPE = (2, 3, 2, 2, 2)


def posterior(seed: int, spread: float = 1.0) -> GaussianPosterior:
    return GaussianPosterior(noise(SHAPE, seed), spread * noise(SHAPE, seed + 100))


def normal(p: GaussianPosterior) -> Normal:
    return Normal(p.mean, (0.5 * p.logvar).exp())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.floats(0, 5))
def test_divergence_from_the_standard_normal(seed: int, spread: float) -> None:
    p = posterior(seed, spread)
    standard = Normal(torch.zeros_like(p.mean), torch.ones_like(p.mean))
    assert_close(p.kl(), kl_divergence(normal(p), standard))
    assert (p.kl() >= 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.integers(0, 99), st.floats(0, 5))
def test_divergence_of_two_posteriors(one: int, other: int, spread: float) -> None:
    p, q = posterior(one, spread), posterior(other + 200, spread)
    assert_close(p.kl(q), kl_divergence(normal(p), normal(q)))


def test_divergence_from_itself_is_zero() -> None:
    assert torch.equal(posterior(1).kl(posterior(1)), torch.zeros(SHAPE, dtype=torch.float64))


def test_moments_split_into_mean_and_bounded_log_variance() -> None:
    moments = 100 * noise((1, 6, 1, 2, 2))
    p = GaussianPosterior.from_moments(moments)
    assert torch.equal(p.mean, moments[:, :3])
    assert p.logvar.min() >= -30
    assert p.logvar.max() <= 20
    assert p.sample(torch.Generator().manual_seed(0)).isfinite().all()


def test_samples_have_the_stated_mean_and_deviation() -> None:
    shape = (20_000, 1, 1, 1, 1)
    p = GaussianPosterior(
        torch.full(shape, 2.0), torch.full(shape, 2 * torch.log(torch.tensor(3.0)))
    )
    draws = p.sample(torch.Generator().manual_seed(0))
    assert draws.mean().item() == pytest.approx(2, abs=0.1)
    assert draws.std().item() == pytest.approx(3, abs=0.1)


def test_samples_are_drawn_from_the_generator_or_the_given_noise() -> None:
    p = posterior(3)
    one, same, other = (p.sample(torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    given_noise = noise(SHAPE, 9)
    assert_close(p.sample(noise=given_noise), p.mean + (0.5 * p.logvar).exp() * given_noise)
    assert torch.equal(p.sample(noise=torch.zeros(SHAPE)), p.mode())


def test_samples_carry_gradients() -> None:
    mean, logvar = (noise(SHAPE, seed).requires_grad_() for seed in (0, 1))
    GaussianPosterior(mean, logvar).sample(noise=noise(SHAPE, 2)).sum().backward()
    assert mean.grad is not None
    assert logvar.grad is not None
