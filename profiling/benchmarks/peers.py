"""Decoders of other video autoencoders beside ours: one run, random weights, 17 x 512 x 512.

``python profiling/benchmarks/peers.py`` needs diffusers (``pip install "h3ae-mobile[peers]"``).
Every decoder goes through its ordinary routes, in turns and in processes of their own. Speed does
not depend on the weights; quality is no subject here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, NoReturn

import torch
import typer
from entrants import WholeDecoder, compiled, eager, onnx_runtime
from throughput import as_row, table
from torch import nn
from turbo_vaed import TurboVaedDecoder
from turns import Entrant, measure

from h3ae_mobile import commandline as cl
from h3ae_mobile.config import get_config
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent
from h3ae_profiling.roofline.operations import operations

ROUTES: dict[str, tuple[Callable[..., Callable[[], object]], tuple[str, ...]]] = {
    "eager": (eager, ("torch",)),
    "compiled": (compiled, ("torch",)),
    "onnx": (onnx_runtime, ("torch", "onnxruntime")),
}
OURS = "h3ae-8x32x32"

app = typer.Typer(add_completion=False)


def ltx() -> nn.Module:
    """Return LTX-Video's decoder."""
    from diffusers import AutoencoderKLLTXVideo

    return AutoencoderKLLTXVideo().decoder


def cosmos() -> nn.Module:
    """Return the decoder of Cosmos-CV 8x16x16."""
    from diffusers import AutoencoderKLCosmos

    return AutoencoderKLCosmos(spatial_compression_ratio=16).decoder


def ours(height: int, width: int) -> nn.Module:
    """Return our decoder as it is exported, for one size."""
    return WholeDecoder(get_config(OURS), Extent(height, width))


@dataclass(frozen=True)
class Decoder:
    """A decoder of 17 frames.

    Attributes
    ----------
    build : callable
        Returns the network, with random weights.
    latents : tuple of int
        Shape without height and width: three latent frames.
    space : int
        Spatial compression.
    fixed : bool
        Whether `build` wants height and width.
    """

    build: Callable[..., nn.Module]
    latents: tuple[int, ...]
    space: int
    fixed: bool = False


DECODERS = {
    OURS: Decoder(ours, (3, get_config(OURS).latent_channels), 32, fixed=True),
    "ltx-video": Decoder(ltx, (1, 128, 3), 32),
    "turbo-vaed-ltx": Decoder(TurboVaedDecoder, (1, 128, 3), 32),
    "cosmos-cv-8x16x16": Decoder(cosmos, (1, 16, 3), 16),
}
STEP = max(one.space for one in DECODERS.values())


@app.command()
def peers(
    decoder: Annotated[
        list[str], typer.Option("--decoder", help="May be repeated (default: all).")
    ] = [],  # noqa: B006
    route: Annotated[
        list[str], typer.Option("--route", help="eager, compiled, onnx; may be repeated.")
    ] = ["eager", "onnx"],  # noqa: B006
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Turns.")] = 5,
    size: cl.Size = "512x512",
    as_json: cl.Json = False,
) -> None:
    """Time decoders of other video autoencoders beside ours."""
    names = decoder or list(DECODERS)
    for flag, given, known in (("--decoder", names, DECODERS), ("--route", route, ROUTES)):
        for one in given:
            if one not in known:
                raise H3AEError(f"{flag} {one!r} is not known", f"choose of {', '.join(known)}")
    height, width = cl.parse_size(size)
    if not height or not width or height % STEP or width % STEP:
        raise H3AEError(f"--size {size} is not divisible by {STEP}", "for instance --size 256x256")
    entrants = [_entrant(name, way, height, width) for name in names for way in route]
    results = measure(entrants, rounds, warmup=1, progress=cl.err.print)
    if as_json:
        cl.print_json({"results": [as_row(one) for one in results]})
    else:
        cl.out.print(table(results))


def _entrant(name: str, route: str, height: int, width: int) -> Entrant:
    one = DECODERS[name]
    arguments = (height, width) if one.fixed else ()
    shape = (*one.latents, height // one.space, width // one.space)
    with torch.device("meta"):
        shell = one.build(*arguments).eval()
    with torch.no_grad():
        program = torch.export.export(shell.to("meta"), (torch.empty(shape, device="meta"),))
    factory, imports = ROUTES[route]
    return Entrant(
        f"{name} {route}",
        factory,
        (one.build, arguments, shape),
        imports,
        sum(cost.flops for cost in operations(program, name, 4)),
        sum(weight.numel() for weight in shell.parameters()),
    )


def main() -> NoReturn:
    """Entry point."""
    cl.run(app)


if __name__ == "__main__":
    main()
