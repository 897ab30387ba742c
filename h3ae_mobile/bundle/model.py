"""What was exported: the model, its video format, memory and golden vectors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from h3ae_mobile.bundle.fields import (
    Bytes,
    Decibels,
    Dim,
    GoldenPath,
    Identifier,
    Label,
    Name,
    Record,
    Sha256,
    Symbol,
    Text,
    violation,
)
from h3ae_mobile.bundle.tensors import DType, Shape
from h3ae_mobile.frames import FrameLaw

# Small enough to ship, and to read at once.
MAX_GOLDEN_BYTES = 2**28

Factor = Annotated[int, Field(ge=1, le=1024)]
Statistic = Annotated[float, Field(ge=-1e6, le=1e6)]
Deviation = Annotated[float, Field(gt=0, le=1e6)]


class Model(Record):
    """The autoencoder.

    Attributes
    ----------
    config : dict
        Its `AutoencoderConfig` as JSON, for the record and for Python; no phone reads it.
    compression : tuple of int
        Over time, height, width.
    latent_mean, latent_std : tuple of float
        Per channel: normalised = (raw - mean) / std.
    parameters : int
        Of encoder and decoder together.
    checkpoint_sha256 : str
        Of the safetensors file that was exported.
    licence, note : str
        Of the weights.
    """

    name: Name
    config: Annotated[dict[str, JsonValue], Field(max_length=128)]
    compression: tuple[Factor, Factor, Factor]
    latent_channels: Dim
    latent_mean: Annotated[tuple[Statistic, ...], Field(min_length=1, max_length=65_536)]
    latent_std: Annotated[tuple[Deviation, ...], Field(min_length=1, max_length=65_536)]
    parameters: Annotated[int, Field(ge=1, le=2**40)]
    checkpoint_sha256: Sha256
    licence: Text
    note: Text = ""

    @model_validator(mode="after")
    def _check(self) -> Model:
        for name, values in (("latent_mean", self.latent_mean), ("latent_std", self.latent_std)):
            if len(values) != self.latent_channels:
                raise violation(
                    "manifest.shape",
                    f"{name} has {len(values)} values for {self.latent_channels} channels",
                )
        return self


class FrameCounts(Record):
    """The frame law: `first` + `temporal` k frames, `first` of them from the first latent."""

    temporal: Factor
    first: Literal[1] = 1


class Colour(Record):
    """How to tag the frames.

    Attributes
    ----------
    space : str
        Primaries and, where a consumer converts to Y'CbCr, its matrix.
    transfer : str
        Curve of the RGB values.
    range : str
        ``full``: -1 and 1 are black and white.
    """

    space: Literal["bt709"] = "bt709"
    transfer: Literal["srgb", "bt709"] = "srgb"
    range: Literal["full"] = "full"


class Video(Record):
    """The frames that come out.

    Attributes
    ----------
    frames : int, optional
        Length of a clip; None where the bundle only streams.
    value_range : tuple of float
        Always -1 to 1; decoders clamp to it.
    fps : float
        Default rate for playing and writing.
    """

    height: Dim
    width: Dim
    frames: Dim | None
    frame_law: FrameCounts
    value_range: tuple[Literal[-1], Literal[1]] = (-1, 1)
    colour: Colour = Colour()
    channel_order: Literal["RGB"] = "RGB"
    fps: Annotated[float, Field(gt=0, le=1000)] = 24.0

    @property
    def law(self) -> FrameLaw:
        """The frame law as the rest of the package has it."""
        return FrameLaw(self.frame_law.temporal)


class StageMemory(Record):
    """Estimated bytes while one graph runs."""

    weights: Bytes
    activations: Bytes
    caches: Bytes = 0


class Memory(Record):
    """What a decode needs above the app itself, for a preflight.

    Attributes
    ----------
    stages : dict
        Graph to its memory.
    peak : int
        Of the way to decode or encode that takes most, its stages loaded: see
        `h3ae_mobile.bundle.peak`.
    method : str
        How it was estimated or measured.
    """

    stages: Annotated[dict[Symbol, StageMemory], Field(min_length=1, max_length=64)]
    peak: Bytes
    method: Label


class GoldenTensor(Record):
    """A safetensors file that holds one tensor, called `tensor`."""

    file: GoldenPath
    tensor: Symbol
    dtype: DType
    shape: Shape
    bytes: Annotated[int, Field(ge=1, le=MAX_GOLDEN_BYTES)]
    sha256: Sha256


class Tolerance(Record):
    """What a decode of the golden latents must reach, over all golden frames."""

    max_abs: Annotated[float, Field(ge=0, le=2)]
    psnr_db: Decibels


class Golden(Record):
    """Real latents and the reference's frames for them: a self-test for every device.

    Attributes
    ----------
    source : str
        The clip, with its licence.
    latents : GoldenTensor
        ``[T', Z, H', W']``, normalised.
    frames : GoldenTensor
        ``[n, 3, H, W]``: float16 in [-1, 1], or uint8 (value = 2 x / 255 - 1).
    frame_indices : tuple of int
        Which frames of the decoded clip those are, ascending.
    image : GoldenTensor, optional
        ``[1, 3, H, W]``: the first frame, for I2V bundles; float16, float32 or uint8 as `frames`.
    conditioned : GoldenTensor, optional
        `frames` of the decode with the features of `image` (Eq. 1), of the same indices
        (format 1.2).
    tolerance : dict
        Precision of the artifact under test to its tolerance.
    """

    source: Text
    latents: GoldenTensor
    frames: GoldenTensor
    frame_indices: Annotated[
        tuple[Annotated[int, Field(ge=0, le=65_535)], ...], Field(min_length=1, max_length=1024)
    ]
    image: GoldenTensor | None = None
    conditioned: GoldenTensor | None = None
    tolerance: Annotated[dict[Identifier, Tolerance], Field(min_length=1, max_length=16)]

    @property
    def files(self) -> tuple[GoldenTensor, ...]:
        """All of its files."""
        tensors = (self.latents, self.frames, self.image, self.conditioned)
        return tuple(tensor for tensor in tensors if tensor is not None)
