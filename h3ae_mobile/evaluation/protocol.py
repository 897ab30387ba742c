"""The paper's evaluation: 33 leading frames of every clip at 512 x 512, plain and I2V (Sec. 4)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile.codec import Codec
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.evaluation.fingerprint import fingerprint, identify
from h3ae_mobile.evaluation.metrics import score_clip
from h3ae_mobile.evaluation.perceptual import PerceptualMetrics, frechet_distance
from h3ae_mobile.evaluation.shard import Shard
from h3ae_mobile.files import atomic_file
from h3ae_mobile.frames import FrameLaw
from h3ae_mobile.video import Fit, Size, quantise, read_at_most

Mode = Literal["plain", "i2v", "image"]
MODES: tuple[Mode, ...] = get_args(Mode)
Frames = NDArray[np.uint8]
Row = dict[str, Any]

FEATURES = ("features_original", "features_reconstruction")
ABOUT = ("clip", "mode", "frames")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Protocol:
    """What is cut from every clip.

    Attributes
    ----------
    frames : int
        Leading frames; a shorter clip gives as many as the frame law allows.
    size : (int, int)
        Height and width in pixels.
    fit : Fit
        How the picture fills that size: "crop" keeps its proportions.
    """

    frames: int = 33
    size: Size = (512, 512)
    fit: Fit = "crop"

    def read(self, path: Path, mode: Mode, law: FrameLaw) -> Frames:
        """Read a clip's part `(T, H, W, 3)`; image mode takes the first frame alone."""
        wanted = 1 if mode == "image" else self.frames
        frames = read_at_most(path, wanted, self.size, self.fit).frames
        return frames[: law.nearest(len(frames))[0]]


@dataclass(frozen=True)
class SplitCodec:
    """Encodes with one codec and decodes with another."""

    encoder: Codec
    decoder: Codec

    def encode(self, video: NDArray[np.float32]) -> NDArray[np.float32]:
        """Encode with the first."""
        return self.encoder.encode(video)

    def frames(
        self, latents: NDArray[np.float32], *, image: NDArray[np.float32] | None = None
    ) -> Iterator[NDArray[np.float32]]:
        """Decode with the second."""
        return self.decoder.frames(latents, image=image)


def evaluate(
    codec: Codec,
    paths: Sequence[Path],
    modes: Sequence[Mode],
    protocol: Protocol,
    law: FrameLaw,
    work: Path,
    identity: str,
    *,
    perceptual: PerceptualMetrics | None = None,
    shard: Shard | None = None,
    timeout: float = 3600.0,
    progress: Callable[[Row], None] | None = None,
) -> list[Row]:
    """Score every clip in every mode; return one row each, in order.

    Parameters
    ----------
    codec : Codec
        A checkpoint in torch or an exported bundle.
    paths : sequence of Path
        The clips.
    work : Path
        Folder of one JSON file a row. Rows found there with the same `identity`, protocol and
        source are not computed again.
    identity : str
        What tells the codec from others.
    shard : Shard, optional
        This process's part; the main one waits for the others and returns all rows, the others
        return their own.
    timeout : float
        Seconds for which the main process waits for the others.
    progress : callable, optional
        Told every row as it comes.

    Raises
    ------
    H3AEError
        If no clip can be evaluated, or a process does not deliver. Single clips that cannot be
        read, or that the codec refuses, are reported and left out.
    """
    shard = shard or Shard.current()
    tasks = [(path, mode) for mode in modes for path in paths]
    shared = (asdict(protocol), identity, perceptual.identity if perceptual is not None else None)
    files = [
        work / f"{path.stem}-{fingerprint(*identify(path), mode, *shared)}.json"
        for path, mode in tasks
    ]
    for (path, mode), file in shard.own(list(zip(tasks, files, strict=True))):
        row = _read_row(file)
        if row is None:
            row = _evaluate_clip(codec, path, mode, protocol, law, perceptual)
            with atomic_file(file) as temporary:
                temporary.write_text(json.dumps(row))
        if progress is not None:
            progress(row)
    if shard.is_main:
        shard.wait_for([(file,) for file in files], timeout)
    rows = [row for file in files if (row := _read_row(file)) is not None]
    scored = [row for row in rows if "error" not in row]
    for row in rows:
        if "error" in row and shard.is_main:
            log.warning("%s is left out: %s", row["clip"], row["error"])
    if shard.is_main and not scored:
        raise H3AEError(f"none of {len(paths)} clips can be evaluated: {rows[0]['error']}")
    return scored


def summarise(rows: Sequence[Row]) -> dict[str, Row]:
    """Average every score over the clips of a mode; rFVD compares the modes' sets of features."""
    summary: dict[str, Row] = {}
    for mode in dict.fromkeys(row["mode"] for row in rows):
        group = [row for row in rows if row["mode"] == mode]
        mean: Row = {"clips": len(group), "frames": sum(row["frames"] for row in group)}
        for name in score_names(group):
            values = [row[name] for row in group if row.get(name) is not None]
            mean[name] = fmean(values) if values else None
        if mode != "image" and all(FEATURES[0] in row for row in group):
            real, fake = (np.array([row[name] for row in group]) for name in FEATURES)
            mean["rfvd"] = frechet_distance(real, fake) if len(group) > 1 else None
        summary[mode] = mean
    return summary


def score_names(rows: Sequence[Row]) -> list[str]:
    """Return the names of the scores in rows, in order."""
    known = dict.fromkeys(name for row in rows for name in row)
    return [name for name in known if name not in (*ABOUT, *FEATURES)]


def _evaluate_clip(
    codec: Codec,
    path: Path,
    mode: Mode,
    protocol: Protocol,
    law: FrameLaw,
    perceptual: PerceptualMetrics | None,
) -> Row:
    try:
        original = protocol.read(path, mode, law)
        rebuilt = _reconstruct(codec, original, with_image=mode == "i2v")
    except H3AEError as error:
        return {"clip": path.name, "mode": mode, "error": str(error)}
    scores = asdict(score_clip(original, rebuilt))
    row: Row = {"clip": path.name, "mode": mode, "frames": scores.pop("frames"), **scores}
    return row | (perceptual.score(original, rebuilt) if perceptual is not None else {})


def _reconstruct(codec: Codec, original: Frames, *, with_image: bool) -> Frames:
    values = np.ascontiguousarray(original.transpose(0, 3, 1, 2).astype(np.float32)) / 127.5 - 1
    decoded = codec.frames(codec.encode(values), image=values[:1] if with_image else None)
    return np.stack([quantise(frame).transpose(1, 2, 0) for frame in decoded])


def _read_row(file: Path) -> Row | None:
    if not file.is_file():
        return None
    row: Row = json.loads(file.read_text())
    return row
