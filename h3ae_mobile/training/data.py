"""Training batches: random crops of clips, photographs as still or slowly moving clips.

Every sample is a pure function of (seed, step, index in the global batch). So a resumed run sees
what the unbroken one would have seen, and N processes see together what one would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import Dataset

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.training.cache import CachedClip, load_folder
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

    A shape takes part from `start` to `end`, both fractions of the run.
    """
    progress = step / max(1, steps)
    live = [shape for shape in shapes if shape.start <= progress < shape.end]
    if not live:
        raise H3AEError(
            f"no batch shape covers step {step} of {steps}",
            "the spans [start, end) of data.shapes must cover 0 to 1",
        )
    rng = np.random.default_rng((seed, SHAPE_STREAM, step))
    weights = np.array([shape.weight for shape in live])
    return live[int(rng.choice(len(live), p=weights / weights.sum()))]


class TrainingBatches(Dataset[dict[str, Tensor]]):
    """Maps a step to this process's batch: `video` `(B, 3, T, S, S)` in [-1, 1] and its `index`.

    Parameters
    ----------
    rank, world : int
        This process and the number of processes; each takes its own part of the global batch.
    """

    def __init__(
        self,
        config: DataConfig,
        sources: Sequence[Source],
        seed: int,
        steps: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.config = config
        self.sources = sources
        self.seed = seed
        self.steps = steps
        self.rank = rank
        self.world = world

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> dict[str, Tensor]:
        shape = pick_shape(self.config.shapes, self.seed, step, self.steps)
        indices = range(self.rank * shape.batch, (self.rank + 1) * shape.batch)
        videos = [self.sample(shape, step, index) for index in indices]
        return {"video": torch.stack(videos), "index": torch.tensor(list(indices))}

    def sample(self, shape: BatchShape, step: int, index: int) -> Tensor:
        """Return one clip `(3, T, S, S)` in [-1, 1]."""
        rng = np.random.default_rng((self.seed, SAMPLE_STREAM, step, index))
        weights = np.array([source.weight for source in self.sources])
        source = self.sources[int(rng.choice(len(weights), p=weights / weights.sum()))]
        frames = source.clips[int(rng.integers(len(source.clips)))].frames
        if len(frames) == 1:
            video = _move_over(frames[0], shape, self.config, rng)
        else:
            video = _cut(frames, shape, self.config, rng)
        if rng.random() < self.config.flip:
            video = video.flip(-1)
        if rng.random() < self.config.reverse:
            video = video.flip(1)
        return video / 127.5 - 1


def _window(height: int, width: int, shape: BatchShape, config: DataConfig, scale: float) -> int:
    """Side in source pixels of a crop that becomes `size` after scaling down by `scale`."""
    return max(1, min(height, width, round(shape.size * min(scale, config.scale[1]))))


def _resize(frames: Tensor, size: int) -> Tensor:
    """Scale `(T, 3, h, w)` to `(T, 3, size, size)`, antialiased on the way down."""
    if frames.shape[-2:] == (size, size):
        return frames
    return F.interpolate(frames, (size, size), mode="bilinear", antialias=True)


def _cut(
    frames: np.ndarray, shape: BatchShape, config: DataConfig, rng: np.random.Generator
) -> Tensor:
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
    return _resize(torch.from_numpy(cut).permute(0, 3, 1, 2).float(), shape.size).transpose(0, 1)


def _move_over(
    photo: np.ndarray, shape: BatchShape, config: DataConfig, rng: np.random.Generator
) -> Tensor:
    """Make a clip of a photograph: a slow pan with a slow zoom, or a still where T = 1."""
    height, width = photo.shape[:2]
    scale = rng.uniform(*config.scale)
    window = _window(height, width, shape, config, scale)
    image = torch.from_numpy(np.ascontiguousarray(photo)).permute(2, 0, 1)[None].float()
    if shape.frames == 1:
        top, left = int(rng.integers(height - window + 1)), int(rng.integers(width - window + 1))
        cut = image[..., top : top + window, left : left + window]
        return _resize(cut, shape.size).transpose(0, 1)
    # The photograph is brought to the clip's resolution first: what follows then only
    # interpolates between pixels and needs no antialiasing.
    ratio = shape.size / window
    if ratio != 1:
        size = (round(height * ratio), round(width * ratio))
        image = F.interpolate(image, size, mode="bilinear", antialias=ratio < 1)
        height, width = size
    path = np.linspace(-0.5, 0.5, shape.frames)
    drift = rng.normal(0, config.pan, 2) * path[:, None] * (shape.frames - 1)
    zoom = np.exp(rng.normal(0, config.zoom) * path * (shape.frames - 1))
    side = np.minimum(shape.size * zoom, min(height, width))
    span = np.array([height, width]) - side.max()
    centre = side.max() / 2 + rng.random(2) * span
    centres = np.clip(centre + drift, side[:, None] / 2, [height, width] - side[:, None] / 2)
    theta = np.zeros((shape.frames, 2, 3), np.float32)
    theta[:, 0, 0], theta[:, 1, 1] = side / width, side / height
    theta[:, 0, 2], theta[:, 1, 2] = 2 * centres[:, 1] / width - 1, 2 * centres[:, 0] / height - 1
    grid = F.affine_grid(
        torch.from_numpy(theta), [shape.frames, 3, shape.size, shape.size], align_corners=False
    )
    frames = F.grid_sample(
        image.expand(shape.frames, -1, -1, -1), grid, padding_mode="border", align_corners=False
    )
    return frames.transpose(0, 1)
