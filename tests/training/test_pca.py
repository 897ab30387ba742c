"""The linear start is the projection it claims to be, well scaled, and no worse than resizing."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from h3ae_mobile.config import AutoencoderConfig, StageConfig, get_config
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.training.pca import patches, pca_init

from .conftest import TINY, smooth_video


def stages(*strides: int, widths: tuple[int, ...]) -> tuple[StageConfig, ...]:
    kinds = {1: "spatial", 2: "spatiotemporal"}
    return tuple(
        StageConfig(kind=kinds[t], width=w, blocks=1, stride=(t, 2, 2))  # type: ignore[arg-type]
        for t, w in zip(strides, widths, strict=True)
    )


@pytest.mark.parametrize("time", [1, 2])
def test_one_stage_is_the_closed_form_projection(time: int) -> None:
    width = 10
    config = AutoencoderConfig(name="one", latent_channels=6, stages=stages(time, widths=(width,)))
    model = VideoAutoencoder(config).double()
    frames = 1 + 4 * time
    videos = [smooth_video(frames, 16, seed=i).double() for i in range(4)]
    pca_init(model, videos)

    vectors = torch.cat([patches(v, (time, 2, 2)).movedim(1, -1).flatten(0, -2) for v in videos])
    values, directions = torch.linalg.eigh(vectors.T @ vectors)
    leading = directions[:, values.argsort(descending=True)[:6]]
    cut = patches(videos[0], (time, 2, 2))
    wanted = torch.einsum("nk,mk,bmthw->bnthw", leading, leading, cut)
    decoded = model.decode(model.encode(videos[0]).mode())
    torch.testing.assert_close(
        patches(decoded, (time, 2, 2))[:, :, 1:], wanted[:, :, 1:], rtol=0, atol=1e-6
    )


def test_patches_follow_the_strided_convolution() -> None:
    video = torch.arange(3 * 3 * 4 * 4, dtype=torch.float64).reshape(1, 3, 3, 4, 4)
    cut = patches(video, (2, 2, 2))
    assert cut.shape == (1, 3 * 8, 2, 2, 2)
    first, second = cut[0, :8, :, 0, 0].T
    assert first.tolist() == [*video[0, 0, 0, :2, :2].flatten()] * 2
    assert second.tolist() == [*video[0, 0, 1:3, :2, :2].flatten()]


def test_enough_channels_lose_nothing() -> None:
    config = AutoencoderConfig(name="all", latent_channels=96, stages=stages(1, 2, widths=(12, 96)))
    model = VideoAutoencoder(config).double()
    videos = [torch.rand(1, 3, 5, 16, 16, dtype=torch.float64) * 2 - 1 for _ in range(8)]
    energies = pca_init(model, videos)
    assert energies == pytest.approx([1, 1, 1])
    decoded = model.decode(model.encode(videos[0]).mode())
    torch.testing.assert_close(decoded, videos[0], rtol=0, atol=1e-4)


def test_the_start_is_no_worse_than_resizing() -> None:
    model = VideoAutoencoder(TINY)
    pca_init(model, [smooth_video(9, 32, seed=i) for i in range(24)])
    video = smooth_video(9, 32, seed=99)
    with torch.no_grad():
        latents = model.encode(video).mode()
        error = (model.decode(latents) - video).square().mean()
    # As many numbers as the latent holds, then back.
    numbers = latents[0].numel() / 3
    ratio = (numbers / video[0, 0].numel()) ** (1 / 3)
    small = F.interpolate(video, scale_factor=ratio, mode="trilinear")
    naive = (F.interpolate(small, video.shape[2:], mode="trilinear") - video).square().mean()
    assert error < naive


@pytest.mark.parametrize("name", ["h3ae-demo", "h3ae-4x16x16"])
def test_activations_keep_their_scale(name: str) -> None:
    config = get_config(name)
    model = VideoAutoencoder(config)
    space = config.compression[1]
    videos = [smooth_video(9, 2 * space, seed=i) for i in range(8)]
    pca_init(model, videos)
    chunk = Chunk(keep=False)
    x = videos[0]
    with torch.no_grad():
        for stage in model.encoder.stages:
            x = stage(x, chunk)
            assert 0.2 < x.square().mean().sqrt() < 3
        assert 0.1 < model.encode(videos[0]).mode().square().mean().sqrt() < 3
        x = model.decoder.from_latent(model.encode(videos[0]).mode(), chunk)
        for stage in model.decoder.stages:
            assert 0.1 < x.square().mean().sqrt() < 3
            x = stage(x, chunk)


def test_interpolating_models_are_refused() -> None:
    model = VideoAutoencoder(TINY.model_copy(update={"upsample": "interpolation"}))
    with pytest.raises(H3AEError, match="pixel shuffles"):
        pca_init(model, [smooth_video(5, 16)])
