"""The schedule runs graphs that exist, fit together and keep the frame law."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h3ae_mobile.bundle.fields import violation
from h3ae_mobile.bundle.rules.conditions import check_conditions, check_i2v_source
from h3ae_mobile.bundle.rules.expect import expect, expect_features, graph_of_role
from h3ae_mobile.bundle.schedule import I2V, ClipDecode, Encode, StreamDecode
from h3ae_mobile.bundle.tensors import Graph, TensorSpec, same_tensor

if TYPE_CHECKING:
    from h3ae_mobile.bundle.manifest import Manifest


def check_schedule(manifest: Manifest) -> None:
    """Check every way to run the bundle, and that there is one."""
    schedule = manifest.schedule
    if not any((schedule.clip, schedule.stream, schedule.i2v, schedule.encode)):
        raise violation("manifest.reference", "schedule holds nothing to run")
    if schedule.clip is not None:
        _check_clip(manifest, schedule.clip, "schedule.clip", None)
    if schedule.stream is not None:
        _check_stream(manifest, schedule.stream, "schedule.stream", None)
    if schedule.i2v is not None:
        _check_i2v(manifest, schedule.i2v)
    if schedule.encode is not None:
        _check_encode(manifest, schedule.encode)
    _check_length(manifest)


def _check_length(manifest: Manifest) -> None:
    """Require `video.frames` to be the length of every decoded clip, null where none is."""
    lengths: set[int | None] = {clip.frames for clip in manifest.schedule.clips}
    lengths = lengths or {None}
    if lengths != {manifest.video.frames}:
        expected = " and ".join("null" if n is None else str(n) for n in sorted(lengths, key=str))
        raise violation(
            "manifest.frames",
            f"video.frames is {manifest.video.frames or 'null'}, the schedule says {expected}",
        )


def _check_clip(manifest: Manifest, clip: ClipDecode, where: str, i2v: I2V | None) -> None:
    temporal = graph_of_role(manifest, clip.temporal, f"{where}.temporal", "temporal")
    _check_law(manifest, clip.latents, clip.frames, where)
    expect(clip.temporal, temporal, "inputs", "latents", manifest.latent_shape(clip.latents))
    features = expect_features(clip.temporal, temporal, clip.frames)
    _check_frame_graph(manifest, clip.frame, clip.frames_per_call, where, features)
    check_conditions(manifest, clip.graphs, where, i2v)


def _check_stream(manifest: Manifest, stream: StreamDecode, where: str, i2v: I2V | None) -> None:
    first = graph_of_role(manifest, stream.first, f"{where}.first", "first")
    following = graph_of_role(manifest, stream.next, f"{where}.next", "next")
    law = manifest.video.frame_law
    for name, count, expected in (
        ("frames_first", stream.frames_first, law.first),
        ("frames_next", stream.frames_next, law.temporal),
    ):
        if count != expected:
            raise violation(
                "manifest.frames", f"{where}.{name} is {count}, the frame law says {expected}"
            )
    for graph_name, graph, count in (
        (stream.first, first, stream.frames_first),
        (stream.next, following, stream.frames_next),
    ):
        expect(graph_name, graph, "inputs", "latents", manifest.latent_shape(1))
        features = expect_features(graph_name, graph, count)
        _check_frame_graph(manifest, stream.frame, stream.frames_per_call, where, features)
    _check_handover(stream, first, following)
    check_conditions(manifest, stream.graphs, where, i2v)


def _check_handover(stream: StreamDecode, first: Graph, following: Graph) -> None:
    """Require of `first`, under the same names, all that `next` hands to its successor."""
    given = {tensor.name: tensor for tensor in first.outputs if tensor.kind == "cache"}
    inputs = {tensor.name: tensor for tensor in following.inputs}
    where = f"graphs.{stream.first}.outputs"
    for cache in following.caches:
        if cache.output not in given:
            raise violation(
                "manifest.reference",
                f"{where} hold no cache {cache.output!r}, which {stream.next!r} needs",
            )
        if not same_tensor(given[cache.output], inputs[cache.input]):
            raise violation(
                "manifest.shape",
                f"{where}: {cache.output!r} differs in shape or type from the input "
                f"{cache.input!r} of {stream.next!r}",
            )


def _check_frame_graph(
    manifest: Manifest, name: str, count: int, where: str, features: TensorSpec
) -> None:
    graph = graph_of_role(manifest, name, f"{where}.frame", "frame")
    expect(name, graph, "inputs", "features", (count, *features.shape[1:]))
    expect(name, graph, "outputs", "frames", manifest.frame_shape(count))


def _check_i2v(manifest: Manifest, i2v: I2V) -> None:
    encoder = graph_of_role(manifest, i2v.encoder, "schedule.i2v.encoder", "image_encoder")
    expect(i2v.encoder, encoder, "inputs", "image", manifest.frame_shape(1))
    check_i2v_source(i2v, encoder)
    if i2v.clip is not None:
        _check_clip(manifest, i2v.clip, "schedule.i2v.clip", i2v)
    if i2v.stream is not None:
        _check_stream(manifest, i2v.stream, "schedule.i2v.stream", i2v)


def _check_encode(manifest: Manifest, encode: Encode) -> None:
    graph = graph_of_role(manifest, encode.graph, "schedule.encode.graph", "encoder")
    _check_law(manifest, encode.latents, encode.frames, "schedule.encode")
    expect(encode.graph, graph, "inputs", "video", manifest.frame_shape(encode.frames))
    expect(encode.graph, graph, "outputs", "latents", manifest.latent_shape(encode.latents))


def _check_law(manifest: Manifest, latents: int, frames: int, where: str) -> None:
    expected = manifest.video.law.frames(latents)
    if frames != expected:
        raise violation(
            "manifest.frames",
            f"{where}.frames is {frames}, {latents} latent frames decode to {expected}",
        )
