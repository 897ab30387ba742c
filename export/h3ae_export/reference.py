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
from h3ae_mobile.video import read_clip, synthetic_clip, to_tensor

Array = NDArray[np.float32]

SYNTHETIC = "synthetic clip of the package (CC0)"


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
    model: VideoAutoencoder, extent: Extent, window: int, clip: Path | None, *, i2v: bool
) -> Reference:
    """Encode a clip with the reference encoder and decode it with the reference decoder."""
    source, pixels = _pixels(extent, clip)
    video = torch.from_numpy(to_tensor(pixels))
    with torch.inference_mode():
        encoded = model.normalise(model.encode(video).mode())
        latents = encoded.half().float()
        raw = model.denormalise(latents)
        narrow = model if latents.shape[2] <= window else _with_window(model, window)
        frames = _frames(model.decode(raw).clamp(-1, 1))
        windowed = frames if narrow is model else _frames(narrow.decode(raw).clamp(-1, 1))
        conditioned = conditioned_windowed = None
        if i2v:
            features = model.first_frame_features(video)
            conditioned = conditioned_windowed = _frames(model.decode(raw, features).clamp(-1, 1))
            if narrow is not model:
                conditioned_windowed = _frames(narrow.decode(raw, features).clamp(-1, 1))
    return Reference(
        source,
        _frames(video),
        _frames(latents),
        _frames(encoded),
        frames,
        windowed,
        conditioned,
        conditioned_windowed,
    )


def _pixels(extent: Extent, clip: Path | None) -> tuple[str, NDArray[np.uint8]]:
    size = (extent.height, extent.width)
    if clip is None:
        return SYNTHETIC, synthetic_clip(extent.frames, *size).frames
    pixels = read_clip(clip, frames=extent.frames, size=size, fit="crop").frames
    if len(pixels) < extent.frames:
        raise H3AEError(
            f"{clip} has {len(pixels)} frames, {extent.frames} are needed",
            "choose a longer clip, or fewer --frames",
        )
    return clip.name, pixels


def _with_window(model: VideoAutoencoder, window: int) -> VideoAutoencoder:
    config = model.config.model_copy(update={"attention_window": window})
    with torch.device("meta"):
        windowed = VideoAutoencoder(config)
    windowed.load_state_dict(model.state_dict(), assign=True)
    return windowed.eval()


def _frames(video: torch.Tensor) -> Array:
    """Turn `(1, C, T, H, W)` into `[T, C, H, W]`."""
    frames: Array = np.ascontiguousarray(video[0].transpose(0, 1).numpy())
    return frames
