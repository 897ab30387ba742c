"""The graphs of a bundle, built again without weights, and what a clip costs in them."""

from __future__ import annotations

import torch

from h3ae_mobile.bundle import Bundle
from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph
from h3ae_mobile.mobile.options import MobileOptions, Precision
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_profiling.decode import Decode
from h3ae_profiling.graphs import build_graph, config_of, extent_of
from h3ae_profiling.report.subject import Mode
from h3ae_profiling.roofline.operations import OperationCost, operations

ITEM_BYTES = {"fp32": 4, "fp16": 2, "int8": 1}
# These keep the pixel shuffle as one operation, as their exporters do.
NATIVE_SHUFFLE = {"coreml", "onnx"}


def bundle_operations(
    bundle: Bundle, target: str, precision: str, mode: Mode | None = None
) -> list[OperationCost]:
    """Return what one clip costs with the artifacts of a target.

    Raises
    ------
    H3AEError
        If the bundle does not decode in that mode, or states a model that cannot be built.
    """
    decode = Decode.choose(bundle.manifest, mode)
    extent = extent_of(bundle.manifest, decode)
    config = config_of(bundle.manifest)
    return model_operations(config, extent, target, precision, decode.calls, decode.window)


def model_operations(
    config: AutoencoderConfig,
    extent: Extent,
    target: str = "coreml",
    precision: str = "fp16",
    calls: dict[str, int] | None = None,
    window: int | None = None,
) -> list[OperationCost]:
    """Return what one clip of a model costs at an extent.

    Parameters
    ----------
    calls : dict, optional
        Calls of every graph; by default those of a clip in one call of the temporal stage.
    window : int, optional
        Latent frames in sight of a stream's attention.
    """
    item_bytes = ITEM_BYTES.get(precision)
    if item_bytes is None:
        raise H3AEError(
            f"the bytes of precision {precision!r} are not known",
            f"choose of {', '.join(ITEM_BYTES)}",
        )
    with torch.device("meta"):
        model = VideoAutoencoder(config)
    arithmetic: Precision = "fp16" if precision == "fp16" else "fp32"
    options = MobileOptions(
        arithmetic, window or MobileOptions().window, native_shuffle=target in NATIVE_SHUFFLE
    )
    builder = GraphBuilder(model, extent, options)
    clip = {"decoder_temporal": 1, "decoder_frame": -(-extent.frames // extent.frames_per_call)}
    found: list[OperationCost] = []
    for name, count in (calls or clip).items():
        if count:
            found += operations(_export(build_graph(builder, name)), name, item_bytes, count)
    return found


def _export(graph: MobileGraph) -> torch.export.ExportedProgram:
    """Trace a graph where tensors have shapes and no data."""
    inputs = tuple(torch.empty(tensor.shape, device="meta") for tensor in graph.spec.inputs)
    with torch.no_grad():
        return torch.export.export(graph.module.to("meta"), inputs)
