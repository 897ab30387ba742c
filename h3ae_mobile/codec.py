"""One face for whoever turns video into latents and back: a checkpoint in torch, or a bundle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from h3ae_mobile.checkpoint import LoadedModel
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.executor import iterate

Array = NDArray[np.float32]

# Latent frames of a chunk: enough to keep two cores busy, few enough for any length of clip.
CHUNK_LATENTS = 2


class Codec(Protocol):
    """Encodes clips and decodes latents."""

    def encode(self, video: Array) -> Array:
        """Map `[T, 3, H, W]` in [-1, 1] to normalised latents `[T', Z, H', W']`."""
        ...

    def frames(self, latents: Array, *, image: Array | None = None) -> Iterator[Array]:
        """Yield frames `[3, H, W]` in [-1, 1]; `image` `[1, 3, H, W]` conditions them (I2V)."""
        ...


class TorchCodec:
    """The reference network, fed chunk by chunk."""

    def __init__(self, loaded: LoadedModel) -> None:
        self.model = loaded.model
        self.time = loaded.model.config.compression[0]

    @torch.inference_mode()
    def encode(self, video: Array) -> Array:
        """Encode; the latents are the mean of the posterior."""
        batch = _batch(video)
        plan = _plan(batch.shape[2], 1 + self.time * (CHUNK_LATENTS - 1), self.time * CHUNK_LATENTS)
        latents = self.model.normalise(self.model.encode(batch, plan).mode())
        return _frames(latents)

    @torch.inference_mode()
    def frames(self, latents: Array, *, image: Array | None = None) -> Iterator[Array]:
        """Decode, one chunk of latents in memory at a time."""
        model = self.model
        channels, wanted = latents.shape[1], model.config.latent_channels
        if channels != wanted:
            raise H3AEError(
                f"latents of {channels} channels do not fit {model.config.name}, "
                f"which has {wanted}",
                "decode them with the model that encoded them",
            )
        raw = model.denormalise(_batch(latents))
        features = None if image is None else model.first_frame_features(_batch(image))

        def network(z: torch.Tensor, chunk: Chunk) -> torch.Tensor:
            video: torch.Tensor = model.decoder(z, chunk, features)
            return video.clamp(-1, 1)

        for video in iterate(network, raw, _plan(raw.shape[2], CHUNK_LATENTS, CHUNK_LATENTS)):
            yield from _frames(video)


def _plan(total: int, first: int, later: int) -> list[int]:
    """Split `total` into a first chunk and later ones; the last may be shorter."""
    plan = [min(first, total)]
    while sum(plan) < total:
        plan.append(min(later, total - sum(plan)))
    return plan


def _batch(frames: Array) -> torch.Tensor:
    return torch.from_numpy(frames).transpose(0, 1)[None]


def _frames(video: torch.Tensor) -> Array:
    frames: Array = np.ascontiguousarray(video[0].transpose(0, 1).numpy())
    return frames
