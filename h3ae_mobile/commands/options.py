"""Flags and set-up that several subcommands share.

Commands import torch in their bodies: `--help` and a mistyped flag answer at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar

import numpy as np
import typer
from numpy.typing import NDArray
from pydantic import ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from h3ae_mobile import bundle as bundles
from h3ae_mobile import commandline as cl
from h3ae_mobile.bundle.validation import first_problem
from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.frames import FrameLaw, pad_frames
from h3ae_mobile.video import Fit, Size, VideoClip, largest_multiple, probe, read_at_most, read_clip

if TYPE_CHECKING:
    from h3ae_mobile.codec import Codec

Item = TypeVar("Item")

Bundle = Annotated[
    Path | None,
    typer.Option("--bundle", help="Run an exported bundle instead of the model in torch."),
]
Target = Annotated[
    str | None,
    typer.Option("--target", help="Which artifacts of the bundle: executorch, onnx, coreai ..."),
]
Precision = Annotated[
    str | None, typer.Option("--precision", help="Of the bundle's artifacts: fp32 or fp16.")
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, max=1024, help="Threads of the engine (default: all cores)."),
]
SizeOrOwn = Annotated[
    str | None,
    typer.Option(
        "--size", metavar="HxW", help="Size to bring the clip to (default: the nearest to its own)."
    ),
]
FramesOrAll = Annotated[
    int | None,
    typer.Option(
        "--frames",
        min=1,
        max=cl.MOST_FRAMES,
        help="Frames to use: 1 + 8k (default: as many as the clip allows).",
    ),
]
FitOption = Annotated[
    Fit, typer.Option("--fit", help="How the picture fills the size.", case_sensitive=False)
]
Pad = Annotated[
    bool, typer.Option("--pad", help="Repeat the last frame up to the next valid frame count.")
]


class Opened(NamedTuple):
    """What encodes and decodes, its name for people, and the SHA-256 of its weights."""

    codec: Codec
    name: str
    weights: str


@contextmanager
def open_codec(
    model: str,
    bundle: Path | None,
    target: str | None = None,
    precision: str | None = None,
    threads: int | None = None,
    seed: int = 0,
    size: Size | None = None,
) -> Iterator[Opened]:
    """Yield what encodes and decodes frames of `size` (a bundle's own by default)."""
    if bundle is not None:
        from h3ae_mobile.decoder import VideoDecoder

        opened = bundles.Bundle.open(bundle)
        with VideoDecoder.open(
            opened, target=target, precision=precision, threads=threads, size=size
        ) as decoder:
            name = f"{bundle.name} ({decoder.description})"
            yield Opened(decoder, name, opened.manifest.model.checkpoint_sha256)
        return
    if target is not None or precision is not None:
        raise H3AEError("--target and --precision choose artifacts", "give a --bundle")
    import torch

    from h3ae_mobile.checkpoint import load_model
    from h3ae_mobile.codec import TorchCodec

    if threads is not None:
        torch.set_num_threads(threads)
    loaded = load_model(model, seed=seed)
    yield Opened(TorchCodec(loaded), f"{loaded.model.config.name} (torch)", loaded.sha256)


def torch_encoder(model: str, seed: int, bundle: Opened) -> Codec:
    """Return the encoder in torch for a bundle that holds none.

    Raises
    ------
    H3AEError
        If its weights are not those of the bundle, whose decoder would not understand it.
    """
    from h3ae_mobile.checkpoint import load_model
    from h3ae_mobile.codec import TorchCodec

    loaded = load_model(model, seed=seed)
    if loaded.sha256 != bundle.weights:
        raise H3AEError(
            f"{bundle.name} holds no encoder, and other weights than {model}",
            "give --model the checkpoint that was exported",
        )
    return TorchCodec(loaded)


def config_of(manifest: bundles.Manifest) -> AutoencoderConfig:
    """Return the configuration of the model that was exported.

    Raises
    ------
    H3AEError
        If the manifest carries none that is valid; no decoder needs it, so none has looked.
    """
    try:
        return AutoencoderConfig.model_validate(manifest.model.config)
    except ValidationError as error:
        reason = first_problem(error)[1]
        raise H3AEError(
            f"{manifest.name} carries no valid configuration: {reason}", "export the model again"
        ) from None


def read_valid_clip(
    path: Path,
    config: AutoencoderConfig,
    size: str | None,
    frames: int | None,
    fit: Fit,
    *,
    pad: bool,
) -> tuple[VideoClip, int]:
    """Read a clip in a size and frame count that the model takes.

    Returns
    -------
    tuple
        The clip, padded if asked, and how many of its frames are its own.

    Raises
    ------
    H3AEError
        If it cannot be read, or its frame count does not fit and `pad` was not asked for.
    """
    law, side = FrameLaw(config.compression[0]), config.compression[1]
    if frames is not None and not pad:
        law.check(frames)
    wanted = _size(path, size, side)
    if frames is None or not pad:
        clip = read_clip(path, frames, wanted, fit)
    else:
        clip = read_at_most(path, frames, wanted, fit)
    if frames is None and not pad:
        clip = replace(clip, frames=clip.frames[: law.nearest(len(clip))[0]])
    return (pad_clip(clip, law, frames) if pad else clip), len(clip)


def pad_clip(clip: VideoClip, law: FrameLaw, frames: int | None = None) -> VideoClip:
    """Repeat the last frame up to the next valid count, at least `frames`."""
    return replace(clip, frames=pad_frames(clip.frames, law.nearest(frames or len(clip))[1]))


def _size(path: Path, text: str | None, side: int) -> Size:
    if text is None:
        return largest_multiple(probe(path).size, side)
    height, width = cl.parse_size(text)
    if height % side or width % side:
        near = [max(side, round(value / side) * side) for value in (height, width)]
        raise H3AEError(
            f"--size {text} is not divisible by {side}", f"the nearest is {near[0]}x{near[1]}"
        )
    return height, width


def refuse_overwriting(output: Path, *inputs: str | Path | None) -> None:
    """Refuse an output that is one of the inputs, by whatever name or link.

    Raises
    ------
    H3AEError
        If it is.
    """
    if output.exists() and any(
        Path(one).exists() and output.samefile(one) for one in inputs if one is not None
    ):
        raise H3AEError(f"{output} is an input and would be overwritten", "choose another --out")


def to_frames(clip: VideoClip) -> NDArray[np.float32]:
    """Turn a clip into `[T, 3, H, W]` in [-1, 1]."""
    frames = clip.frames.transpose(0, 3, 1, 2).astype(np.float32)
    return np.ascontiguousarray(frames / np.float32(127.5) - np.float32(1))


def follow(items: Iterable[Item], total: int, label: str) -> Iterator[Item]:
    """Show a progress bar on stderr while iterating."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=cl.err, transient=True) as progress:
        yield from progress.track(items, total=total, description=label)
