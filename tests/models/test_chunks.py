"""Any plan of chunks equals the whole pass, in both directions and for every configuration."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.executor import iterate, run
from tests.models.tiny import ABLATIONS, assert_close, config, configs, model, noise, plans, sizes

EXAMPLES = 100


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_any_plan_decodes_like_the_whole(data: st.DataObject) -> None:
    network = model(data.draw(configs()), seed=data.draw(st.integers(0, 99)))
    frames = data.draw(st.integers(1, 6))
    height, width = data.draw(sizes(network.config))
    latents = noise((1, network.config.latent_channels, frames, height, width))
    whole = network.decode(latents)
    assert whole.shape[2] == network.law.frames(frames)
    assert_close(network.decode(latents, plan=data.draw(plans(frames))), whole)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_any_plan_encodes_like_the_whole(data: st.DataObject) -> None:
    network = model(data.draw(configs()), seed=data.draw(st.integers(0, 99)))
    time, space, _ = network.config.compression
    groups = data.draw(st.integers(1, 5))
    plan = [time * count for count in data.draw(plans(groups))]
    plan[0] -= time - 1
    height, width = data.draw(sizes(network.config))
    video = noise((1, 3, sum(plan), space * height, space * width))
    whole, chunked = network.encode(video), network.encode(video, plan=plan)
    assert whole.mean.shape[2] == groups
    assert_close(chunked.mean, whole.mean)
    assert_close(chunked.logvar, whole.logvar)


@pytest.mark.parametrize("name", ABLATIONS)
def test_every_ablation_streams_both_ways(name: str) -> None:
    network = model(ABLATIONS[name])
    time, space, _ = network.config.compression
    video = noise((2, 3, 1 + 3 * time, space, 2 * space))
    whole = network.encode(video).mean
    assert_close(network.encode(video, plan=[1, time, 2 * time]).mean, whole)
    decoded = network.decode(whole)
    assert decoded.shape == video.shape
    assert_close(network.decode(whole, plan=[1, 1, 1, 1]), decoded)
    assert_close(network.decode(whole, plan=[3, 1]), decoded)


def test_a_conditioned_stream_equals_the_conditioned_whole() -> None:
    network = model()
    latents = noise((1, 3, 4, 1, 2))
    features = network.first_frame_features(noise((1, 3, 1, 32, 64)))
    whole = network.decode(latents, features)
    assert_close(network.decode(latents, features, plan=[2, 1, 1]), whole)


def test_a_forward_pass_leaves_the_network_as_it_was() -> None:
    network = model()
    before = {name: value for name, value in vars(network.decoder).items() if name[0] != "_"}
    latents = noise((1, 3, 3, 1, 1))
    first = network.decode(latents, plan=[1, 2])
    assert torch.equal(network.decode(latents, plan=[1, 2]), first)
    after = {name: value for name, value in vars(network.decoder).items() if name[0] != "_"}
    assert after == before


def test_caches_do_not_grow_with_the_stream_when_the_attention_has_a_window() -> None:
    network = model(config(attention_window=3))
    latents = noise((1, 3, 6, 1, 1))
    caches, sizes = None, []
    for frame in range(6):
        chunk = Chunk(caches)
        network.decoder(latents[:, :, frame : frame + 1], chunk)
        caches = tuple(cache.clone() for cache in chunk.caches)
        sizes.append(sum(cache.numel() for cache in caches))
    assert sizes[0] < sizes[1] == sizes[2] == sizes[5]


def test_the_last_chunk_collects_nothing() -> None:
    chunk = Chunk(keep=False)
    model().decoder(noise((1, 3, 2, 1, 1)), chunk)
    assert chunk.caches == ()


def test_iterate_yields_as_it_goes() -> None:
    seen: list[int] = []

    def network(x: torch.Tensor, chunk: Chunk) -> torch.Tensor:
        seen.append(x.shape[2])
        return x

    pieces = iterate(network, noise((1, 1, 5, 1, 1)), [2, 3])
    next(pieces)
    assert seen == [2]


@pytest.mark.parametrize("plan", [[], [2], [3, 1], [4, -1], [0, 3], [3, 0]])
def test_a_plan_must_add_up(plan: list[int]) -> None:
    with pytest.raises(H3AEError, match="does not add up to 3 frames"):
        run(lambda x, chunk: x, noise((1, 1, 3, 1, 1)), plan)


@pytest.mark.parametrize("plan", [None, [], [0]])
def test_nothing_cannot_be_run(plan: list[int] | None) -> None:
    with pytest.raises(H3AEError, match="0 frames"):
        run(lambda x, chunk: x, noise((1, 1, 0, 1, 1)), plan)


def test_caches_of_another_network_are_refused() -> None:
    chunk = Chunk([noise((1, 3, 2, 1, 1))])
    with pytest.raises(H3AEError, match="another network"):
        model().decoder(noise((1, 3, 1, 1, 1)), chunk)
