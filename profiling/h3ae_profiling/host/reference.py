"""What the reference network makes of golden latents and their first frame."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from h3ae_mobile.bundle import GoldenVectors, Manifest
from h3ae_profiling.host.clip import NotCheckedError
from h3ae_profiling.host.weights import WeightsError, bundle_model


def conditioned_frames(
    manifest: Manifest, model: str | None, golden: GoldenVectors
) -> NDArray[np.float32]:
    """Return the golden frames of a decode with the first frame's features (Eq. 1).

    Returns
    -------
    ndarray
        `[n, 3, H, W]` in [-1, 1], those of `golden.frame_indices`.

    Raises
    ------
    NotCheckedError
        If the bundle holds no first frame, or the weights it was exported from are not at hand.
    """
    if golden.image is None:
        raise NotCheckedError("the bundle holds no golden first frame")
    try:
        network = bundle_model(manifest, model)
    except WeightsError as error:
        raise NotCheckedError(error.message, error.hint) from None
    with torch.inference_mode():
        features = network.first_frame_features(_batched(golden.image))
        latents = network.denormalise(_batched(golden.latents))
        video = network.decode(latents, features).clamp(-1, 1)
    frames = video[0].transpose(0, 1)[list(golden.frame_indices)]
    return np.ascontiguousarray(frames.numpy())


def _batched(frames: NDArray[np.float32]) -> torch.Tensor:
    """Turn `[T, C, H, W]` into `(1, C, T, H, W)`."""
    return torch.from_numpy(frames.copy()).transpose(0, 1)[None]
