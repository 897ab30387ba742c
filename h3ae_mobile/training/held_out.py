"""Scores of clips kept out of training, cheap enough to take during a run."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor

from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.training.cache import list_media
from h3ae_mobile.video import read_clip, to_tensor

SIZE = 256
GROUPS = 2  # of frames after the first: 17 at a temporal compression of 8


class HeldOut:
    """The first 17 frames of every clip of a folder at 256 x 256 (9 frames where 4x compresses)."""

    def __init__(self, folder: Path, model: AutoencoderConfig) -> None:
        frames = 1 + GROUPS * model.compression[0]
        self.clips = [
            torch.from_numpy(to_tensor(read_clip(path, frames, (SIZE, SIZE), "resize").frames))
            for path in list_media(folder, "clips")
        ]

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
