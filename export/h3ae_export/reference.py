"""Real latents of a real clip, and what the reference makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.video import read_at_most, synthetic_clip, to_tensor

Array = NDArray[np.float32]

SYNTHETIC = "synthetic clip of the package (CC0)"

# The paper's clip of 17 frames is decoded at once; of longer ones that much is in memory.
_CHUNK_LATENTS = 3
# Latent frames past the window: the oldest one is out of sight at the first, two at the second.
_BEYOND_WINDOW = 2
_MOST_LATENTS = 34


@dataclass(frozen=True)
class Reference:
    """Inputs and expected outputs of every graph that is checked.

    Attributes
    ----------
    source : str
        Of the clip.
    video : ndarray
        `[T, 3, H, W]` in [-1, 1].
    latents : ndarray
        `[T', Z, H', W']`, normalised mean of the posterior, rounded to float16: what an app
        ships, and what every engine is given alike.
    encoded : ndarray
        The same before rounding: what an exported encoder must give.
    frames, windowed : ndarray
        `[T, 3, H, W]` in [-1, 1]: decoded from the latents, and so with the stream's window.
    conditioned, conditioned_windowed : ndarray, optional
        The same with the first frame's features, where I2V is exported.
    """

    source: str
    video: Array
    latents: Array
    encoded: Array
    frames: Array
    windowed: Array
    conditioned: Array | None = None
    conditioned_windowed: Array | None = None

    @property
    def image(self) -> Array:
        """The first frame, `[1, 3, H, W]`."""
        return self.video[:1]

    def golden(self, *, clips: bool) -> tuple[Array, Array | None]:
        """Return what a bundle decodes from the latents, and what with the first frame.

        Those of clips where it holds `clips`, else of streams, whose window may be narrower.
        """
        if clips:
            return self.frames, self.conditioned
        return self.windowed, self.conditioned_windowed


def make_reference(
    model: VideoAutoencoder,
    extent: Extent,
    window: int,
    clip: Path | None,
    *,
    i2v: bool,
    fold: bool = False,
) -> Reference:
    """Encode a clip with the reference encoder and decode it with the reference decoder.

    With `fold`, a clip that is too short is played there and back; otherwise it is refused.
    """
    source, pixels = _pixels(extent, clip, fold=fold)
    video = torch.from_numpy(to_tensor(pixels))
    with torch.inference_mode():
        encoded = model.normalise(model.encode(video, _plan(model, extent.frames)).mode())
        latents = encoded.half().float()
        narrow = model if latents.shape[2] <= window else with_window(model, window)
    given, frames = _frames(latents), _frames(video)
    one_shot = decode(model, given)
    windowed = one_shot if narrow is model else decode(narrow, given)
    conditioned = conditioned_windowed = None
    if i2v:
        image = frames[:1]
        conditioned = conditioned_windowed = decode(model, given, image)
        if narrow is not model:
            conditioned_windowed = decode(narrow, given, image)
    return Reference(
        source,
        frames,
        given,
        _frames(encoded),
        one_shot,
        windowed,
        conditioned,
        conditioned_windowed,
    )


def decode(model: VideoAutoencoder, latents: Array, image: Array | None = None) -> Array:
    """Decode normalised latents `[T', Z, H', W']` to frames `[T, 3, H, W]` in [-1, 1].

    `image` `[1, 3, H, W]` conditions them (I2V).
    """
    with torch.inference_mode():
        features = None if image is None else model.first_frame_features(_batch(image))
        raw = model.denormalise(_batch(latents))
        plan = _chunks(len(latents))
        return _frames(model.decode(raw, features, plan).clamp(-1, 1))


def with_window(model: VideoAutoencoder, window: int) -> VideoAutoencoder:
    """Return the same network, whose attention sees as much as that of an exported stream."""
    config = model.config.model_copy(update={"attention_window": window})
    with torch.device("meta"):
        windowed = VideoAutoencoder(config)
    windowed.load_state_dict(model.state_dict(), assign=True)
    return windowed.eval()


def past_window(window: int) -> int:
    """Return the latent frames to check a stream over: the oldest ones leave its window.

    Those frames are in memory at once, so that the widest windows are not passed; who reports the
    count says so.
    """
    return min(window + _BEYOND_WINDOW, _MOST_LATENTS)


def there_and_back(count: int, length: int) -> NDArray[np.intp]:
    """Return `length` indices of `count` items: forwards, backwards, and so on."""
    steps = np.arange(length) % max(1, 2 * (count - 1))
    return np.minimum(steps, 2 * (count - 1) - steps)


def _pixels(extent: Extent, clip: Path | None, *, fold: bool) -> tuple[str, NDArray[np.uint8]]:
    size, wanted = (extent.height, extent.width), extent.frames
    if clip is None:
        return SYNTHETIC, synthetic_clip(wanted, *size).frames
    pixels = read_at_most(clip, wanted, size, fit="crop").frames
    count = len(pixels)
    if count == wanted:
        return clip.name, pixels
    if not fold:
        raise H3AEError(
            f"{clip} has {count} of the {wanted} frames that are needed",
            "choose a longer clip, or fewer --frames",
        )
    source = f"{clip.name}, its {count} frames played there and back"
    return source, pixels[there_and_back(count, wanted)]


def _chunks(latents: int) -> list[int]:
    """Split a pass: any plan gives what the whole pass gives, and long clips need the memory."""
    whole, rest = divmod(latents, _CHUNK_LATENTS)
    return [_CHUNK_LATENTS] * whole + [rest] * (rest > 0)


def _plan(model: VideoAutoencoder, frames: int) -> list[int]:
    """Return the same chunks in frames of the video, of which the first latent has one."""
    first, *others = _chunks(model.law.latents(frames))
    return [model.law.frames(first), *(model.law.temporal * count for count in others)]


def _batch(frames: Array) -> torch.Tensor:
    """Turn `[T, C, H, W]` into `(1, C, T, H, W)`."""
    return torch.from_numpy(frames).transpose(0, 1)[None]


def _frames(video: torch.Tensor) -> Array:
    """Turn `(1, C, T, H, W)` into `[T, C, H, W]`."""
    frames: Array = np.ascontiguousarray(video[0].transpose(0, 1).numpy())
    return frames
