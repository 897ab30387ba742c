"""What the benchmarks time: bundles, networks in torch and ONNX Runtime, single convolutions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from turns import Entrant

from h3ae_mobile.bundle import Bundle
from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.mobile.builder import Extent, GraphBuilder
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_profiling.host.clip import clip_input
from h3ae_profiling.host.contender import Contender
from h3ae_profiling.host.subject import LoadedSubject
from h3ae_profiling.host.worker import RUNTIMES
from h3ae_profiling.roofline.graphs import bundle_operations

Call = Callable[[], object]

# Channels, height and width of square convolutions over 17 frames: those of the network's
# stages, of which a machine likes some better than others.
CONVOLUTIONS = ((512, 32), (256, 64), (128, 128))
FRAMES = 17


def bundle_entrant(path: Path, target: str, precision: str = "fp32") -> Entrant:
    """Return the decoder of a bundle in an engine."""
    contender = Contender.choose(Bundle.open(path), target, precision)
    bundle = Bundle.open(path, verify="none")
    flops = sum(one.flops * one.calls for one in bundle_operations(bundle, target, precision))
    return Entrant(
        f"{bundle.manifest.model.name} {target}",
        _bundle,
        (contender,),
        RUNTIMES[target],
        flops,
        bundle.manifest.model.parameters,
    )


def _bundle(contender: Contender) -> Call:
    subject = LoadedSubject(contender.variant(), contender.decode, contender.threads)
    given = clip_input(contender.opened, contender.decode)
    return lambda: subject.decode(given)


def convolution_entrants() -> list[Entrant]:
    """Return single convolutions through XNNPACK, of which the best is the machine's ceiling."""
    return [
        Entrant(
            f"convolution {channels} -> {channels}, {size} x {size}",
            _convolution,
            (channels, size),
            RUNTIMES["executorch"],
            2 * FRAMES * size * size * channels * channels * 9,
        )
        for channels, size in CONVOLUTIONS
    ]


def _convolution(channels: int, size: int) -> Call:
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower
    from executorch.runtime import Runtime

    layer = nn.Conv2d(channels, channels, 3, padding=1).eval()
    inputs = (torch.randn(FRAMES, channels, size, size),)
    with torch.no_grad():
        program = torch.export.export(layer, inputs)
    edge = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    data = edge.to_executorch().buffer
    loaded = Runtime.get().load_program(data)
    method = loaded.load_method("forward")
    # The method lives in the program's memory, the program in the file's.
    return lambda: (method.execute(inputs), loaded, data)[0]


class WholeDecoder(nn.Module):
    """Both graphs of a mobile decoder in a row, the frame stage frame by frame."""

    def __init__(self, config: AutoencoderConfig, extent: Extent) -> None:
        super().__init__()
        builder = GraphBuilder(VideoAutoencoder(config), extent)
        self.temporal = builder.decoder_temporal().module
        self.frame = builder.decoder_frame().module

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Map `[T', Z, H', W']` to `[T, 3, H, W]`."""
        (features,) = self.temporal(latents)
        return torch.cat([self.frame(one[None])[0] for one in features])


def eager(
    build: Callable[..., nn.Module], arguments: tuple[object, ...], shape: tuple[int, ...]
) -> Call:
    """Return a network with random weights in torch, eager."""
    network, latents = build(*arguments).eval(), torch.randn(shape)

    def call() -> torch.Tensor:
        with torch.inference_mode():
            return network(latents)

    return call


def compiled(
    build: Callable[..., nn.Module], arguments: tuple[object, ...], shape: tuple[int, ...]
) -> Call:
    """Return a network with random weights, compiled by torch's inductor."""
    network, latents = torch.compile(build(*arguments).eval()), torch.randn(shape)

    def call() -> torch.Tensor:
        with torch.inference_mode():
            return network(latents)

    return call


def onnx_runtime(
    build: Callable[..., nn.Module], arguments: tuple[object, ...], shape: tuple[int, ...]
) -> Call:
    """Return a network with random weights in ONNX Runtime."""
    import onnxruntime as ort

    latents = torch.randn(shape)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        with torch.no_grad():
            torch.onnx.export(
                build(*arguments).eval(),
                (latents,),
                path,
                input_names=["latents"],
                dynamo=True,
                verbose=False,
            )
        options = ort.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feed = {"latents": latents.numpy()}
    return lambda: session.run(None, feed)
