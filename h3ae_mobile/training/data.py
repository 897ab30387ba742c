"""Training batches: random crops of clips, photographs as still or slowly moving clips.

Every sample is a pure function of (seed, number of the batch, index in the global batch). So a
resumed run sees what the unbroken one would have seen, and N processes see together what one
would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import Dataset

from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.training.cache import CachedClip, Frames, load_folder
from h3ae_mobile.training.config import BatchShape, DataConfig

# The first keys of the random streams, so that no two uses of (seed, step) share one.
SHAPE_STREAM, SAMPLE_STREAM, NOISE_STREAM = 0, 1, 2


@dataclass(frozen=True)
class Source:
    """Clips drawn with probability proportional to `weight`."""

    clips: Sequence[CachedClip]
    weight: float


def load_sources(config: DataConfig) -> list[Source]:
    """Decode or map all configured folders."""
    return [
        Source(
            load_folder(source.path, source.kind, config.short_side, config.cache), source.weight
        )
        for source in config.sources
    ]


def pick_shape(shapes: Sequence[BatchShape], seed: int, step: int, steps: int) -> BatchShape:
    """Choose the batch shape of a step, the same in every process.

    A shape takes part from `start` to `end`, both fractions of the run; a `DataConfig` leaves no
    step without one.
    """
    progress = step / max(1, steps)
    live = [shape for shape in shapes if shape.start <= progress < shape.end]
    rng = np.random.default_rng((seed, SHAPE_STREAM, step))
    weights = np.array([shape.weight for shape in live])
    return live[int(rng.choice(len(live), p=weights / weights.sum()))]


class TrainingBatches(Dataset[dict[str, Tensor]]):
    """Maps a number to this process's batch of that number.

    A batch holds `frames` `(B, T, S, S, 3)` uint8 (see `to_video`), `noise` `(B, Z, T', S', S')`
    for the posterior and `conditioned` `(B,)` bool, which samples see their first frame (Eq. 1).

    Parameters
    ----------
    config, model : DataConfig, AutoencoderConfig
        How clips are cut; what latents look like.
    steps, accumulate : int
        Length of the run, and batches a step.
    omni : float
        Probability p of Eq. 1.
    rank, world : int
        This process and the number of processes; each takes its own part of the global batch.
    """

    def __init__(
        self,
        config: DataConfig,
        model: AutoencoderConfig,
        sources: Sequence[Source],
        seed: int,
        steps: int,
        *,
        accumulate: int = 1,
        omni: float = 0.5,
        rank: int = 0,
    ) -> None:
        self.config = config
        self.model = model
        self.sources = sources
        self.seed = seed
        self.steps = steps
        self.accumulate = accumulate
        self.omni = omni
        self.rank = rank

    def __len__(self) -> int:
        return self.steps * self.accumulate

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        step = number // self.accumulate
        shape = pick_shape(self.config.shapes, self.seed, step, self.steps)
        samples = [
            (self.sample(shape, number, index), *self._draw(shape, number, index))
            for index in range(self.rank * shape.batch, (self.rank + 1) * shape.batch)
        ]
        names = ("frames", "noise", "conditioned")
        return {n: torch.stack(v) for n, v in zip(names, zip(*samples, strict=True), strict=True)}

    def _draw(self, shape: BatchShape, number: int, index: int) -> tuple[Tensor, Tensor]:
        """Draw the posterior's noise, and whether the first frame is seen."""
        rng = np.random.default_rng((self.seed, NOISE_STREAM, number, index))
        time, space = self.model.compression[:2]
        side = shape.size // space
        size = (self.model.latent_channels, 1 + (shape.frames - 1) // time, side, side)
        noise = torch.from_numpy(rng.standard_normal(size, dtype=np.float32))
        return noise, torch.tensor(rng.random() < self.omni)

    def sample(self, shape: BatchShape, number: int, index: int) -> Tensor:
        """Return one clip `(T, S, S, 3)` uint8."""
        rng = np.random.default_rng((self.seed, SAMPLE_STREAM, number, index))
        weights = np.array([source.weight for source in self.sources])
        source = self.sources[int(rng.choice(len(weights), p=weights / weights.sum()))]
        frames = source.clips[int(rng.integers(len(source.clips)))].frames
        if len(frames) == 1:
            cut = _move_over(frames[0], shape, self.config, rng)
        else:
            cut = _cut(frames, shape, self.config, rng)
        if rng.random() < self.config.flip:
            cut = cut.flip(2)
        if rng.random() < self.config.reverse:
            cut = cut.flip(0)
        return cut


def to_video(frames: Tensor) -> Tensor:
    """Turn `(B, T, H, W, 3)` uint8 into `(B, 3, T, H, W)` in [-1, 1], channels last in memory."""
    return frames.permute(0, 4, 1, 2, 3) / 127.5 - 1


def _window(height: int, width: int, shape: BatchShape, config: DataConfig, scale: float) -> int:
    """Side in source pixels of a crop that becomes `size` after scaling down by `scale`."""
    return max(1, min(height, width, round(shape.size * min(scale, config.scale[1]))))


def _resize(frames: Tensor, height: int, width: int) -> Tensor:
    """Scale `(T, h, w, 3)` uint8, antialiased on the way down."""
    if frames.shape[1:3] == (height, width):
        return frames
    scaled = F.interpolate(
        frames.permute(0, 3, 1, 2), (height, width), mode="bilinear", antialias=True
    )
    return scaled.permute(0, 2, 3, 1)


def _cut(frames: Frames, shape: BatchShape, config: DataConfig, rng: np.random.Generator) -> Tensor:
    """Crop a clip at random; one too short is played forth and back until it is long enough."""
    total, height, width = frames.shape[:3]
    window = _window(height, width, shape, config, rng.uniform(*config.scale))
    top = int(rng.integers(height - window + 1))
    left = int(rng.integers(width - window + 1))
    pace = int(rng.integers(1, config.max_pace + 1)) if shape.frames > 1 else 1
    pace = min(pace, max(1, (total - 1) // max(1, shape.frames - 1)))
    span = (shape.frames - 1) * pace + 1
    start = int(rng.integers(max(1, total - span + 1)))
    times = start + np.arange(shape.frames) * pace
    bounce = np.abs((times + total - 1) % max(1, 2 * total - 2) - (total - 1))
    cut = frames[bounce, top : top + window, left : left + window]
    return _resize(torch.from_numpy(cut), shape.size, shape.size)


def _move_over(
    photo: Frames, shape: BatchShape, config: DataConfig, rng: np.random.Generator
) -> Tensor:
    """Make a clip of a photograph: a slow pan with a slow zoom, or a still where T = 1."""
    height, width = photo.shape[:2]
    window = _window(height, width, shape, config, rng.uniform(*config.scale))
    if shape.frames == 1:
        top, left = int(rng.integers(height - window + 1)), int(rng.integers(width - window + 1))
        cut = np.array(photo[None, top : top + window, left : left + window])
        return _resize(torch.from_numpy(cut), shape.size, shape.size)
    # The photograph is brought to the clip's resolution first: what follows then only
    # interpolates between pixels and needs no antialiasing.
    ratio = shape.size / window
    height, width = max(shape.size, round(height * ratio)), max(shape.size, round(width * ratio))
    image = _resize(torch.from_numpy(np.array(photo[None])), height, width)
    path = np.linspace(-0.5, 0.5, shape.frames)
    drift = rng.normal(0, config.pan, 2) * path[:, None] * (shape.frames - 1)
    zoom = np.exp(rng.normal(0, config.zoom) * path * (shape.frames - 1))
    side = np.minimum(shape.size * zoom, min(height, width))
    centre = side.max() / 2 + rng.random(2) * (np.array([height, width]) - side.max())
    centres = np.clip(centre + drift, side[:, None] / 2, [height, width] - side[:, None] / 2)
    theta = np.zeros((shape.frames, 2, 3), np.float32)
    theta[:, 0, 0], theta[:, 1, 1] = side / width, side / height
    theta[:, 0, 2], theta[:, 1, 2] = 2 * centres[:, 1] / width - 1, 2 * centres[:, 0] / height - 1
    grid = F.affine_grid(
        torch.from_numpy(theta), [shape.frames, 3, shape.size, shape.size], align_corners=False
    )
    moved = F.grid_sample(
        image.permute(0, 3, 1, 2).float().contiguous().expand(shape.frames, -1, -1, -1),
        grid,
        padding_mode="border",
        align_corners=False,
    )
    return moved.permute(0, 2, 3, 1).round().to(torch.uint8)
