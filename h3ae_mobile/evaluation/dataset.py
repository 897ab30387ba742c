"""Encode a folder of clips into latents, for the training of a diffusion model."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from h3ae_mobile.codec import Codec
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.evaluation.fingerprint import fingerprint, identify
from h3ae_mobile.evaluation.shard import Shard
from h3ae_mobile.files import atomic_file
from h3ae_mobile.frames import FrameLaw
from h3ae_mobile.latents import SUFFIX, LatentsInfo, save_latents
from h3ae_mobile.video import Size, largest_multiple, probe, read_clip

INDEX_FILE = "index.json"
SKIPPED_SUFFIX = ".skipped"

log = logging.getLogger(__name__)


def encode_dataset(
    codec: Codec,
    name: str,
    folder: Path,
    paths: Sequence[Path],
    out: Path,
    law: FrameLaw,
    identity: str,
    *,
    weights: str = "",
    frames: int | None = None,
    size: Size | None = None,
    side: int = 32,
    shard: Shard | None = None,
    timeout: float = 3600.0,
    progress: Callable[[Path], None] | None = None,
) -> dict[str, int]:
    """Write one latents file a clip, in the folder's own structure, and an index.

    What is there already from the same clip, codec and settings is not encoded again, so the same
    command resumes after a kill; the ranks of a launcher share the clips. Latents of others stay
    beside them, and out of the index.

    Parameters
    ----------
    codec, name : Codec, str
        What encodes, and the model's name for the files.
    folder, paths : Path, sequence of Path
        The clips, all below `folder`.
    out : Path
        Where the latents go.
    identity : str
        What tells the codec from others.
    weights : str
        SHA-256 of its checkpoint, for the files.
    frames, size : int, (int, int), optional
        Leading frames and pixels; by default what the clip allows.
    side : int
        The sizes' divisor.

    Returns
    -------
    dict
        Counts of `encoded` and `skipped` clips; a clip that cannot be read is reported, noted
        beside the latents and skipped.
    """
    shard = shard or Shard.current()
    # With its suffix, a clip's name is its own; its fingerprint follows what it is encoded with.
    stems = [
        f"{path.relative_to(folder)}-{fingerprint(*identify(path), identity, frames, size, side)}"
        for path in paths
    ]
    targets = [out / f"{stem}{SUFFIX}" for stem in stems]
    notes = [out / f"{stem}{SKIPPED_SUFFIX}" for stem in stems]
    for path, target, note in shard.own(list(zip(paths, targets, notes, strict=True))):
        if not target.exists():
            try:
                _encode(codec, (name, weights), path, target, law, frames, size, side)
                note.unlink(missing_ok=True)
            except H3AEError as error:
                log.warning("skipped: %s", error)
                with atomic_file(note) as temporary:
                    temporary.write_text(f"{error}\n")
        if progress is not None:
            progress(path)
    if not shard.is_main:
        return {}
    shard.wait_for(list(zip(targets, notes, strict=True)), timeout)
    encoded = [str(t.relative_to(out)) for t in targets if t.exists()]
    with atomic_file(out / INDEX_FILE) as temporary:
        temporary.write_text(json.dumps({"model": name, "latents": encoded}, indent=2) + "\n")
    return {"encoded": len(encoded), "skipped": len(targets) - len(encoded)}


def _encode(
    codec: Codec,
    model: tuple[str, str],
    path: Path,
    target: Path,
    law: FrameLaw,
    frames: int | None,
    size: Size | None,
    side: int,
) -> None:
    info = probe(path)
    wanted = size or largest_multiple(info.size, side)
    clip = read_clip(path, frames, wanted)
    count = law.nearest(len(clip))[0]
    values = clip.frames[:count].transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
    latents = codec.encode(np.ascontiguousarray(values))
    name, weights = model
    about = LatentsInfo(name, clip.height, clip.width, count, float(clip.fps), path.name, weights)
    save_latents(target, latents, about)
