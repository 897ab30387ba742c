"""The mobile graphs of a bundle, built again from the model that it states."""

from __future__ import annotations

import json
from collections.abc import Callable

from pydantic import ValidationError

from h3ae_mobile.bundle import Manifest
from h3ae_mobile.bundle.validation import first_problem
from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph
from h3ae_profiling.decode import Decode

_BUILDERS: dict[str, Callable[[GraphBuilder], MobileGraph]] = {
    "decoder_temporal": lambda builder: builder.decoder_temporal(),
    "decoder_temporal_i2v": lambda builder: builder.decoder_temporal(i2v=True),
    "decoder_first": lambda builder: builder.decoder_first(),
    "decoder_first_i2v": lambda builder: builder.decoder_first(i2v=True),
    "decoder_next": lambda builder: builder.decoder_next(),
    "decoder_next_i2v": lambda builder: builder.decoder_next(i2v=True),
    "decoder_frame": lambda builder: builder.decoder_frame(),
    "decoder_frame_i2v": lambda builder: builder.decoder_frame(i2v=True),
    "encoder_clip": lambda builder: builder.encoder_clip(),
    "encoder_image": lambda builder: builder.encoder_image(),
}
GRAPHS = tuple(_BUILDERS)


def config_of(manifest: Manifest) -> AutoencoderConfig:
    """Return the configuration of the bundle's model.

    Raises
    ------
    H3AEError
        If it is none.
    """
    try:
        return AutoencoderConfig.model_validate_json(json.dumps(manifest.model.config))
    except ValidationError as error:
        raise H3AEError(f"the bundle's model.config: {first_problem(error)[1]}") from None


def extent_of(manifest: Manifest, decode: Decode) -> Extent:
    """Return the fixed sizes of the graphs of a decode."""
    video = manifest.video
    return Extent(video.height, video.width, decode.frames, decode.plan.frames_per_call)


def build_graph(builder: GraphBuilder, name: str) -> MobileGraph:
    """Return a graph by its name in the bundle.

    Raises
    ------
    H3AEError
        If this version builds no such graph.
    """
    if name not in _BUILDERS:
        raise H3AEError(f"no graph {name!r} can be built", f"there are: {', '.join(_BUILDERS)}")
    return _BUILDERS[name](builder)
