"""The exported graphs against the reference: clips, streams, conditioned or not, every ablation."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph
from h3ae_mobile.mobile.options import MobileOptions
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from tests.models.tiny import ABLATIONS, assert_close, config, configs, model, noise, stage

LATENTS = 3
# Streams compared with a whole pass must see all of it.
WIDE = MobileOptions(window=LATENTS)

every_ablation = pytest.mark.parametrize("name", ABLATIONS)


def builder(
    network: VideoAutoencoder,
    latents: int = LATENTS,
    size: tuple[int, int] = (1, 2),
    options: MobileOptions = WIDE,
    frames_per_call: int = 1,
) -> GraphBuilder:
    """`size` counts latents."""
    time, space, _ = network.config.compression
    frames = 1 + (latents - 1) * time
    extent = Extent(size[0] * space, size[1] * space, frames, frames_per_call)
    return GraphBuilder(network, extent, options)


def call(graph: MobileGraph, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Run a graph and hold it to its own description."""
    assert [tuple(tensor.shape) for tensor in inputs] == [t.shape for t in graph.spec.inputs]
    outputs = graph.module(*inputs)
    assert [tuple(tensor.shape) for tensor in outputs] == [t.shape for t in graph.spec.outputs]
    return outputs


def rank4(x: Tensor) -> Tensor:
    return x[0].transpose(0, 1)


def frames_of(graph: MobileGraph, features: Tensor, conditions: list[Tensor]) -> Tensor:
    """Turn features into pixels, k frames a call."""
    count = graph.spec.inputs[0].shape[0]
    return torch.cat([call(graph, part, *conditions)[0] for part in features.split(count)])


def split_conditions(
    network: VideoAutoencoder, features: list[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """First-frame features as the temporal and the frame stage want them."""
    mirrored = [rank4(feature) for feature in reversed(features)]
    cut = len(mirrored) - network.config.spatial_stages
    return mirrored[:cut], mirrored[cut:]


def reference(
    network: VideoAutoencoder, latents: Tensor, features: list[Tensor] | None = None
) -> Tensor:
    """Decode normalised latents as a bundle does: frames `(T, 3, H, W)` in [-1, 1]."""
    return rank4(network.decode(network.denormalise(latents), features).clamp(-1, 1))


def image_of(network: VideoAutoencoder) -> Tensor:
    _, space, _ = network.config.compression
    return noise((1, 3, 1, space, 2 * space), 7)


def decode_stream(
    built: GraphBuilder, latents: Tensor, conditions: list[Tensor], i2v: bool
) -> Tensor:
    first, later = built.decoder_first(i2v=i2v), built.decoder_next(i2v=i2v)
    steps = rank4(latents).split(1)
    features, *caches = call(first, steps[0], *conditions)
    collected = [features]
    for step in steps[1:]:
        features, *caches = call(later, step, *conditions, *caches)
        collected.append(features)
    return torch.cat(collected)


@every_ablation
@pytest.mark.parametrize("i2v", [False, True])
@pytest.mark.parametrize("mode", ["clip", "stream"])
def test_decoder_graphs_equal_the_reference(name: str, i2v: bool, mode: str) -> None:
    network = model(ABLATIONS[name])
    latents = noise((1, network.config.latent_channels, LATENTS, 1, 2))
    given_features = network.first_frame_features(image_of(network)) if i2v else None
    temporal, spatial = split_conditions(network, given_features or []) if i2v else ([], [])
    built = builder(network)
    if mode == "clip":
        (features,) = call(built.decoder_temporal(i2v=i2v), rank4(latents), *temporal)
    else:
        features = decode_stream(built, latents, temporal, i2v)
    found = frames_of(built.decoder_frame(i2v=i2v), features, spatial)
    assert_close(found, reference(network, latents, given_features))


@every_ablation
def test_encoder_graphs_equal_the_reference(name: str) -> None:
    network = model(ABLATIONS[name])
    time, space, _ = network.config.compression
    video = noise((1, 3, 1 + 2 * time, space, 2 * space))
    built = builder(network)
    (latents,) = call(built.encoder_clip(), rank4(video))
    assert_close(latents, rank4(network.normalise(network.encode(video).mean)))
    image = video[:, :, :1]
    latent, *features = call(built.encoder_image(), rank4(image))
    assert_close(latent, latents[:1])
    for found, wanted in zip(features, network.first_frame_features(image), strict=True):
        assert_close(found, rank4(wanted))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_configuration_decodes_in_clip_and_stream(data: st.DataObject) -> None:
    network = model(data.draw(configs()), seed=data.draw(st.integers(0, 99)))
    count = data.draw(st.integers(1, 4))
    latents = noise((1, network.config.latent_channels, count, 2, 1))
    k = data.draw(st.sampled_from([1, network.law.frames(count)]))
    built = builder(network, count, (2, 1), MobileOptions(window=4), frames_per_call=k)
    wanted = reference(network, latents)
    (features,) = call(built.decoder_temporal(), rank4(latents))
    assert_close(frames_of(built.decoder_frame(), features, []), wanted)
    if count > 1:
        streamed = decode_stream(built, latents, [], i2v=False)
        assert_close(streamed, features)


@pytest.mark.parametrize("window", [1, 2, 3])
def test_a_stream_longer_than_its_window_equals_a_windowed_network(window: int) -> None:
    network = model()
    latents = noise((1, 3, 6, 1, 2))
    built = builder(network, options=MobileOptions(window=window))
    features = decode_stream(built, latents, [], i2v=False)
    found = frames_of(built.decoder_frame(), features, [])
    windowed = model(config(attention_window=window))
    windowed.load_state_dict(network.state_dict())
    assert_close(found, reference(windowed, latents))


@pytest.mark.parametrize("k", [1, 2, 4])
def test_the_frame_stage_takes_k_frames_a_call(k: int) -> None:
    network = model()
    built = builder(network, frames_per_call=k)
    features = noise((4, *built.decoder_frame().spec.inputs[0].shape[1:]))
    alone = builder(network).decoder_frame()
    assert_close(frames_of(built.decoder_frame(), features, []), frames_of(alone, features, []))


def test_frames_stay_within_their_range() -> None:
    network = model()
    graph = builder(network).decoder_frame()
    (frames,) = call(graph, 100 * noise(graph.spec.inputs[0].shape))
    assert frames.abs().max() == 1


@every_ablation
@pytest.mark.parametrize("name_of_graph", ["decoder_temporal", "decoder_next", "decoder_frame"])
def test_example_inputs_are_what_a_graph_takes(name: str, name_of_graph: str) -> None:
    graph = getattr(builder(model(ABLATIONS[name])), name_of_graph)(i2v=True)
    call(graph, *graph.example_inputs())


def test_graphs_name_their_roles_and_caches() -> None:
    built = builder(model())
    assert built.decoder_temporal().name == "decoder_temporal"
    assert built.decoder_temporal(i2v=True).name == "decoder_temporal_i2v"
    later = built.decoder_next()
    assert later.spec.role == "next"
    assert [cache.input for cache in later.spec.caches] == [
        tensor.name for tensor in later.spec.inputs if tensor.kind == "cache"
    ]
    first = built.decoder_first()
    assert first.spec.caches == ()
    assert [t for t in first.spec.outputs if t.kind == "cache"] == [
        t for t in later.spec.outputs if t.kind == "cache"
    ]


def test_conditions_are_named_after_the_encoders_outputs() -> None:
    built = builder(model())
    produced = {t.name: t.shape for t in built.encoder_image().spec.outputs}
    graphs = (built.decoder_temporal(i2v=True), built.decoder_frame(i2v=True))
    wanted = {t.name: t.shape for graph in graphs for t in graph.spec.conditions}
    assert len(wanted) == 5
    assert wanted.items() <= produced.items()


def test_no_graph_holds_a_rank_above_four_or_a_3d_convolution() -> None:
    built = builder(model(), options=MobileOptions(window=3, native_shuffle=True))
    for graph in (built.decoder_temporal(), built.decoder_next(), built.decoder_frame()):
        program = torch.export.export(graph.module, graph.example_inputs())
        for node in program.graph.nodes:
            value = node.meta.get("val")
            assert "conv3d" not in str(node.target)
            assert not isinstance(value, Tensor) or value.ndim <= 4


def test_a_window_and_a_clip_of_one_frame() -> None:
    network = model()
    latents = noise((1, 3, 1, 1, 2))
    built = builder(network, latents=1)
    (features,) = call(built.decoder_temporal(), rank4(latents))
    found = frames_of(built.decoder_frame(), features, [])
    assert_close(found, reference(network, latents))


@pytest.mark.parametrize(
    ("extent", "message"),
    [
        (Extent(33, 32, 9), "33x32 is not divisible by 32"),
        (Extent(0, 32, 9), "0x32 is not divisible by 32"),
        (Extent(32, 0, 9), "32x0 is not divisible by 32"),
        (Extent(32, -32, 9), "32x-32 is not divisible by 32"),
        (Extent(32, 32, 10), "10 frames do not fit"),
        (Extent(32, 32, 9, 0), "0 frames a call are too few"),
    ],
)
def test_impossible_extents_are_refused(extent: Extent, message: str) -> None:
    with pytest.raises(H3AEError, match=message):
        GraphBuilder(model(), extent)


@pytest.mark.parametrize("window", [0, -1])
def test_an_empty_window_is_refused(window: int) -> None:
    with pytest.raises(H3AEError, match="window"):
        GraphBuilder(model(), Extent(32, 32, 9), MobileOptions(window=window))


def test_a_network_without_a_temporal_stage_still_splits() -> None:
    network = model(config(stages=(stage("spatial", 4), stage("spatial", 6))))
    latents = noise((1, 3, 3, 2, 2))
    built = builder(network, size=(2, 2))
    (features,) = call(built.decoder_temporal(), rank4(latents))
    found = frames_of(built.decoder_frame(), features, [])
    assert_close(found, reference(network, latents))
