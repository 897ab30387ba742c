"""Which graphs a request needs, and in which order a decoder will run them."""

from __future__ import annotations

from h3ae_export.request import ExportRequest
from h3ae_mobile.bundle.schedule import (
    I2V,
    ClipDecode,
    Condition,
    Encode,
    Schedule,
    StreamDecode,
)
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.mobile.builder import GraphBuilder, MobileGraph


def build_graphs(request: ExportRequest, builder: GraphBuilder) -> list[MobileGraph]:
    """Return the graphs of a request, rewritten for one target."""
    graphs = []
    for i2v, wanted in ((False, request.decodes), (True, request.conditions)):
        if not wanted:
            continue
        if request.clips:
            graphs.append(builder.decoder_temporal(i2v=i2v))
        if request.streams:
            graphs += [builder.decoder_first(i2v=i2v), builder.decoder_next(i2v=i2v)]
        graphs.append(builder.decoder_frame(i2v=i2v))
    if request.conditions:
        graphs.append(builder.encoder_image())
    if request.encodes:
        graphs.append(builder.encoder_clip())
    return graphs


def make_schedule(request: ExportRequest, builder: GraphBuilder, image: Graph | None) -> Schedule:
    """Return the schedule of a request; `image` is the image encoder's graph, for I2V."""
    clip, stream = _decode(request, builder, "") if request.decodes else (None, None)
    i2v = None
    if image is not None:
        conditioned = _decode(request, builder, "_i2v")
        i2v = I2V(
            encoder="encoder_image",
            conditions=tuple(
                Condition(output=tensor.name, input=tensor.name)
                for tensor in image.outputs
                if tensor.kind == "condition"
            ),
            clip=conditioned[0],
            stream=conditioned[1],
        )
    encode = None
    if request.encodes:
        encode = Encode(
            graph="encoder_clip", frames=request.extent.frames, latents=builder.latent_frames
        )
    return Schedule(clip=clip, stream=stream, i2v=i2v, encode=encode)


def _decode(
    request: ExportRequest, builder: GraphBuilder, suffix: str
) -> tuple[ClipDecode | None, StreamDecode | None]:
    extent = request.extent
    clip = stream = None
    if request.clips:
        clip = ClipDecode(
            temporal=f"decoder_temporal{suffix}",
            frame=f"decoder_frame{suffix}",
            frames_per_call=extent.frames_per_call,
            latents=builder.latent_frames,
            frames=extent.frames,
        )
    if request.streams:
        stream = StreamDecode(
            first=f"decoder_first{suffix}",
            next=f"decoder_next{suffix}",
            frame=f"decoder_frame{suffix}",
            frames_per_call=extent.frames_per_call,
            attention_window=request.window,
            frames_first=1,
            frames_next=builder.time,
        )
    return clip, stream
