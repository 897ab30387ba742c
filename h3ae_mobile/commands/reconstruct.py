"""`h3ae reconstruct`: a clip through the autoencoder and back, with pictures and scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from h3ae_mobile import commandline as cl
from h3ae_mobile.bundle import Bundle
from h3ae_mobile.commands import options as opt
from h3ae_mobile.frames import FrameLaw
from h3ae_mobile.video import contact_sheet, quantise, synthetic_clip, write_clip

SYNTHETIC = "synthetic"


def reconstruct(
    clip: Annotated[
        str, typer.Argument(help="Any video or picture that FFmpeg reads, or `synthetic`.")
    ] = SYNTHETIC,
    out: Annotated[Path, typer.Option("--out", help="Folder for video and sheet.")] = Path(),
    model: cl.Model = cl.DEFAULT,
    bundle: opt.Bundle = None,
    target: opt.Target = None,
    precision: opt.Precision = None,
    threads: opt.Threads = None,
    i2v: Annotated[
        bool, typer.Option("--i2v", help="Decode with the first frame's features.")
    ] = False,
    size: opt.SizeOrOwn = None,
    frames: opt.FramesOrAll = None,
    fit: opt.FitOption = "crop",
    pad: opt.Pad = False,
    error_map: Annotated[
        bool, typer.Option("--error-map", help="A third row on the sheet: where it differs.")
    ] = False,
    seed: cl.Seed = 0,
    as_json: cl.Json = False,
) -> None:
    """Encode and decode a clip; write the video and a contact sheet; print PSNR and SSIM."""
    from h3ae_mobile.checkpoint import load_model
    from h3ae_mobile.evaluation.metrics import check_packages, score_clip

    check_packages()
    stem = Path(clip).stem
    movie, sheet = out / f"{stem}-reconstruction.mp4", out / f"{stem}-sheet.png"
    for path in (movie, sheet):
        opt.refuse_overwriting(path, clip)
    manifest = None if bundle is None else Bundle.open(bundle, verify="none").manifest
    config = load_model(model).model.config if manifest is None else opt.config_of(manifest)
    if manifest is not None:  # whose graphs take one size and length
        size = size or f"{manifest.video.height}x{manifest.video.width}"
        frames = frames or manifest.video.frames
    if clip == SYNTHETIC:
        height, width = cl.parse_size(size or "256x256")
        video = synthetic_clip(frames or 17, height, width)
        own = len(video)
        if pad:
            video = opt.pad_clip(video, FrameLaw(config.compression[0]))
    else:
        video, own = opt.read_valid_clip(Path(clip), config, size, frames, fit, pad=pad)
    values = opt.to_frames(video)
    shape = (video.height, video.width)
    with opt.open_codec(model, bundle, target, precision, threads, seed, shape) as opened:
        codec, name, _ = opened
        encoder = codec
        if manifest is not None and manifest.schedule.encode is None:
            encoder = opt.torch_encoder(model, seed, opened)
        with cl.err.status("encoding"):
            latents = encoder.encode(values)
        decoded = codec.frames(latents, image=values[:1] if i2v else None)
        frames_out = np.stack(
            [_picture(frame) for frame in opt.follow(decoded, len(video), "decoding")]
        )
    original, rebuilt = video.frames[:own], frames_out[:own]
    scores = score_clip(original, rebuilt)
    write_clip(movie, iter(rebuilt), video.fps)
    contact_sheet(original, rebuilt, sheet, title=f"{stem}, {name}", error_map=error_map)
    result = {
        "output": movie,
        "sheet": sheet,
        "decoder": name,
        "frames": scores.frames,
        "size": f"{video.height}x{video.width}",
        "i2v": i2v,
        "psnr_db": scores.psnr_db,
        "ssim": scores.ssim,
        "vmaf": scores.vmaf,
    }
    if as_json:
        cl.print_json(result)
        return
    vmaf = "" if scores.vmaf is None else f", VMAF {scores.vmaf:.1f}"
    cl.say(
        f"{stem}: {scores.frames} frames of {video.height}x{video.width} with {name}: "
        f"PSNR {scores.psnr_db:.2f} dB, SSIM {scores.ssim:.4f}{vmaf}\n{movie}\n{sheet}"
    )


def _picture(frame: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(quantise(frame).transpose(1, 2, 0))
