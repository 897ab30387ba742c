"""Which graphs a request needs, and in which order a decoder will run them."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph


@dataclass(frozen=True)
class Plan:
    """The graphs of one extent, and how a decoder runs them.

    Attributes
    ----------
    graphs : tuple of MobileGraph
        Those of a further size carry it in their names.
    schedule : Schedule
        Refers to those names.
    """

    graphs: tuple[MobileGraph, ...]
    schedule: Schedule

    @property
    def specs(self) -> dict[str, Graph]:
        """What stands at the edges of each graph, in the order of `graphs`."""
        return {graph.name: graph.spec for graph in self.graphs}


def make_plan(request: ExportRequest, builder: GraphBuilder) -> Plan:
    """Return the graphs of a request at the builder's extent, rewritten for one target."""
    suffix = _suffix(request, builder.extent)
    graphs = tuple(replace(g, name=f"{g.name}{suffix}") for g in _graphs(request, builder))
    image = next((graph for graph in graphs if graph.spec.role == "image_encoder"), None)
    return Plan(graphs, _schedule(request, builder, image, suffix))


def _suffix(request: ExportRequest, extent: Extent) -> str:
    return "" if extent == request.extent else f"_{extent.height}x{extent.width}"


def _graphs(request: ExportRequest, builder: GraphBuilder) -> list[MobileGraph]:
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


def _schedule(
    request: ExportRequest, builder: GraphBuilder, image: MobileGraph | None, suffix: str
) -> Schedule:
    clip, stream = _decode(request, builder, suffix) if request.decodes else (None, None)
    i2v = None
    if image is not None:
        conditioned = _decode(request, builder, f"_i2v{suffix}")
        i2v = I2V(
            encoder=image.name,
            conditions=tuple(
                Condition(output=tensor.name, input=tensor.name)
                for tensor in image.spec.outputs
                if tensor.kind == "condition"
            ),
            clip=conditioned[0],
            stream=conditioned[1],
        )
    encode = None
    if request.encodes:
        encode = Encode(
            graph=f"encoder_clip{suffix}",
            frames=request.extent.frames,
            latents=builder.latent_frames,
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
