"""Puts together what is to be known of a model at one extent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

import torch
from torch import nn

from h3ae_mobile.ablations import ABLATIONS
from h3ae_mobile.bundle.model import StageMemory
from h3ae_mobile.bundle.peak import peak_bytes
from h3ae_mobile.bundle.schedule import ClipDecode, Schedule
from h3ae_mobile.config import AutoencoderConfig, StageConfig, get_config
from h3ae_mobile.info.measure import (
    Shape,
    count_parameters,
    flops_and_shapes,
    peak_activations,
)
from h3ae_mobile.info.published import published_parameters, shell
from h3ae_mobile.info.record import MemoryEstimate, ModelInfo, StageInfo
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph
from h3ae_mobile.models.autoencoder import RGB, VideoAutoencoder

Side = Literal["encoder", "decoder"]
Size4 = tuple[int, int, int, int]
Measured = dict[str, tuple[int, Shape]]

FP32_BYTES = 4


def describe(model: str | AutoencoderConfig, extent: Extent | None = None) -> ModelInfo:
    """Describe a model: stages, shapes, parameters, FLOPs, memory.

    Nothing is computed and no weights are allocated; it takes about a second.

    Parameters
    ----------
    model : str or AutoencoderConfig
        The name of a preset or of an ablation (Tab. 1), or any configuration.
    extent : Extent, optional
        Of the clip; 17 frames of 512x512 by default, which the paper times.

    Raises
    ------
    H3AEError
        If there is no such model, or it cannot have that extent.
    """
    config = _config(model)
    extent = extent or Extent()
    network = shell(config)
    builder = GraphBuilder(network, extent)
    latent = (config.latent_channels, builder.latent_frames, *builder.latent_size)
    clip = torch.empty(1, RGB, extent.frames, extent.height, extent.width, device="meta")
    latents = torch.empty(1, *latent, device="meta")
    encoding = flops_and_shapes(_parts(network, "encoder"), lambda: network.encode(clip))
    decoding = flops_and_shapes(_parts(network, "decoder"), lambda: network.decode(latents))
    stages = (*_rows(network, "encoder", encoding), *_rows(network, "decoder", decoding))
    memory, peak = _memory(builder)
    return ModelInfo(
        model=config.name,
        frames=extent.frames,
        height=extent.height,
        width=extent.width,
        compression=config.compression,
        latent=latent,
        parameters=count_parameters(network),
        encoder_parameters=count_parameters(network.encoder),
        decoder_parameters=count_parameters(network.decoder),
        flops=sum(stage.flops for stage in stages if stage.side == "decoder"),
        encoder_flops=sum(stage.flops for stage in stages if stage.side == "encoder"),
        stages=stages,
        memory=memory,
        peak=peak,
        published=published_parameters(),
        notes=config.notes,
    )


def _config(model: str | AutoencoderConfig) -> AutoencoderConfig:
    if isinstance(model, AutoencoderConfig):
        return model
    return ABLATIONS.get(model) or get_config(model)


def _parts(network: VideoAutoencoder, side: Side) -> dict[str, nn.Module]:
    """Return the parts of one side in the order of execution."""
    if side == "encoder":
        encoder = network.encoder
        stages = {f"{index}": stage for index, stage in enumerate(encoder.stages)}
        return {**stages, "latent": encoder.to_moments}
    decoder = network.decoder
    last = len(decoder.stages) - 1
    stages = {f"{last - index}": stage for index, stage in enumerate(decoder.stages)}
    return {"latent": decoder.from_latent, **stages}


def _rows(network: VideoAutoencoder, side: Side, measured: Measured) -> Iterator[StageInfo]:
    for name, part in _parts(network, side).items():
        flops, shape = measured[name]
        yield StageInfo(
            side=side,
            **_kind(network.config, name),
            output=cast(Size4, shape[1:]),
            parameters=count_parameters(part) + _joint_parameters(network, side, name),
            flops=flops,
        )


def _joint_parameters(network: VideoAutoencoder, side: Side, name: str) -> int:
    """Count what joins first-frame features with the input of a decoder stage."""
    if side == "encoder" or name == "latent":
        return 0
    return count_parameters(network.decoder.joins[-1 - int(name)])


def _kind(config: AutoencoderConfig, name: str) -> dict[str, object]:
    if name == "latent":
        width = config.stages[-1].width
        return {"kind": "latent", "width": width, "blocks": 0, "stride": (1, 1, 1)}
    stage: StageConfig = config.stages[int(name)]
    return {
        "kind": stage.kind,
        "width": stage.width,
        "blocks": stage.blocks + stage.fitted_blocks,
        "stride": stage.stride,
    }


def _memory(builder: GraphBuilder) -> tuple[tuple[MemoryEstimate, ...], int]:
    """Return the memory of the two graphs that decode the clip, and of the decode."""
    with torch.device("meta"):
        temporal, frame = builder.decoder_temporal(), builder.decoder_frame()
    frames, count = builder.extent.frames, builder.extent.frames_per_call
    estimates = _estimate(temporal, frames), _estimate(frame, count)
    clip = ClipDecode(
        temporal=temporal.name,
        frame=frame.name,
        frames_per_call=count,
        latents=builder.latent_frames,
        frames=frames,
    )
    peak = peak_bytes(
        {
            one.graph: StageMemory(weights=one.weights, activations=one.activations)
            for one in estimates
        },
        Schedule(clip=clip),
        {graph.name: graph.spec for graph in (temporal, frame)},
    )
    return estimates, peak


def _estimate(graph: MobileGraph, frames: int) -> MemoryEstimate:
    module = graph.module
    constants = (*module.parameters(), *module.buffers())
    return MemoryEstimate(
        graph=graph.name,
        frames=frames,
        weights=FP32_BYTES * sum(tensor.numel() for tensor in constants),
        activations=FP32_BYTES
        * peak_activations(module, [tensor.shape for tensor in graph.spec.inputs]),
    )
