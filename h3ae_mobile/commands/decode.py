"""`h3ae decode`: latents become a video, through a bundle or in torch."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from h3ae_mobile import commandline as cl
from h3ae_mobile.commands import options as opt
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.latents import LatentsInfo, load_latents
from h3ae_mobile.video import quantise, read_clip, write_clip

log = logging.getLogger(__name__)


def decode(
    latents: Annotated[Path, typer.Argument(help="A file written by `h3ae encode`.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Video to write (default: LATENTS.mp4 here).")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Decoder in torch (default: the latents' own).")
    ] = None,
    bundle: opt.Bundle = None,
    target: opt.Target = None,
    precision: opt.Precision = None,
    threads: opt.Threads = None,
    image: Annotated[
        Path | None,
        typer.Option("--image", help="First frame, to decode with its features (I2V)."),
    ] = None,
    seed: cl.Seed = 0,
    as_json: cl.Json = False,
) -> None:
    """Decode latents frame by frame, in memory that does not grow with the clip."""
    path = out or Path(f"{latents.stem}.mp4")
    opt.refuse_overwriting(path, latents, image)
    values, info = load_latents(latents)
    first = None
    if image is not None:
        pixels = read_clip(image, frames=1, size=(info.height, info.width), fit="crop")
        first = opt.to_frames(pixels)
    times: list[float] = []
    size = (info.height, info.width)
    chosen = model or info.model
    with opt.open_codec(chosen, bundle, target, precision, threads, seed, size) as decoder:
        codec, name, _ = decoder
        _check_weights(latents, info, decoder)
        start = time.perf_counter()

        def pictures() -> Iterator[NDArray[np.uint8]]:
            frames = codec.frames(values, image=first)
            for frame in opt.follow(frames, info.frames, "decoding"):
                times.append(time.perf_counter() - start)
                yield np.ascontiguousarray(quantise(frame).transpose(1, 2, 0))

        count = write_clip(path, pictures(), info.fps)
    if count < 1:
        raise H3AEError("nothing was decoded")
    result = {
        "output": path,
        "decoder": name,
        "frames": count,
        "first_frame_seconds": times[0],
        "seconds": times[-1],
    }
    if as_json:
        cl.print_json(result)
        return
    cl.say(
        f"{count} frames with {name}: first after {times[0]:.2f} s, all after {times[-1]:.2f} s: "
        f"{path}"
    )


def _check_weights(path: Path, info: LatentsInfo, decoder: opt.Opened) -> None:
    """Refuse a decoder that does not understand the latents; warn where nobody can know."""
    if not info.weights:
        log.warning("%s does not tell which weights encoded it: check the video", path)
    elif info.weights != decoder.weights:
        raise H3AEError(
            f"{path} was encoded with other weights than those of {decoder.name}",
            "give --model the checkpoint that encoded it, --seed where its weights were random, "
            "or a --bundle exported from them",
        )
