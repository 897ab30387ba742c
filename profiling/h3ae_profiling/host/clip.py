"""What goes into a clip, and what ought to come out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile.bundle import Bundle, GoldenVectors, Manifest, load_golden
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video import synthetic_clip, to_tensor
from h3ae_profiling.decode import Decode

Array = NDArray[np.float32]


class NotCheckedError(H3AEError):
    """Nobody knows which frames a decode ought to give: it is measured without output check."""


@dataclass(frozen=True)
class ClipInput:
    """Input of a clip.

    Attributes
    ----------
    latents : ndarray
        `[T', Z, H', W']`: the golden ones, or noise where the bundle holds none.
    image : ndarray, optional
        `[1, 3, H, W]` in [-1, 1]: the first frame, in the mode ``i2v``.
    """

    latents: Array
    image: Array | None


def clip_input(bundle: Bundle, decode: Decode) -> ClipInput:
    """Return what a decode of the bundle is measured with."""
    manifest = bundle.manifest
    golden = None if manifest.golden is None else load_golden(bundle)
    if golden is None or len(golden.latents) != decode.latents:
        noise = np.random.default_rng(0).standard_normal(manifest.latent_shape(decode.latents))
        latents = noise.astype(np.float32)
    else:
        latents = golden.latents
    if decode.encoder is None:
        return ClipInput(latents, None)
    if golden is not None and golden.image is not None:
        return ClipInput(latents, golden.image)
    return ClipInput(latents, _synthetic_image(manifest))


def expected_output(bundle: Bundle, decode: Decode, model: str | None) -> GoldenVectors:
    """Return the frames that a decode ought to give.

    Those of a conditioned decode come from the reference network where the bundle has none (before
    format 1.2), if the weights that it was exported from are at hand.

    Raises
    ------
    NotCheckedError
        Where nobody knows them.
    """
    if bundle.manifest.golden is None:
        raise NotCheckedError("the bundle holds no golden frames")
    golden = load_golden(bundle)
    if len(golden.latents) != decode.latents:
        raise NotCheckedError("the bundle's golden latents are another clip's")
    schedule = bundle.manifest.schedule
    clip = schedule.clip
    if decode.encoder is not None:
        clip = None if schedule.i2v is None else schedule.i2v.clip
        if golden.first_frame is None:
            # It imports torch, which no other check needs.
            from h3ae_profiling.host.reference import conditioned_frames

            frames = conditioned_frames(bundle.manifest, model, golden)
            return _in_sight(replace(golden, frames=frames), bundle.manifest, decode)
        golden = golden.first_frame
    # Where there is no clip, they are those of a stream, window and all.
    return golden if clip is None else _in_sight(golden, bundle.manifest, decode)


def _in_sight(golden: GoldenVectors, manifest: Manifest, decode: Decode) -> GoldenVectors:
    """Keep the frames that a stream's window makes no difference to.

    Frames of a clip see every latent before them. The network is causal: while the window holds
    all latents so far, a stream gives the same frames.
    """
    if decode.window is None:
        return golden
    limit = manifest.video.law.frames(decode.window)
    kept = [index for index, frame in enumerate(golden.frame_indices) if frame < limit]
    return replace(
        golden,
        frames=golden.frames[kept],
        frame_indices=tuple(golden.frame_indices[index] for index in kept),
    )


def _synthetic_image(manifest: Manifest) -> Array:
    video = manifest.video
    pixels = synthetic_clip(1, video.height, video.width).frames
    image: Array = np.ascontiguousarray(to_tensor(pixels)[0].transpose(1, 0, 2, 3))
    return image
