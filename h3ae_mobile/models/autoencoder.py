"""The video autoencoder: encoder, decoder, latent statistics (Fig. 2, Tab. 9)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.frames import FrameLaw
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.conditioning import Join
from h3ae_mobile.models.conv import CausalConv3d
from h3ae_mobile.models.executor import Plan, run
from h3ae_mobile.models.posterior import GaussianPosterior
from h3ae_mobile.models.resample import Patchify, Unpatchify
from h3ae_mobile.models.stage import decoder_stage, encoder_stage

RGB = 3
Features = Sequence[Tensor]


class Encoder(nn.Module):
    """Pixels to the moments of the posterior; every stage begins with its strided convolution."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.patchify = Patchify(config.patch) if config.patch > 1 else None
        channels = RGB * config.patch**2
        self.stages = nn.ModuleList()
        for stage in config.stages:
            self.stages.append(encoder_stage(config, stage, channels))
            channels = stage.width
        self.to_moments = CausalConv3d(channels, 2 * config.latent_channels)

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map video `(B, 3, T, H, W)` to moments `(B, 2Z, T', H', W')`."""
        return self.with_features(x, chunk)[0]

    def with_features(self, x: Tensor, chunk: Chunk) -> tuple[Tensor, list[Tensor]]:
        """Return the moments and, for every stage, its output at the chunk's first frame.

        On the first chunk these are the hierarchical features e of the omni objective (Eq. 1):
        causality makes them those of the first frame alone.
        """
        if self.patchify is not None:
            x = self.patchify(x, chunk)
        features = []
        for stage in self.stages:
            x = stage(x, chunk)
            features.append(x[:, :, :1])
        return self.to_moments(x, chunk), features


class Decoder(nn.Module):
    """Latents to pixels, the encoder's mirror image; every stage ends with its upsampling."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        outs = [RGB * config.patch**2, *(stage.width for stage in config.stages[:-1])]
        self.from_latent = CausalConv3d(config.latent_channels, config.stages[-1].width)
        self.stages = nn.ModuleList(
            decoder_stage(config, stage, out)
            for stage, out in zip(reversed(config.stages), reversed(outs), strict=True)
        )
        self.joins = nn.ModuleList(
            Join(config.conditioning, stage.width) for stage in reversed(config.stages)
        )
        self.unpatchify = Unpatchify(config.patch) if config.patch > 1 else None

    def forward(self, z: Tensor, chunk: Chunk, features: Features | None = None) -> Tensor:
        """Map latents `(B, Z, T', H', W')` to video `(B, 3, T, H, W)`.

        Parameters
        ----------
        z : Tensor
            Latents as the encoder gives them (not normalised).
        chunk : Chunk
            State of the pass.
        features : sequence of Tensor, optional
            First-frame features, one a stage in the encoder's order, `(B, C, 1, H, W)`; joined
            with the input of the mirrored stage and broadcast over time (Eq. 1).
        """
        x = self.from_latent(z, chunk)
        conditions = reversed(features) if features is not None else [None] * len(self.stages)
        for stage, join, condition in zip(self.stages, self.joins, conditions, strict=True):
            if condition is not None:
                x = join(x, condition)
            x = stage(x, chunk)
        return x if self.unpatchify is None else self.unpatchify(x, chunk)


class VideoAutoencoder(nn.Module):
    """H3AE: a causal video autoencoder with a Gaussian posterior.

    An image is a video of one frame: its latent equals the first latent of any video that starts
    with it (Sec. 4.4).

    Attributes
    ----------
    latent_mean, latent_std : Tensor
        `(Z,)` statistics that normalise the latents a diffusion model or a bundle sees.
    """

    latent_mean: Tensor
    latent_std: Tensor

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.law = FrameLaw(config.compression[0])
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.register_buffer("latent_mean", torch.zeros(config.latent_channels))
        self.register_buffer("latent_std", torch.ones(config.latent_channels))

    def encode(self, video: Tensor, plan: Plan | None = None) -> GaussianPosterior:
        """Encode `(B, 3, T, H, W)` in [-1, 1]; a plan's chunks are 1 + 8k, 8m, 8n ... frames.

        Raises
        ------
        H3AEError
            If the frame count breaks the frame law or the size is not divisible.
        """
        self._check_video(video, plan)
        return GaussianPosterior.from_moments(run(self.encoder, video, plan))

    def decode(
        self, latents: Tensor, features: Features | None = None, plan: Plan | None = None
    ) -> Tensor:
        """Decode raw latents `(B, Z, T', H', W')` to `(B, 3, T, H, W)`, not clamped.

        `features` are those of `first_frame_features`; `plan` counts latent frames.

        Raises
        ------
        H3AEError
            If latents or features do not have the network's shapes.
        """
        channels = self.config.latent_channels
        if latents.ndim != 5 or latents.shape[1] != channels or not latents.numel():
            raise H3AEError(
                f"latents of shape {tuple(latents.shape)} are not (B, {channels}, T', H', W')"
            )
        if features is not None:
            self._check_features(features, latents)

        def network(z: Tensor, chunk: Chunk) -> Tensor:
            out: Tensor = self.decoder(z, chunk, features)
            return out

        return run(network, latents, plan)

    def first_frame_features(self, image: Tensor) -> list[Tensor]:
        """Return the features e of Eq. 1 of images `(B, 3, 1, H, W)`, one a stage."""
        self._check_video(image[:, :, :1], None)
        return self.encoder.with_features(image[:, :, :1], Chunk(keep=False))[1]

    def normalise(self, latents: Tensor) -> Tensor:
        """Bring raw latents to zero mean and unit variance a channel."""
        return (latents - _per_channel(self.latent_mean)) / _per_channel(self.latent_std)

    def denormalise(self, latents: Tensor) -> Tensor:
        """Undo `normalise`."""
        return latents * _per_channel(self.latent_std) + _per_channel(self.latent_mean)

    def _check_video(self, video: Tensor, plan: Plan | None) -> None:
        if video.ndim != 5 or video.shape[1] != RGB:
            raise H3AEError(f"a video of shape {tuple(video.shape)} is not (B, 3, T, H, W)")
        self.law.check(video.shape[2])
        space = self.config.compression[1]
        height, width = video.shape[3:]
        if min(height, width) < space or height % space or width % space:
            raise H3AEError(
                f"{height}x{width} is not divisible by {space}",
                f"the nearest size is {_nearest(height, space)}x{_nearest(width, space)}",
            )
        time = self.config.compression[0]
        if plan is not None and any((n - (i == 0)) % time for i, n in enumerate(plan)):
            raise H3AEError(
                f"the plan {list(plan)} cuts a latent frame",
                f"chunks are 1 + {time}k frames at first and {time}k later",
            )

    def _check_features(self, features: Features, latents: Tensor) -> None:
        stages = self.config.stages
        if len(features) != len(stages):
            raise H3AEError(f"{len(features)} first-frame features do not fit {len(stages)} stages")
        height, width = latents.shape[3:]
        for index in reversed(range(len(stages))):
            wanted = (stages[index].width, 1, height, width)
            if features[index].shape[1:] != wanted:
                raise H3AEError(
                    f"first-frame feature {index} of shape {tuple(features[index].shape)} is not "
                    f"(B, {', '.join(map(str, wanted))})"
                )
            height, width = height * stages[index].stride[1], width * stages[index].stride[2]


def _per_channel(statistic: Tensor) -> Tensor:
    return statistic.view(1, -1, 1, 1, 1)


def _nearest(length: int, step: int) -> int:
    return max(step, round(length / step) * step)
