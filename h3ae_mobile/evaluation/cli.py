"""``h3ae evaluate`` and ``h3ae encode-dataset``."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from h3ae_mobile import commandline as cl
from h3ae_mobile.commands import options as opt
from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.frames import FrameLaw

if TYPE_CHECKING:
    from h3ae_mobile.codec import Codec
    from h3ae_mobile.evaluation.protocol import Mode

Clips = Annotated[
    Path, typer.Option("--clips", help="Folder of clips (with --mode image: or of pictures).")
]
Modes = Annotated[
    list[str] | None,
    typer.Option("--mode", help="plain, i2v or image; again for several (default: plain, i2v)."),
]
Wait = Annotated[
    float, typer.Option("--wait", help="Seconds to wait for the other processes of a launcher.")
]


def evaluate(
    clips: Clips,
    out: Annotated[Path, typer.Option("--out", help="Folder of results; resumed.")] = Path(
        "runs/evaluation"
    ),
    model: cl.Model = cl.DEFAULT,
    bundle: opt.Bundle = None,
    baseline: Annotated[
        bool,
        typer.Option("--baseline", help="Resize to as many numbers and back, in place of a codec."),
    ] = False,
    target: opt.Target = None,
    precision: opt.Precision = None,
    threads: opt.Threads = None,
    modes: Modes = None,
    size: cl.Size = "512x512",
    frames: cl.Frames = 33,
    fit: opt.FitOption = "crop",
    lpips: Annotated[
        Path | None, typer.Option(help="AlexNet and LPIPS heads, .safetensors.")
    ] = None,
    flow: Annotated[
        Path | None, typer.Option(help="Optical flow for FloLPIPS, TorchScript.")
    ] = None,
    i3d: Annotated[Path | None, typer.Option(help="I3D for rFVD, TorchScript.")] = None,
    wait: Wait = 3600.0,
    seed: cl.Seed = 0,
    as_json: cl.Json = False,
) -> None:
    """Score a checkpoint or an exported bundle on a folder of clips, as the paper does.

    PSNR, SSIM and VMAF always; LPIPS, FloLPIPS and rFVD with weights that you have. Interrupted,
    the same command resumes; `torchrun -m h3ae_mobile.cli evaluate ...` shares the clips.
    """
    from h3ae_mobile.evaluation.baseline import ResizeCodec
    from h3ae_mobile.evaluation.perceptual import PerceptualMetrics, PerceptualPaths
    from h3ae_mobile.evaluation.protocol import Protocol, summarise
    from h3ae_mobile.evaluation.protocol import evaluate as run
    from h3ae_mobile.evaluation.report import plot, table, write_json
    from h3ae_mobile.evaluation.shard import Shard

    chosen = _modes(modes)
    paths = _list(clips, pictures=chosen == ["image"])
    config, identity = _describe(model, bundle, target, precision, seed)
    law = FrameLaw(config.compression[0])
    law.check(frames)
    protocol = Protocol(frames, _checked_size(size, config), fit)
    paths_given = PerceptualPaths(lpips, flow, i3d)
    perceptual = PerceptualMetrics(paths_given) if any((lpips, flow, i3d)) else None
    shard = Shard.current()
    with ExitStack() as stack:
        if baseline:
            codec: Codec = ResizeCodec(config, protocol.size)
            name, identity = f"resizing as {config.name}", f"baseline {config.model_dump_json()}"
        else:
            opened = stack.enter_context(
                opt.open_codec(model, bundle, target, precision, threads, seed, protocol.size)
            )
            codec, name, _ = opened
            if bundle is not None:
                codec = _with_encoder(opened, model, bundle, seed)
        status = stack.enter_context(cl.err.status("evaluating"))
        rows = run(
            codec,
            paths,
            chosen,
            protocol,
            law,
            out / "rows",
            identity,
            perceptual=perceptual,
            shard=shard,
            timeout=wait,
            progress=lambda row: status.update(f"evaluated {row['clip']} ({row['mode']})"),
        )
    if not shard.is_main:
        return
    summary = summarise(rows)
    plot(rows, out / "psnr.png")
    about = {"decoder": name, "size": size}
    document = write_json(rows, summary, about, out / "results.json")
    if as_json:
        cl.print_json(document)
        return
    cl.out.print(table(rows, summary))
    cl.say(f"{name}: {out / 'results.json'}")


def encode_dataset(
    clips: Clips,
    out: Annotated[Path, typer.Option("--out", help="Folder of latents; resumed.")],
    model: cl.Model = cl.DEFAULT,
    bundle: opt.Bundle = None,
    target: opt.Target = None,
    precision: opt.Precision = None,
    threads: opt.Threads = None,
    size: opt.SizeOrOwn = None,
    frames: opt.FramesOrAll = None,
    wait: Wait = 3600.0,
    seed: cl.Seed = 0,
    as_json: cl.Json = False,
) -> None:
    """Encode a folder of clips into normalised latents, one file each.

    Interrupted, the same command resumes; `torchrun -m h3ae_mobile.cli encode-dataset ...`
    shares the clips.
    """
    from h3ae_mobile.evaluation.dataset import encode_dataset as run
    from h3ae_mobile.evaluation.shard import Shard

    paths = _list(clips)
    config, identity = _describe(model, bundle, target, precision, seed)
    law = FrameLaw(config.compression[0])
    if frames is not None:
        law.check(frames)
    chosen = None if size is None else _checked_size(size, config)
    shard = Shard.current()
    with (
        opt.open_codec(model, bundle, target, precision, threads, seed, chosen) as opened,
        cl.err.status("encoding") as status,
    ):
        counts = run(
            opened.codec,
            config.name,
            clips,
            paths,
            out,
            law,
            identity,
            weights=opened.weights,
            frames=frames,
            size=chosen,
            side=config.compression[1],
            shard=shard,
            timeout=wait,
            progress=lambda path: status.update(f"encoded {path.name}"),
        )
    if not shard.is_main:
        return
    if as_json:
        cl.print_json({"output": out, **counts})
    else:
        cl.say(f"{counts['encoded']} clips encoded, {counts['skipped']} skipped: {out}")


def _with_encoder(opened: opt.Opened, model: str, bundle: Path, seed: int) -> Codec:
    """Let a bundle without an encoder decode what the model encodes in torch."""
    from h3ae_mobile.bundle import Bundle
    from h3ae_mobile.evaluation.protocol import SplitCodec

    if Bundle.open(bundle, verify="none").manifest.schedule.encode is not None:
        return opened.codec
    return SplitCodec(opt.torch_encoder(model, seed, opened), opened.codec)


def _describe(
    model: str, bundle: Path | None, target: str | None, precision: str | None, seed: int
) -> tuple[AutoencoderConfig, str]:
    """Return the configuration, and what tells these weights from all others."""
    if bundle is not None:
        from h3ae_mobile.bundle import Bundle

        manifest = Bundle.open(bundle, verify="none").manifest
        config = opt.config_of(manifest)
        files = sorted(artifact.sha256 for artifact in manifest.artifacts)
        return config, f"bundle {files} {target} {precision}"
    from h3ae_mobile.checkpoint import load_model

    loaded = load_model(model, seed=seed)
    return loaded.model.config, f"torch {loaded.sha256}"


def _modes(names: list[str] | None) -> list[Mode]:
    from h3ae_mobile.evaluation.protocol import MODES

    chosen: list[Mode] = []
    for name in names or ["plain", "i2v"]:
        known: list[Mode] = [mode for mode in MODES if mode == name]
        if not known:
            raise H3AEError(f"there is no mode {name!r}", f"choose among {', '.join(MODES)}")
        chosen += known
    return chosen


def _checked_size(text: str, config: AutoencoderConfig) -> tuple[int, int]:
    height, width = cl.parse_size(text)
    side = config.compression[1]
    if height % side or width % side:
        near = [max(side, round(value / side) * side) for value in (height, width)]
        raise H3AEError(
            f"--size {text} is not divisible by {side}", f"the nearest is {near[0]}x{near[1]}"
        )
    return height, width


def _list(folder: Path, *, pictures: bool = False) -> list[Path]:
    from h3ae_mobile.training.cache import SUFFIXES, list_media

    has_clips = folder.is_dir() and any(
        path.suffix.lower() in SUFFIXES["clips"] for path in folder.rglob("*")
    )
    return list_media(folder, "photos" if pictures and not has_clips else "clips")
