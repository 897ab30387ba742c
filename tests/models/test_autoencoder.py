"""The autoencoder as a whole: causality, images, conditioning, its law and its sizes."""

from __future__ import annotations

import pytest
import torch

from h3ae_mobile.config import PRESETS, AutoencoderConfig, StageConfig, get_config
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.init import random_init
from tests.models.tiny import ABLATIONS, assert_close, config, model, noise, stage

every_ablation = pytest.mark.parametrize("name", ABLATIONS)


@every_ablation
def test_the_future_does_not_reach_past_latents(name: str) -> None:
    network = model(ABLATIONS[name])
    time, space, _ = network.config.compression
    video = noise((1, 3, 1 + 3 * time, space, 2 * space))
    wanted = network.encode(video).mean
    for latents in (1, 2, 3):
        changed = video.clone()
        changed[:, :, network.law.frames(latents) :] = 9.0
        found = network.encode(changed).mean
        assert (found[:, :, :latents] - wanted[:, :, :latents]).abs().max() < 1e-12
        assert (found[:, :, latents:] - wanted[:, :, latents:]).abs().max() > 1e-6


@every_ablation
def test_the_future_does_not_reach_past_frames(name: str) -> None:
    network = model(ABLATIONS[name])
    latents = noise((1, network.config.latent_channels, 4, 2, 1))
    wanted = network.decode(latents)
    for count in (1, 2, 3):
        changed = latents.clone()
        changed[:, :, count:] = 9.0
        found = network.decode(changed)
        frames = network.law.frames(count)
        assert (found[:, :, :frames] - wanted[:, :, :frames]).abs().max() < 1e-12
        assert (found[:, :, frames:] - wanted[:, :, frames:]).abs().max() > 1e-6


@every_ablation
def test_an_image_is_a_video_of_one_frame(name: str) -> None:
    network = model(ABLATIONS[name])
    time, space, _ = network.config.compression
    video = noise((1, 3, 1 + 2 * time, space, 2 * space))
    wanted = network.encode(video).mean
    image = network.encode(video[:, :, :1]).mean
    assert image.shape[2] == 1
    assert_close(image, wanted[:, :, :1])


def test_clips_of_a_batch_do_not_meet() -> None:
    network = model()
    video = noise((2, 3, 9, 32, 32))
    alone = torch.cat([network.encode(clip[None]).mean for clip in video])
    assert_close(network.encode(video).mean, alone)
    assert_close(network.decode(alone), torch.cat([network.decode(z[None]) for z in alone]))


@every_ablation
def test_first_frame_features_fit_the_decoder(name: str) -> None:
    network = model(ABLATIONS[name])
    _, space, _ = network.config.compression
    image = noise((1, 3, 1, space, 2 * space))
    features = network.first_frame_features(image)
    side = network.config.patch
    for feature, row in zip(features, network.config.stages, strict=True):
        side *= 2
        assert feature.shape == (1, row.width, 1, space // side, 2 * space // side)
    latents = noise((1, network.config.latent_channels, 3, 1, 2))
    conditioned = network.decode(latents, features)
    assert conditioned.shape == network.decode(latents).shape
    assert not torch.equal(conditioned, network.decode(latents))


def test_first_frame_features_are_those_of_the_video() -> None:
    network = model()
    video = noise((1, 3, 9, 32, 64))
    for one, other in zip(
        network.first_frame_features(video),
        network.first_frame_features(video[:, :, :1]),
        strict=True,
    ):
        assert torch.equal(one, other)


def test_a_condition_equal_to_the_features_changes_nothing_when_averaged() -> None:
    """Eq. 1 with e = z is the unconditioned decoder: seen with one stage, and one latent frame."""
    network = model(config(stages=(stage("spatial", 4),)))
    latents = noise((1, 3, 1, 2, 2))
    inputs: list[torch.Tensor] = []
    hook = network.decoder.stages[0].register_forward_pre_hook(
        lambda module, arguments: inputs.append(arguments[0])
    )
    wanted = network.decode(latents)
    hook.remove()
    assert_close(network.decode(latents, inputs), wanted)


def test_conditions_are_averaged_or_added() -> None:
    stages = (stage("spatial", 4, blocks=0),)
    averaged = model(config(stages=stages, upsample="interpolation"))
    added = model(config(stages=stages, upsample="interpolation", conditioning="add"))
    latents, zero = noise((1, 3, 2, 2, 2)), [torch.zeros(1, 4, 1, 2, 2).double()]
    assert_close(added.decode(latents, zero), added.decode(latents))
    assert not torch.allclose(averaged.decode(latents, zero), averaged.decode(latents))


@pytest.mark.parametrize("count", [0, 4, 6])
def test_features_of_another_network_are_refused(count: int) -> None:
    features = [noise((1, 4, 1, 1, 1))] * count
    with pytest.raises(H3AEError, match=f"{count} first-frame features do not fit 5 stages"):
        model().decode(noise((1, 3, 1, 1, 1)), features)


def test_features_of_another_size_are_refused() -> None:
    features = model().first_frame_features(noise((1, 3, 1, 64, 32)))
    with pytest.raises(H3AEError, match=r"feature 4 of shape .* is not \(B, 16, 1, 1, 1\)"):
        model().decode(noise((1, 3, 1, 1, 1)), features)


def test_normalised_latents_come_back() -> None:
    network = model()
    latents = noise((2, 3, 2, 1, 1))
    normalised = network.normalise(latents)
    wanted = (latents[:, 1] - network.latent_mean[1]) / network.latent_std[1]
    assert_close(normalised[:, 1], wanted)
    assert_close(network.denormalise(normalised), latents)


@pytest.mark.parametrize("frames", [2, 8, 10, 16])
def test_frame_counts_off_the_law_are_refused_with_the_nearest(frames: int) -> None:
    below, above = model().law.nearest(frames)
    with pytest.raises(H3AEError, match=rf"{frames} frames do not fit: .* 1 \+ 8k") as caught:
        model().encode(noise((1, 3, frames, 32, 32)))
    assert f"{below} or {above}" in str(caught.value)


@pytest.mark.parametrize(
    ("size", "nearest"), [((33, 32), "32x32"), ((32, 50), "32x64"), ((16, 16), "32x32")]
)
def test_sizes_that_do_not_divide_are_refused_with_the_nearest(
    size: tuple[int, int], nearest: str
) -> None:
    with pytest.raises(H3AEError, match="is not divisible by 32") as caught:
        model().encode(noise((1, 3, 1, *size)))
    assert nearest in str(caught.value)


def test_an_empty_picture_is_refused() -> None:
    with pytest.raises(H3AEError, match="0x32"):
        model().encode(torch.zeros(1, 3, 1, 0, 32).double())


@pytest.mark.parametrize("shape", [(3, 9, 32, 32), (1, 4, 9, 32, 32), (1, 9, 3, 32, 32)])
def test_tensors_that_are_no_video_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(H3AEError, match=r"is not \(B, 3, T, H, W\)"):
        model().encode(noise(shape))


@pytest.mark.parametrize("shape", [(3, 2, 1, 1), (1, 4, 2, 1, 1)])
def test_tensors_that_are_no_latents_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(H3AEError, match=r"are not \(B, 3, T', H', W'\)"):
        model().decode(noise(shape))


@pytest.mark.parametrize("plan", [[9, 7, 1], [8, 9], [1, 4, 12]])
def test_plans_that_cut_a_latent_frame_are_refused(plan: list[int]) -> None:
    with pytest.raises(H3AEError, match="cuts a latent frame"):
        model().encode(noise((1, 3, 17, 32, 32)), plan=plan)


@pytest.mark.parametrize(
    ("name", "published", "tolerance"),
    [
        ("h3ae-4x16x16", 67.16, 0.01),
        ("h3ae-8x32x32", 196.51, 0.001),
        ("h3ae-8x64x64", 643.76, 0.016),
    ],
)
def test_parameter_counts_are_the_papers(name: str, published: float, tolerance: float) -> None:
    with torch.device("meta"):
        network = VideoAutoencoder(get_config(name))
    count = sum(parameter.numel() for parameter in network.parameters()) / 2**20
    assert count == pytest.approx(published, rel=tolerance)


def test_the_demo_model_fits_its_place_in_the_package() -> None:
    with torch.device("meta"):
        network = VideoAutoencoder(get_config("h3ae-demo"))
    assert 2 * sum(parameter.numel() for parameter in network.parameters()) <= 24 * 2**20


@pytest.mark.parametrize("name", PRESETS)
def test_presets_compress_as_they_are_called(name: str) -> None:
    written = name.removeprefix("h3ae-") if "x" in name else "8x32x32"
    assert get_config(name).compression == tuple(map(int, written.split("x")))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stages": ()}, "at least 1 item"),
        ({"head_dim": 12}, "multiple of 8"),
        ({"head_dim": 24}, "no multiple of head_dim"),
        ({"stages": (stage("attention", 8), stage("spatial", 8))}, "must come before"),
        ({"norm": "batch"}, "'pixel', 'group' or 'layer'"),
        ({"patch": 0}, "greater than or equal to 1"),
        ({"attention_window": 0}, "greater than or equal to 1"),
        ({"name": "../etc"}, "should match pattern"),
        ({"colour": 1}, "Extra inputs"),
    ],
)
def test_impossible_configurations_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        config(**change)


@pytest.mark.parametrize(
    "change",
    [{"stride": (4, 2, 2)}, {"stride": (1, 1, 2)}, {"stride": (2, 2, 2)}, {"fitted_blocks": 1}],
)
def test_impossible_stages_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="neither"):
        StageConfig(**({"kind": "spatial", "width": 8, "blocks": 1} | change))


def test_configurations_are_frozen_and_come_back_from_json() -> None:
    for name in PRESETS:
        preset = get_config(name)
        assert AutoencoderConfig.model_validate_json(preset.model_dump_json()) == preset
        with pytest.raises(ValueError, match="frozen"):
            preset.patch = 2  # type: ignore[misc]


def test_an_unknown_model_is_named_with_those_there_are() -> None:
    with pytest.raises(H3AEError, match="no model 'h3ae-9x9x9'") as caught:
        get_config("h3ae-9x9x9")
    assert all(name in str(caught.value) for name in PRESETS)


def test_random_weights_keep_activations_near_unit_variance() -> None:
    network = VideoAutoencoder(get_config("h3ae-demo")).eval()
    random_init(network, 0)
    with torch.no_grad():
        decoded = network.decode(torch.randn(1, 128, 2, 2, 2))
        encoded = network.encode(torch.randn(1, 3, 9, 64, 64)).mean
    for tensor in (decoded, encoded):
        assert 0.2 < tensor.std().item() < 5


def test_random_weights_are_those_of_their_seed() -> None:
    one, same, other = (VideoAutoencoder(config()) for _ in range(3))
    for network, seed in ((one, 1), (same, 1), (other, 2)):
        random_init(network, seed)
    weight = one.decoder.from_latent.conv.weight
    assert torch.equal(weight, same.decoder.from_latent.conv.weight)
    assert not torch.equal(weight, other.decoder.from_latent.conv.weight)
