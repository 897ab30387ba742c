"""Which graphs to run in which order, to decode or to encode."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from h3ae_mobile.bundle.fields import Record, Symbol

Count = Annotated[int, Field(ge=1, le=65_536)]


class ClipDecode(Record):
    """Decode a clip of one fixed length.

    One call of `temporal` turns `latents` latent frames into the features of `frames` frames;
    `frame` then turns `frames_per_call` of them at a time into pixels. Where fewer are left, the
    last is repeated to fill the call, and the surplus output dropped.
    """

    temporal: Symbol
    frame: Symbol
    frames_per_call: Count
    latents: Count
    frames: Count

    @property
    def graphs(self) -> tuple[str, ...]:
        """The graphs that it runs."""
        return (self.temporal, self.frame)


class StreamDecode(Record):
    """Decode any number of latent frames, one a step.

    Step 0 runs `first` and yields `frames_first` frames, every later step runs `next` and yields
    `frames_next`; `Graph.caches` of `next` tells which outputs of a step are its inputs at the
    following one (`first` gives them under the same output names). Features go through `frame`
    as in `ClipDecode`.

    Attributes
    ----------
    attention_window : int
        Latent frames that the temporal attention sees, the current one included; older ones
        have left the caches.
    """

    first: Symbol
    next: Symbol
    frame: Symbol
    frames_per_call: Count
    attention_window: Count
    frames_first: Count
    frames_next: Count

    @property
    def graphs(self) -> tuple[str, ...]:
        """The graphs that it runs."""
        return (self.first, self.next, self.frame)


class Condition(Record):
    """Output `output` of the image encoder feeds every decoder input named `input`."""

    output: Symbol
    input: Symbol


class I2V(Record):
    """Decode latents generated from a first frame, with that frame's features (Eq. 1).

    `encoder` runs once on the image; its features, named by `conditions`, are inputs of every
    call of the conditioned graphs that `clip` and `stream` name.
    """

    encoder: Symbol
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=64)]
    clip: ClipDecode | None = None
    stream: StreamDecode | None = None


class Encode(Record):
    """One call of `graph` turns `frames` frames into `latents` latents, the posterior's mean."""

    graph: Symbol
    frames: Count
    latents: Count


class Schedule(Record):
    """What the bundle can do; at least one of these.

    Attributes
    ----------
    clip, stream : optional
        Decoding from latents alone.
    i2v : optional
        Decoding from latents and a first frame.
    encode : optional
        From frames to latents.
    """

    clip: ClipDecode | None = None
    stream: StreamDecode | None = None
    i2v: I2V | None = None
    encode: Encode | None = None

    @property
    def decodes(self) -> tuple[ClipDecode | StreamDecode, ...]:
        """The ways to decode, from latents alone first."""
        conditioned = () if self.i2v is None else (self.i2v.clip, self.i2v.stream)
        return tuple(one for one in (self.clip, self.stream, *conditioned) if one is not None)

    @property
    def clips(self) -> tuple[ClipDecode, ...]:
        """The ways to decode a clip of fixed length; their length is `Video.frames`."""
        return tuple(one for one in self.decodes if isinstance(one, ClipDecode))

    @property
    def graphs(self) -> tuple[str, ...]:
        """The graphs that it runs, each once."""
        names = [name for decode in self.decodes for name in decode.graphs]
        if self.i2v is not None:
            names.append(self.i2v.encoder)
        if self.encode is not None:
            names.append(self.encode.graph)
        return tuple(dict.fromkeys(names))
