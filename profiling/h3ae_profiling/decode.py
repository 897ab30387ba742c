"""What a profile decodes: one of a bundle's ways, its graphs, and how often a clip calls each."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from h3ae_mobile.bundle import Manifest
from h3ae_mobile.bundle.schedule import ClipDecode, Schedule, StreamDecode
from h3ae_mobile.errors import H3AEError
from h3ae_profiling.report.subject import Mode

# As many as a clip of 17 frames has, where nothing else says how long a stream shall be.
STREAM_LATENTS = 3
MODES: tuple[Mode, ...] = ("clip", "stream", "i2v")


@dataclass(frozen=True)
class Decode:
    """One way to decode.

    Attributes
    ----------
    mode : str
        ``clip``, ``stream``, or ``i2v``: the first frame is encoded, and conditions the decode.
    plan : ClipDecode or StreamDecode
        Of the decoder.
    encoder : str, optional
        Graph of the image encoder; part of every clip in the mode ``i2v``.
    schedule : Schedule
        The bundle's, cut down to this way, so that a decoder has no other choice.
    latents, frames : int
        Of one clip; a stream has no length of its own, and takes the golden one's.
    """

    mode: Mode
    plan: ClipDecode | StreamDecode
    encoder: str | None
    schedule: Schedule
    latents: int
    frames: int

    @classmethod
    def choose(cls, manifest: Manifest, mode: Mode | None = None) -> Decode:
        """Return the way of a mode, by default the first that the bundle holds.

        Raises
        ------
        H3AEError
            If the bundle holds no such decoder.
        """
        ways = _ways(manifest.schedule)
        if not ways:
            raise H3AEError(f"{manifest.name} holds no decoder", "export one")
        chosen = mode or next(iter(ways))
        if chosen not in ways:
            raise H3AEError(
                f"{manifest.name} holds no decoder of the mode {chosen}",
                f"there are: {', '.join(ways)}",
            )
        schedule, plan, encoder = ways[chosen]
        latents = _latents(manifest, plan)
        frames = manifest.video.law.frames(latents)
        return cls(chosen, plan, encoder, schedule, latents, frames)

    @property
    def calls(self) -> dict[str, int]:
        """Every graph in the order of its first call, and its calls in one clip."""
        plan, size = self.plan, self.plan.frames_per_call
        first = {} if self.encoder is None else {self.encoder: 1}
        if isinstance(plan, ClipDecode):
            return {**first, plan.temporal: 1, plan.frame: ceil(plan.frames / size)}
        steps = self.latents - 1
        pixels = ceil(plan.frames_first / size) + steps * ceil(plan.frames_next / size)
        return {**first, plan.first: 1, plan.next: steps, plan.frame: pixels}

    @property
    def graphs(self) -> tuple[str, ...]:
        """Every graph that a clip needs."""
        return tuple(self.calls)

    @property
    def window(self) -> int | None:
        """Latent frames in sight of a stream's attention."""
        return self.plan.attention_window if isinstance(self.plan, StreamDecode) else None


_Way = tuple[Schedule, ClipDecode | StreamDecode, str | None]


def _ways(schedule: Schedule) -> dict[Mode, _Way]:
    """Return the ways of a schedule, each with a schedule that holds no other."""
    found: dict[Mode, _Way] = {}
    if schedule.clip is not None:
        found["clip"] = (Schedule(clip=schedule.clip), schedule.clip, None)
    if schedule.stream is not None:
        found["stream"] = (Schedule(stream=schedule.stream), schedule.stream, None)
    i2v = schedule.i2v
    plan = None if i2v is None else i2v.clip or i2v.stream
    if i2v is not None and plan is not None:
        kept = {"stream": None} if i2v.clip is not None else {}
        only = i2v.model_copy(update=kept)
        found["i2v"] = (Schedule(i2v=only), plan, i2v.encoder)
    return found


def _latents(manifest: Manifest, plan: ClipDecode | StreamDecode) -> int:
    if isinstance(plan, ClipDecode):
        return plan.latents
    if manifest.golden is not None:
        return manifest.golden.latents.shape[0]
    if manifest.video.frames is not None:
        return manifest.video.law.latents(manifest.video.frames)
    return STREAM_LATENTS
