"""Start the autoencoder as a linear principal-component autoencoder.

With every residual branch's last layer at zero, an H3AE is linear: strided convolutions down,
convolutions and pixel shuffles up, nothing between. So before the first step each strided
convolution can take the leading principal directions of its 2x2 or 2x2x2 patches, and each
up-convolution their transpose; the network then starts where linear compression ends, not from
noise. Stride and padding align the patches: taps 1 and 2 of the three meet pixels (2i, 2i+1), and
frames (2t-1, 2t) after causal padding.

Directions are found in orthonormal coordinates, but the network's channels are scaled: partly
whitened, to a mean square of one a stage. Unscaled they would grow eightfold in energy a stage,
and no learning rate would fit the first stage and the last. The scales cancel between encoder and
decoder, so the linear reconstruction is that of the plain principal components.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.attention import AttentionBlock
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.conditioning import Join
from h3ae_mobile.models.init import random_init
from h3ae_mobile.models.residual import ResidualBlock

WHITENING = 0.5  # exponent: 0 keeps the variances, 1 makes them equal
FLOOR = 1e-3  # of the largest standard deviation; a flat direction is not blown up beyond it
LOG_VARIANCE = -6.0  # of the posterior at the start: noise at 5 % of the latents

Stride = tuple[int, int, int]


@dataclass(frozen=True)
class Basis:
    """Leading principal directions of a stage's patches.

    Attributes
    ----------
    directions : Tensor
        `(C * t * 2 * 2, K)` orthonormal columns, float64.
    scale : Tensor
        `(K,)`: the network's channel is the coefficient divided by it.
    energy : float
        Fraction of the mean square that the K directions hold.
    """

    directions: Tensor
    scale: Tensor
    energy: float


def patches(x: Tensor, stride: Stride) -> Tensor:
    """Cut `(B, C, T, H, W)` into `(B, C * t * 2 * 2, T', H', W')`, the first frame repeated.

    The order of channels is that of a convolution before `pixel_shuffle_3d`.
    """
    time, height, width = stride
    if time > 1:
        x = torch.cat([x[:, :, :1].expand(-1, -1, time - 1, -1, -1), x], dim=2)
    batch, channels, frames, rows, columns = x.shape
    x = x.reshape(
        batch, channels, frames // time, time, rows // height, height, columns // width, width
    )
    # B C T' t H' h W' w -> B C t h w T' H' W'
    return x.permute(0, 1, 3, 5, 7, 2, 4, 6).flatten(1, 4)


def principal_basis(batches: Sequence[Tensor], count: int) -> Basis:
    """Fit the leading `count` directions of vectors on the second axis of `(B, N, ...)`."""
    size = batches[0].shape[1]
    moment = torch.zeros(size, size, dtype=torch.float64)
    total = 0
    for batch in batches:
        vectors = batch.movedim(1, -1).flatten(0, -2)
        moment += (vectors.T @ vectors).double()
        total += len(vectors)
    values, vectors = torch.linalg.eigh(moment / total)
    values, vectors = values.flip(0).clamp_min(0), vectors.flip(1)
    deviation = values[:count].sqrt()
    partly = deviation.clamp_min(FLOOR * float(deviation[0]) + 1e-12) ** WHITENING
    power = (values[:count] / partly.square()).mean().sqrt().clamp_min(1e-12)
    energy = float(values[:count].sum() / values.sum().clamp_min(1e-12))
    return Basis(vectors[:, :count], partly * power, energy)


@torch.no_grad()
def pca_init(model: VideoAutoencoder, videos: Sequence[Tensor], seed: int = 0) -> list[float]:
    """Initialise `model` in place as a linear autoencoder fitted to `videos`.

    Where a stage is at least twice as wide as its patches have directions, the encoder writes its
    coefficients beside the channels that the decoder uses. First-frame features (Eq. 1) then meet
    the decoder's own in separate channels, and what is averaged can still be told apart.

    Parameters
    ----------
    videos : sequence of Tensor
        Batches `(B, 3, T, H, W)` in [-1, 1], sizes as the model takes them.
    seed : int
        Of the random weights inside the residual branches.

    Returns
    -------
    list of float
        The fraction of the mean square that each stage keeps, the latent last.

    Raises
    ------
    H3AEError
        If the model upsamples by interpolation, which has no transpose here.
    """
    config = model.config
    if config.upsample != "pixel_shuffle":
        raise H3AEError(
            "a principal-component start needs pixel shuffles",
            'set start = "random" for a model that interpolates',
        )
    random_init(model, seed)
    for module in model.modules():
        if isinstance(module, Join) and module.gain is not None:
            nn.init.zeros_(module.gain)  # a conditioned decode begins as the plain one
    _silence_branches(model)

    chunk = Chunk(keep=False)
    patchify = model.encoder.patchify
    x = [video if patchify is None else patchify(video, chunk) for video in videos]
    inner = _Channels.identity(x[0].shape[1])
    energies = []
    for stage, encoder, decoder in zip(
        config.stages, model.encoder.stages, reversed(list(model.decoder.stages)), strict=True
    ):
        cut = [patches(batch, stage.stride) for batch in x]
        basis = principal_basis(cut, min(stage.width, cut[0].shape[1]))
        count = basis.directions.shape[1]
        outer = _Channels(basis.scale, count if stage.width >= 2 * count else 0)
        _set_down(_first_conv(encoder), basis, inner, outer, stage.stride)
        _set_up(_last_conv(decoder), basis, inner, outer)
        projection = basis.directions.T.to(cut[0])
        x = [torch.einsum("kn,bnthw->bkthw", projection, batch) for batch in cut]
        inner = outer
        energies.append(basis.energy)

    latent = principal_basis(x, min(config.latent_channels, x[0].shape[1]))
    _set_latent(model, latent, inner)
    energies.append(latent.energy)
    return energies


@dataclass(frozen=True)
class _Channels:
    """How coefficients lie in a stage's channels: their scales, and the encoder's offset."""

    scale: Tensor
    offset: int

    @classmethod
    def identity(cls, count: int) -> _Channels:
        return cls(torch.ones(count, dtype=torch.float64), 0)

    @property
    def encoder(self) -> slice:
        return slice(self.offset, self.offset + len(self.scale))

    @property
    def decoder(self) -> list[slice]:
        """Where a decoder stage reads: its own channels and, if apart, those of the encoder."""
        own = slice(0, len(self.scale))
        return [own, self.encoder] if self.offset else [own]


def _silence_branches(model: nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, ResidualBlock):
            last: Sequence[nn.Module] = [module.conv2.conv]
        elif isinstance(module, Join):
            last = [module]
        elif isinstance(module, AttentionBlock):
            last = [module.project, module.contract]
        else:
            continue
        for layer in last:
            for parameter in layer.parameters():
                parameter.zero_()


def _set_down(
    conv: nn.Conv2d | nn.Conv3d, basis: Basis, inner: _Channels, outer: _Channels, stride: Stride
) -> None:
    """Rows of `conv` become directions; the rows left over keep their random weights."""
    count = len(outer.scale)
    cube = basis.directions.T.reshape(count, len(inner.scale), *stride)
    cube = cube * inner.scale.view(-1, 1, 1, 1) / outer.scale.view(-1, 1, 1, 1, 1)
    weight, rows = conv.weight, outer.encoder
    weight[rows] = 0
    weight[:, : inner.encoder.start] = 0
    weight[:, inner.encoder.stop :] = 0
    if isinstance(conv, nn.Conv2d):
        weight[rows, inner.encoder, 1:3, 1:3] = cube[:, :, 0].to(weight)
    else:
        weight[rows, inner.encoder, 3 - stride[0] :, 1:3, 1:3] = cube.to(weight)
    _zero_bias(conv)


def _set_up(conv: nn.Conv2d | nn.Conv3d, basis: Basis, inner: _Channels, outer: _Channels) -> None:
    """Columns of the centre tap of `conv` become directions, in the shuffle's channel order."""
    volume = len(basis.directions) // len(inner.scale)
    matrix = basis.directions * outer.scale / inner.scale.repeat_interleave(volume)[:, None]
    weight = conv.weight
    weight.zero_()
    centre = weight[..., 1, 1] if isinstance(conv, nn.Conv2d) else weight[..., 2, 1, 1]
    for columns in outer.decoder:
        centre[: len(matrix), columns] = matrix.to(weight)
    _zero_bias(conv)


def _set_latent(model: VideoAutoencoder, basis: Basis, inner: _Channels) -> None:
    down, up = model.encoder.to_moments.conv, model.decoder.from_latent.conv
    matrix = basis.directions.T
    count = len(matrix)
    for conv in (down, up):
        conv.weight.zero_()
        _zero_bias(conv)
    down.weight[:count, inner.encoder, 2, 1, 1] = (matrix * inner.scale / basis.scale[:, None]).to(
        down.weight
    )
    if down.bias is not None:
        down.bias[model.config.latent_channels :] = LOG_VARIANCE
    up.weight[: len(inner.scale), :count, 2, 1, 1] = (
        matrix.T * basis.scale / inner.scale[:, None]
    ).to(up.weight)


def _first_conv(encoder_stage: nn.Module) -> nn.Conv2d | nn.Conv3d:
    return encoder_stage.get_submodule("0.conv")  # type: ignore[return-value]


def _last_conv(decoder_stage: nn.Module) -> nn.Conv2d | nn.Conv3d:
    last = len(list(decoder_stage.children())) - 1
    return decoder_stage.get_submodule(f"{last}.conv.conv")  # type: ignore[return-value]


def _zero_bias(conv: nn.Conv2d | nn.Conv3d) -> None:
    if conv.bias is not None:
        conv.bias.zero_()
