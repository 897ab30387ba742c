"""The networks that are exported: rewritten, cut, with flat tensors at their edges.

The decoder is cut where its spatial stages begin. Before the cut, the temporal stage mixes
frames at low resolution: one call for a clip, or one a latent frame for a stream. After it, the
frame stage turns k frames at a time into pixels, so that peak memory does not grow with the
length of the clip (Sec. 3.1.1, "sliced inference").

    decoder_temporal           latents [T', Z, H', W']          -> features [T, C, h, w]
    decoder_first / _next      latents [1, Z, H', W'], caches   -> features [1 | 8, C, h, w], caches
    decoder_frame              features [k, C, h, w]            -> frames [k, 3, H, W]
    encoder_clip               video [T, 3, H, W]               -> latents [T', Z, H', W']
    encoder_image              image [1, 3, H, W]               -> latents, first-frame features

Names ending in `_i2v` take the first frame's features besides (Eq. 1).
"""

from __future__ import annotations

from torch import Tensor, nn

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.registry import Context, rewrite
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.conv import CausalConv3d


class DecoderTemporal(nn.Module):
    """Latents to features: the decoder up to its spatial stages."""

    mean: Tensor
    std: Tensor

    def __init__(self, model: VideoAutoencoder, context: Context, *, conditioned: bool) -> None:
        super().__init__()
        decoder = model.decoder
        cut = len(model.config.stages) - model.config.spatial_stages
        self.mode = context.mode
        joins = decoder.joins[:cut] if conditioned else ()
        self.joins = nn.ModuleList(rewrite(join, context) for join in joins)
        self.register_buffer("mean", model.latent_mean.clone().view(1, -1, 1, 1))
        self.register_buffer("std", model.latent_std.clone().view(1, -1, 1, 1))
        self.from_latent = rewrite(decoder.from_latent, context)
        self.stages = nn.ModuleList(rewrite(stage, context) for stage in decoder.stages[:cut])

    def forward(self, latents: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        """Map latents, conditions and caches to features and caches."""
        conditions, caches = rest[: len(self.joins)], rest[len(self.joins) :]
        chunk = Chunk(caches if self.mode == "next" else None, keep=self.mode != "clip")
        x = self.from_latent(latents * self.std + self.mean, chunk)
        for index, stage in enumerate(self.stages):
            if self.joins:
                x = self.joins[index](x, conditions[index])
            x = stage(x, chunk)
        return (x, *chunk.caches)


class DecoderFrame(nn.Module):
    """Features of k frames to pixels: the decoder's spatial stages, and the range [-1, 1]."""

    def __init__(self, model: VideoAutoencoder, context: Context, *, conditioned: bool) -> None:
        super().__init__()
        decoder = model.decoder
        cut = len(model.config.stages) - model.config.spatial_stages
        joins = decoder.joins[cut:] if conditioned else ()
        self.joins = nn.ModuleList(rewrite(join, context) for join in joins)
        self.stages = nn.ModuleList(rewrite(stage, context) for stage in decoder.stages[cut:])
        self.unpatchify = (
            rewrite(decoder.unpatchify, context) if decoder.unpatchify is not None else None
        )

    def forward(self, features: Tensor, *conditions: Tensor) -> tuple[Tensor]:
        """Map features and conditions to frames."""
        chunk = Chunk(keep=False)
        x = features
        for index, stage in enumerate(self.stages):
            if self.joins:
                x = self.joins[index](x, conditions[index])
            x = stage(x, chunk)
        if self.unpatchify is not None:
            x = self.unpatchify(x, chunk)
        return (x.clamp(-1.0, 1.0),)


class EncoderClip(nn.Module):
    """Video to normalised latents (the posterior's mean), and first-frame features if asked."""

    mean: Tensor
    scale: Tensor

    def __init__(self, model: VideoAutoencoder, context: Context, *, features: bool) -> None:
        super().__init__()
        encoder = model.encoder
        self.features = features
        self.register_buffer("mean", model.latent_mean.clone().view(1, -1, 1, 1))
        self.register_buffer("scale", 1 / model.latent_std.view(1, -1, 1, 1))
        self.patchify = rewrite(encoder.patchify, context) if encoder.patchify is not None else None
        self.stages = nn.ModuleList(rewrite(stage, context) for stage in encoder.stages)
        # The log-variances are the second half of the moments; a decoder never needs them.
        self.to_mean = rewrite(_first_half(encoder.to_moments), context)

    def forward(self, video: Tensor) -> tuple[Tensor, ...]:
        """Map `(T, 3, H, W)` to latents and features."""
        chunk = Chunk(keep=False)
        x = video if self.patchify is None else self.patchify(video, chunk)
        features = []
        for stage in self.stages:
            x = stage(x, chunk)
            features.append(x)
        latents = (self.to_mean(x, chunk) - self.mean) * self.scale
        return (latents, *features) if self.features else (latents,)


def _first_half(conv: nn.Module) -> nn.Module:
    """Return the convolution to the means alone."""
    if not isinstance(conv, CausalConv3d):
        raise H3AEError(f"the moments come from a {type(conv).__name__}, not a CausalConv3d")
    half = conv.conv.out_channels // 2
    # On the meta device of a projection, too: nothing is copied out of there.
    means = CausalConv3d(conv.conv.in_channels, half).to(conv.conv.weight)
    means.conv.load_state_dict({name: t[:half] for name, t in conv.conv.state_dict().items()})
    return means
