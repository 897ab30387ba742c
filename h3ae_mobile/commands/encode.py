"""`h3ae encode`: a clip becomes a file of latents."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from h3ae_mobile import commandline as cl
from h3ae_mobile.commands import options as opt
from h3ae_mobile.latents import LatentsInfo, save_latents


def encode(
    clip: Annotated[Path, typer.Argument(help="Any video or picture that FFmpeg reads.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write (default: CLIP.safetensors here).")
    ] = None,
    model: cl.Model = cl.DEFAULT,
    size: opt.SizeOrOwn = None,
    frames: opt.FramesOrAll = None,
    fit: opt.FitOption = "crop",
    pad: opt.Pad = False,
    seed: cl.Seed = 0,
    as_json: cl.Json = False,
) -> None:
    """Encode a clip to normalised latents, the posterior's mean."""
    path = out or Path(f"{clip.stem}.safetensors")
    opt.refuse_overwriting(path, clip, model)
    from h3ae_mobile.checkpoint import load_model
    from h3ae_mobile.codec import TorchCodec

    loaded = load_model(model, seed=seed)
    config = loaded.model.config
    video, own = opt.read_valid_clip(clip, config, size, frames, fit, pad=pad)
    start = time.perf_counter()
    with cl.err.status("encoding"):
        latents = TorchCodec(loaded).encode(opt.to_frames(video))
    seconds = time.perf_counter() - start
    info = LatentsInfo(
        config.name,
        video.height,
        video.width,
        len(video),
        float(video.fps),
        clip.name,
        loaded.sha256,
    )
    save_latents(path, latents, info)
    result = {
        "output": path,
        "model": config.name,
        "shape": list(latents.shape),
        "frames": len(video),
        "padded": len(video) - own,
        "seconds": seconds,
    }
    if as_json:
        cl.print_json(result)
        return
    cl.say(
        f"{clip.name}: {len(video)} frames of {video.height}x{video.width} -> latents "
        f"{list(latents.shape)} in {seconds:.1f} s: {path}"
    )
