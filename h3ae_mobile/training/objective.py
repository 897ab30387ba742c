"""The objective: Eq. 2 with the omni conditioning of Eq. 1 and the consistency of Eq. 3."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from h3ae_mobile.models.autoencoder import Decoder, Encoder, VideoAutoencoder
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.posterior import GaussianPosterior
from h3ae_mobile.training.config import ObjectiveConfig
from h3ae_mobile.training.wavelet import wavelet_loss

Losses = dict[str, Tensor]
Auxiliary = Callable[[Tensor, Tensor], Tensor]


def omni_decode(
    decoder: Decoder, latents: Tensor, features: Sequence[Tensor], conditioned: Tensor
) -> Tensor:
    """Decode every sample with or without its first frame's features (Eq. 1).

    One pass serves both kinds, so that a batch mixes them and the graph stays the same.

    Parameters
    ----------
    latents : Tensor
        `(B, Z, T', H', W')`, raw.
    features : sequence of Tensor
        As `VideoAutoencoder.first_frame_features` gives them.
    conditioned : Tensor
        `(B,)` bool: which samples see them.
    """
    chunk = Chunk(keep=False)
    seen = conditioned.view(-1, 1, 1, 1, 1)
    x = decoder.from_latent(latents, chunk)
    for stage, join, feature in zip(
        decoder.stages, decoder.joins, reversed(features), strict=True
    ):
        x = torch.where(seen, join(x, feature), x)
        x = stage(x, chunk)
    return x if decoder.unpatchify is None else decoder.unpatchify(x, chunk)


def frozen(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers of `module` without gradient, for `functional_call`."""
    return {
        name: tensor.detach()
        for name, tensor in (*module.named_parameters(), *module.named_buffers())
    }


class Objective(nn.Module):
    """Computes the losses of a batch; the module that data parallelism wraps.

    Parameters
    ----------
    model : VideoAutoencoder
        What is trained.
    config : ObjectiveConfig
        The weights of the losses.
    compile : bool
        Compile encoder and decoder (minutes at first, then about 1.5 times the speed on a CPU).
    perceptual, adversarial : callable, optional
        LPIPS and the generator's side of the GAN loss (Tab. 5), of (reconstruction, video).
    """

    def __init__(
        self,
        model: VideoAutoencoder,
        config: ObjectiveConfig,
        *,
        compile: bool = False,
        perceptual: Auxiliary | None = None,
        adversarial: Auxiliary | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.config = config
        # Callables, not submodules: what they train is not part of the autoencoder.
        self._auxiliary = {
            name: (weight, loss)
            for name, weight, loss in (
                ("lpips", config.lpips, perceptual),
                ("gan", config.gan, adversarial),
                ("dwt", config.dwt, wavelet_loss),
            )
            if weight and loss is not None
        }
        self._encode = torch.compile(_encode, dynamic=False) if compile else _encode
        self._decode = torch.compile(omni_decode, dynamic=False) if compile else omni_decode

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
        posterior = GaussianPosterior.from_moments(_wide(moments))
        latents = posterior.sample(noise=noise)
        output = _wide(self._decode(self.model.decoder, latents, features, conditioned))
        losses = {"l1": (output - video).abs().mean(), "kl": posterior.kl().mean()}
        total = losses["l1"] + config.kl * losses["kl"]
        for name, (weight, loss) in self._auxiliary.items():
            losses[name] = loss(output, video)
            total = total + weight * losses[name]
        if final and (config.latent_consistency or config.pixel_consistency):
            # The consistency losses train the decoder only. Their reconstruction is decoded anew
            # from detached latents: the way back into the encoder would otherwise lead through z.
            again = _wide(
                self._decode(
                    self.model.decoder,
                    latents.detach(),
                    [feature.detach() for feature in features],
                    conditioned,
                )
            )
            if config.latent_consistency:
                losses["latent_consistency"] = self.latent_consistency(posterior, again)
                total = total + config.latent_consistency * losses["latent_consistency"]
            if config.pixel_consistency:
                losses["pixel_consistency"] = self.pixel_consistency(again)
                total = total + config.pixel_consistency * losses["pixel_consistency"]
        losses["total"] = total
        return losses

    def latent_consistency(self, posterior: GaussianPosterior, output: Tensor) -> Tensor:
        """Return D_KL(z, z') of Eq. 3, averaged over latent elements.

        z is the posterior of the ground truth, held fixed; z' that of the reconstruction, by the
        encoder with frozen weights.
        """
        encoder = self.model.encoder
        moments = functional_call(encoder, frozen(encoder), (output, Chunk(keep=False)))
        real = GaussianPosterior(posterior.mean.detach(), posterior.logvar.detach())
        return real.kl(GaussianPosterior.from_moments(_wide(moments))).mean()

    def pixel_consistency(self, output: Tensor) -> Tensor:
        """Return the L1 distance of a reconstruction and its own reconstruction (App. E).

        The second pass runs through the whole autoencoder with frozen weights, at the mode.
        """
        moments = functional_call(
            self.model.encoder, frozen(self.model.encoder), (output, Chunk(keep=False))
        )
        mode = GaussianPosterior.from_moments(_wide(moments)).mode()
        twice = functional_call(
            self.model.decoder, frozen(self.model.decoder), (mode, Chunk(keep=False))
        )
        return (_wide(twice) - output.detach()).abs().mean()


def _encode(encoder: Encoder, video: Tensor) -> tuple[Tensor, list[Tensor]]:
    return encoder.with_features(video, Chunk(keep=False))


def _wide(x: Tensor) -> Tensor:
    """Take losses in float32 at least, whatever autocast computes in."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
