"""Builds the graphs of one model at one extent: modules, with what stands at their edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from h3ae_mobile.bundle.tensors import Cache, Graph, Kind, TensorSpec
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.graphs import DecoderFrame, DecoderTemporal, EncoderClip
from h3ae_mobile.mobile.options import Grid, MobileOptions, Mode
from h3ae_mobile.mobile.registry import Context
from h3ae_mobile.models.autoencoder import RGB, VideoAutoencoder

# Caches of the attention are (1 or heads, head channels, tokens).
_LAYOUTS = {4: "TCHW", 3: "NDL"}
_ROLES = {"clip": "temporal", "first": "first", "next": "next"}


@dataclass(frozen=True)
class Extent:
    """The fixed extent of a set of graphs.

    Attributes
    ----------
    height, width : int
        Of the video.
    frames : int
        Of the clip; streams ignore it.
    frames_per_call : int
        Frames that the frame stage turns into pixels at once (k).
    """

    height: int = 512
    width: int = 512
    frames: int = 17
    frames_per_call: int = 1


@dataclass(frozen=True)
class MobileGraph:
    """A module to export and what stands at its edges.

    Attributes
    ----------
    name : str
        Of the graph in the bundle.
    module : nn.Module
        Takes and returns tensors in the order of `spec`.
    spec : Graph
        Inputs, outputs, caches.
    """

    name: str
    module: nn.Module
    spec: Graph

    def example_inputs(self, seed: int = 0) -> tuple[Tensor, ...]:
        """Return random inputs of the right shapes, in the module's dtype."""
        generator = torch.Generator().manual_seed(seed)
        # Without a spatial stage the frame stage has no parameters.
        tensors = chain(self.module.parameters(), self.module.buffers())
        dtype = next((tensor.dtype for tensor in tensors), torch.float32)
        return tuple(
            torch.randn(tensor.shape, generator=generator).to(dtype) for tensor in self.spec.inputs
        )


class GraphBuilder:
    """Builds the graphs of one model at one extent.

    Parameters
    ----------
    model : VideoAutoencoder
        Its weights are copied, in their dtype.
    extent : Extent
        Fixed sizes.
    options : MobileOptions, optional
        Precision, streaming window, shuffle.

    Raises
    ------
    H3AEError
        If the model cannot have that extent.
    """

    def __init__(
        self, model: VideoAutoencoder, extent: Extent, options: MobileOptions | None = None
    ) -> None:
        time, space, _ = model.config.compression
        smallest = min(extent.height, extent.width)
        if smallest < space or extent.height % space or extent.width % space:
            raise H3AEError(
                f"{extent.height}x{extent.width} is not divisible by {space}",
                "choose another --size",
            )
        if extent.frames_per_call < 1:
            raise H3AEError(f"{extent.frames_per_call} frames a call are too few")
        self.model = model
        self.extent = extent
        self.options = options or MobileOptions()
        if self.options.window < 1:
            raise H3AEError(f"a window of {self.options.window} latent frames is too small")
        self.latent_frames = model.law.latents(extent.frames)
        self.latent_size = (extent.height // space, extent.width // space)
        self.time = time

    def decoder_temporal(self, *, i2v: bool = False) -> MobileGraph:
        """Return the temporal stage of a clip."""
        return self._decoder("decoder_temporal", "clip", i2v)

    def decoder_first(self, *, i2v: bool = False) -> MobileGraph:
        """Return the first step of a stream."""
        return self._decoder("decoder_first", "first", i2v)

    def decoder_next(self, *, i2v: bool = False) -> MobileGraph:
        """Return any later step of a stream."""
        return self._decoder("decoder_next", "next", i2v)

    def decoder_frame(self, *, i2v: bool = False) -> MobileGraph:
        """Return the frame stage."""
        module = DecoderFrame(self.model, self._context("clip", 1), conditioned=i2v)
        count, height, width = self.extent.frames_per_call, self.extent.height, self.extent.width
        inputs = [self._features(count)]
        if i2v:
            inputs += self._conditions(spatial=True)
        frames = _edge("frames", (count, RGB, height, width), "frames")
        return self._graph(_named("decoder_frame", i2v), "frame", module, inputs, [frames])

    def encoder_clip(self) -> MobileGraph:
        """Return the encoder of a clip."""
        context = self._context("clip", self.latent_frames)
        module = EncoderClip(self.model, context, features=False)
        shape = (self.extent.frames, RGB, self.extent.height, self.extent.width)
        inputs, outputs = [_edge("video", shape, "video")], [self._latents(self.latent_frames)]
        return self._graph("encoder_clip", "encoder", module, inputs, outputs)

    def encoder_image(self) -> MobileGraph:
        """Return the encoder of one image, with the first-frame features (I2V)."""
        module = EncoderClip(self.model, self._context("clip", 1), features=True)
        image = _edge("image", (1, RGB, self.extent.height, self.extent.width), "image")
        features = [*self._conditions(spatial=False), *self._conditions(spatial=True)][::-1]
        outputs = [self._latents(1), *features]
        return self._graph("encoder_image", "image_encoder", module, [image], outputs)

    def _context(self, mode: Mode, frames: int) -> Context:
        return Context(self.options, Grid(frames, *self.latent_size), mode)

    def _decoder(self, name: str, mode: Mode, i2v: bool) -> MobileGraph:
        latents = self.latent_frames if mode == "clip" else 1
        module = DecoderTemporal(self.model, self._context(mode, latents), conditioned=i2v)
        frames = {"clip": self.extent.frames, "first": 1, "next": self.time}[mode]
        inputs, outputs, pairs = [self._latents(latents)], [self._features(frames)], []
        if i2v:
            inputs += self._conditions(spatial=False)
        for index, shape in enumerate(self._caches(mode)):
            cache = Cache(input=f"cache_{index:02d}_in", output=f"cache_{index:02d}_out")
            outputs.append(_edge(cache.output, shape, "cache"))
            if mode == "next":
                inputs.append(_edge(cache.input, shape, "cache"))
                pairs.append(cache)
        return self._graph(_named(name, i2v), _ROLES[mode], module, inputs, outputs, pairs)

    def _caches(self, mode: Mode) -> list[tuple[int, ...]]:
        """Return the shapes of a stream's caches, which a pass without data tells."""
        if mode == "clip":
            return []
        with torch.device("meta"):
            shell = VideoAutoencoder(self.model.config)
        first = DecoderTemporal(shell, self._context("first", 1), conditioned=False)
        latents = torch.empty(self._latents(1).shape, device="meta")
        _, *caches = first.to("meta", torch.float32)(latents)
        return [tuple(cache.shape) for cache in caches]

    def _latents(self, frames: int) -> TensorSpec:
        channels = self.model.config.latent_channels
        return _edge("latents", (frames, channels, *self.latent_size), "latents")

    def _features(self, frames: int) -> TensorSpec:
        """Return what passes the cut between temporal and frame stage."""
        config, extent = self.model.config, self.extent
        side = config.patch * 2**config.spatial_stages
        channels = RGB * config.patch**2
        if config.spatial_stages:
            channels = config.stages[config.spatial_stages - 1].width
        shape = (frames, channels, extent.height // side, extent.width // side)
        return _edge("features", shape, "features")

    def _conditions(self, *, spatial: bool) -> list[TensorSpec]:
        """Return the first-frame features on one side of the cut, in the decoder's order."""
        edges = []
        side = self.model.config.patch
        for index, stage in enumerate(self.model.config.stages):
            side *= stage.stride[1]
            shape = (1, stage.width, self.extent.height // side, self.extent.width // side)
            if (stage.kind == "spatial") == spatial:
                edges.append(_edge(f"feature_{index}", shape, "condition"))
        return edges[::-1]

    def _graph(
        self,
        name: str,
        role: str,
        module: nn.Module,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        caches: Sequence[Cache] = (),
    ) -> MobileGraph:
        spec = Graph(role=role, inputs=tuple(inputs), outputs=tuple(outputs), caches=tuple(caches))
        module = module.to(self.model.latent_mean.dtype).eval().requires_grad_(False)
        return MobileGraph(name, module, spec)


def _edge(name: str, shape: tuple[int, ...], kind: Kind) -> TensorSpec:
    try:
        return TensorSpec(
            name=name, shape=shape, dtype="float32", layout=_LAYOUTS[len(shape)], kind=kind
        )
    except ValidationError:  # names and layouts are ours: only the shape comes from outside
        raise H3AEError(
            f"{name} of shape {list(shape)} are more than a graph can take",
            "choose a smaller --size, --frames, --frames-per-call or --window",
        ) from None


def _named(name: str, i2v: bool) -> str:
    return f"{name}_i2v" if i2v else name
