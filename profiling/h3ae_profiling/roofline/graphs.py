"""The graphs of a bundle, built again without weights, and what a clip costs in them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import torch
from pydantic import ValidationError

from h3ae_mobile.bundle import Bundle, ClipDecode, StreamDecode
from h3ae_mobile.bundle.validation import first_problem
from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph
from h3ae_mobile.mobile.options import MobileOptions, Precision
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_profiling.roofline.operations import OperationCost, operations

ITEM_BYTES = {"fp32": 4, "fp16": 2, "int8": 1}
# These keep the pixel shuffle as one operation, as their exporters do.
NATIVE_SHUFFLE = {"coreml", "onnx"}


def bundle_operations(bundle: Bundle, target: str, precision: str) -> list[OperationCost]:
    """Return what one clip costs with the artifacts of a target.

    Raises
    ------
    H3AEError
        If the bundle decodes no clip, or states a model that cannot be built.
    """
    manifest = bundle.manifest
    try:
        config = AutoencoderConfig.model_validate_json(json.dumps(manifest.model.config))
    except ValidationError as error:
        raise H3AEError(f"the bundle's model.config: {first_problem(error)[1]}") from None
    plan = manifest.schedule.clip or manifest.schedule.stream
    if plan is None:
        raise H3AEError(f"{manifest.name} holds no decoder of clips", "export one with --mode clip")
    frames = manifest.video.frames or manifest.video.law.frames(3)
    extent = Extent(manifest.video.height, manifest.video.width, frames, plan.frames_per_call)
    return model_operations(config, extent, target, precision, plan)


def model_operations(
    config: AutoencoderConfig,
    extent: Extent,
    target: str = "coreml",
    precision: str = "fp16",
    plan: ClipDecode | StreamDecode | None = None,
) -> list[OperationCost]:
    """Return what one clip of a model costs at an extent."""
    item_bytes = ITEM_BYTES.get(precision)
    if item_bytes is None:
        raise H3AEError(
            f"the bytes of precision {precision!r} are not known",
            f"choose of {', '.join(ITEM_BYTES)}",
        )
    with torch.device("meta"):
        model = VideoAutoencoder(config)
    arithmetic: Precision = "fp16" if precision == "fp16" else "fp32"
    options = MobileOptions(arithmetic, native_shuffle=target in NATIVE_SHUFFLE)
    builder = GraphBuilder(model, extent, options)
    found: list[OperationCost] = []
    for graph, calls in _schedule(builder, extent, plan):
        found += operations(_export(graph), graph.name, item_bytes, calls)
    return found


def _schedule(
    builder: GraphBuilder, extent: Extent, plan: ClipDecode | StreamDecode | None
) -> Iterator[tuple[MobileGraph, int]]:
    if isinstance(plan, StreamDecode):
        yield builder.decoder_first(), 1
        steps = (extent.frames - plan.frames_first) // plan.frames_next
        if steps:
            yield builder.decoder_next(), steps
        yield builder.decoder_frame(), 1 + steps * -(-plan.frames_next // extent.frames_per_call)
        return
    yield builder.decoder_temporal(), 1
    yield builder.decoder_frame(), -(-extent.frames // extent.frames_per_call)


def _export(graph: MobileGraph) -> torch.export.ExportedProgram:
    """Trace a graph where tensors have shapes and no data."""
    inputs = tuple(torch.empty(tensor.shape, device="meta") for tensor in graph.spec.inputs)
    with torch.no_grad():
        return torch.export.export(graph.module.to("meta"), inputs)
