"""The objective: Eq. 2 with the omni conditioning of Eq. 1 and the consistency of Eq. 3."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from h3ae_mobile.models.autoencoder import Decoder, Encoder, VideoAutoencoder
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.posterior import GaussianPosterior
from h3ae_mobile.training.config import ObjectiveConfig
from h3ae_mobile.training.discriminator import Discriminator, hinge_loss
from h3ae_mobile.training.reconstruction import reconstruction_loss
from h3ae_mobile.training.wavelet import wavelet_loss

Losses = dict[str, Tensor]
Perceptual = Callable[[Tensor, Tensor], Tensor]
Module = TypeVar("Module", bound=nn.Module)


def omni_decode(
    decoder: Decoder, latents: Tensor, features: Sequence[Tensor], conditioned: Tensor
) -> Tensor:
    """Decode every sample with or without its first frame's features (Eq. 1).

    One pass serves both kinds, so that a batch mixes them and the graph stays the same.

    Parameters
    ----------
    decoder : Decoder
        What decodes.
    latents : Tensor
        `(B, Z, T', H', W')`, raw.
    features : sequence of Tensor
        As `VideoAutoencoder.first_frame_features` gives them. Those of the innermost stages alone
        leave the outer stages out.
    conditioned : Tensor
        `(B,)` bool: which samples see them.
    """
    chunk = Chunk(keep=False)
    seen = conditioned.view(-1, 1, 1, 1, 1)
    x = decoder.from_latent(latents, chunk)
    inner = zip(decoder.stages, decoder.joins, reversed(features))  # noqa: B905
    for stage, join, feature in inner:
        x = stage(torch.where(seen, join(x, feature), x), chunk)
    if decoder.unpatchify is None or len(features) < len(decoder.stages):
        return x
    return decoder.unpatchify(x, chunk)


def frozen_twin(module: Module) -> Module:
    """Return a copy that shares the weights' memory and never gets a gradient.

    Whatever updates the weights in place updates the twin.
    """
    twin = copy.deepcopy(module)
    for own, shared in zip(twin.parameters(), module.parameters(), strict=True):
        own.data = shared.data
        own.requires_grad_(False)
        own.grad = None
    return twin


class Objective(nn.Module):
    """Computes the losses of a batch; the module that data parallelism wraps.

    Build it when the model is on its device and in its memory format: the frozen twins share its
    weights from then on.

    Parameters
    ----------
    model : VideoAutoencoder
        What is trained.
    config : ObjectiveConfig
        The weights of the losses.
    compile : bool
        Compile encoder and decoder (minutes at first, then about 1.5 times the speed on a CPU).
    perceptual : callable, optional
        LPIPS (Tab. 5), of (reconstruction, video).
    """

    discriminator: Discriminator | None

    def __init__(
        self,
        model: VideoAutoencoder,
        config: ObjectiveConfig,
        *,
        compile: bool = False,
        perceptual: Perceptual | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.config = config
        self.discriminator = Discriminator().to(model.latent_mean.device) if config.gan else None
        self._encode = torch.compile(_encode, dynamic=False) if compile else _encode
        self._decode = torch.compile(omni_decode, dynamic=False) if compile else omni_decode
        # Held in a tuple, so that they are no submodules: nobody is to count or save them.
        self._judges = (frozen_twin(model.encoder), frozen_twin(model.decoder), perceptual)
        self._critic = (None if self.discriminator is None else frozen_twin(self.discriminator),)

    def forward(
        self, video: Tensor, noise: Tensor, conditioned: Tensor, final: bool = False
    ) -> Losses:
        """Return the losses, scalars; `total` is what is minimised.

        Parameters
        ----------
        video : Tensor
            `(B, 3, T, H, W)` in [-1, 1].
        noise : Tensor
            `(B, Z, T', H', W')`, standard normal: the posterior is always sampled.
        conditioned : Tensor
            `(B,)` bool, drawn with probability p (Eq. 1).
        final : bool
            Whether this is the last phase, in which the consistency losses join.
        """
        config = self.config
        moments, features = self._encode(self.model.encoder, video)
        posterior = GaussianPosterior.from_moments(wide(moments))
        latents = posterior.sample(noise=noise)
        output = wide(self._decode(self.model.decoder, latents, features, conditioned))
        kind = config.reconstruction
        losses = {
            kind: reconstruction_loss(kind, output, video),
            "kl": posterior.kl().mean(),
        }
        losses |= self._auxiliary(output, video)
        if final and (config.latent_consistency or config.pixel_consistency):
            # The consistency losses train the decoder only. Their reconstruction is decoded anew
            # from detached latents: the way back into the encoder would otherwise lead through z.
            held = [feature.detach() for feature in features]
            again = wide(self._decode(self.model.decoder, latents.detach(), held, conditioned))
            if config.latent_consistency:
                losses["latent_consistency"] = self.latent_consistency(posterior, again)
            if config.pixel_consistency:
                losses["pixel_consistency"] = self.pixel_consistency(again)
        weights = {kind: 1.0, "discriminator": 1.0} | config.model_dump()
        total = sum((weights[name] * loss for name, loss in losses.items()), torch.zeros(()))
        return losses | {"total": total}

    def _auxiliary(self, output: Tensor, video: Tensor) -> Losses:
        """Return the losses of Tab. 5 that are switched on."""
        config, losses = self.config, {}
        perceptual, (critic,) = self._judges[2], self._critic
        if config.lpips and perceptual is not None:
            losses["lpips"] = perceptual(output, video)
        if config.dwt:
            losses["dwt"] = wavelet_loss(output, video)
        if self.discriminator is not None and critic is not None:
            losses["gan"] = -wide(critic(output)).mean()
            losses["discriminator"] = hinge_loss(self.discriminator, output.detach(), video)
        return losses

    def latent_consistency(self, posterior: GaussianPosterior, output: Tensor) -> Tensor:
        """Return D_KL(z, z') of Eq. 3, averaged over latent elements.

        z is the posterior of the ground truth, held fixed; z' that of the reconstruction, by the
        encoder with frozen weights.
        """
        real = GaussianPosterior(posterior.mean.detach(), posterior.logvar.detach())
        return real.kl(self._encode_again(output)).mean()

    def pixel_consistency(self, output: Tensor) -> Tensor:
        """Return the L1 distance of a reconstruction and its own reconstruction (App. E).

        The second pass runs through the whole autoencoder with frozen weights, at the mode.
        """
        twice = self._judges[1](self._encode_again(output).mode(), Chunk(keep=False))
        return (wide(twice) - output.detach()).abs().mean()

    def _encode_again(self, output: Tensor) -> GaussianPosterior:
        return GaussianPosterior.from_moments(wide(self._judges[0](output, Chunk(keep=False))))


def _encode(encoder: Encoder, video: Tensor) -> tuple[Tensor, list[Tensor]]:
    return encoder.with_features(video, Chunk(keep=False))


def wide(x: Tensor) -> Tensor:
    """Take losses in float32 at least, whatever autocast computes in."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
