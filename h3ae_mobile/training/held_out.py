"""Scores of clips kept out of training, cheap enough to take during a run."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import torch
from torch import Tensor

from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.training.cache import list_media
from h3ae_mobile.video import read_clip, to_tensor

SIZE = 256
GROUPS = 2  # of frames after the first: 17 at a temporal compression of 8

log = logging.getLogger(__name__)


class HeldOut:
    """The first 17 frames of every clip of a folder at 256 x 256 (9 frames where 4x compresses).

    A clip that is shorter or cannot be read is reported and left out.

    Raises
    ------
    H3AEError
        If that leaves none.
    """

    def __init__(self, folder: Path, model: AutoencoderConfig) -> None:
        frames = 1 + GROUPS * model.compression[0]
        self.clips = []
        for path in list_media(folder, "clips"):
            try:
                clip = read_clip(path, frames, (SIZE, SIZE), "resize")
            except H3AEError as error:
                log.warning("left out of the scores: %s", error.message)
            else:
                self.clips.append(torch.from_numpy(to_tensor(clip.frames)))
        if not self.clips:
            raise H3AEError(f"no clip in {folder} gives {frames} frames to score")

    @torch.no_grad()
    def score(self, model: VideoAutoencoder) -> dict[str, float]:
        """Return the mean PSNR, plain and with the first frame's features, from modes."""
        device = model.latent_mean.device
        plain, conditioned = [], []
        for clip in self.clips:
            video = clip.to(device).contiguous(memory_format=torch.channels_last_3d)
            latents = model.encode(video).mode()
            features = model.first_frame_features(video)
            plain.append(psnr(model.decode(latents), video))
            conditioned.append(psnr(model.decode(latents, features), video))
        return {
            "psnr_db": sum(plain) / len(plain),
            "psnr_i2v_db": sum(conditioned) / len(conditioned),
        }


def psnr(output: Tensor, video: Tensor) -> float:
    """PSNR in dB of values in [-1, 1]."""
    error = (output.float().clamp(-1, 1) - video).square().mean().item()
    return 10 * math.log10(4 / max(error, 1e-12))
