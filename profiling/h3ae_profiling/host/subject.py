"""A contender at work, inside its process: sessions, clips, and the time each part took."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile.bundle import ClipDecode, GoldenVectors, Manifest, StreamDecode, load_golden
from h3ae_mobile.decoder import VideoDecoder
from h3ae_mobile.engines.base import Arrays, Session
from h3ae_mobile.engines.registry import Variant
from h3ae_mobile.errors import H3AEError

# As many as a clip of 17 frames has, where nothing else says how long a stream shall be.
STREAM_LATENTS = 3


@dataclass
class TimedSession:
    """A session that writes down how long each call took, and what it was first called with."""

    inner: Session
    calls: list[float] = field(default_factory=list)
    inputs: dict[str, NDArray[Any]] | None = None

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph once."""
        begin = time.perf_counter()
        outputs = self.inner.run(inputs)
        self.calls.append(time.perf_counter() - begin)
        if self.inputs is None:
            self.inputs = {name: np.array(value) for name, value in inputs.items()}
        return outputs

    def reset(self) -> None:
        """Forget the state of a stream."""
        self.inner.reset()

    def close(self) -> None:
        """Give the runtime's memory back."""
        self.inner.close()


@dataclass(frozen=True)
class ClipTimes:
    """One decoded clip, in seconds."""

    clip: float
    first_frame: float
    calls: dict[str, list[float]]


class LoadedSubject:
    """All sessions of a clip, open.

    Parameters
    ----------
    variant : Variant
        Which artifacts.
    threads : int, optional
        To compute with.
    """

    def __init__(self, variant: Variant, threads: int | None) -> None:
        self.manifest = variant.bundle.manifest
        self.sessions = {
            name: TimedSession(variant.open_session(name, threads))
            for name in clip_graphs(self.manifest)
        }
        self.decoder = VideoDecoder(
            self.manifest.schedule, self.manifest.graphs, self.sessions.__getitem__
        )

    def decode(self, latents: NDArray[np.float32]) -> tuple[ClipTimes, NDArray[np.float32]]:
        """Decode a clip, from handing over the latents to holding the last frame."""
        for session in self.sessions.values():
            session.calls.clear()
        frames: list[NDArray[np.float32]] = []
        first = 0.0
        begin = time.perf_counter()
        for frame in self.decoder.frames(latents):
            if not frames:
                first = time.perf_counter() - begin
            frames.append(frame)
        total = time.perf_counter() - begin
        calls: dict[str, list[float]] = defaultdict(list)
        for name, session in self.sessions.items():
            calls[name] = list(session.calls)
        return ClipTimes(total, first, dict(calls)), np.stack(frames)

    def close(self) -> None:
        """Close every session."""
        self.decoder.close()
        for session in self.sessions.values():
            session.close()


def decode_plan(manifest: Manifest) -> ClipDecode | StreamDecode:
    """Return how a clip is decoded from latents alone.

    Raises
    ------
    H3AEError
        If the bundle holds no decoder of that kind.
    """
    plan = manifest.schedule.clip or manifest.schedule.stream
    if plan is None:
        raise H3AEError(f"{manifest.name} holds no decoder of latents alone", "export one")
    return plan


def clip_graphs(manifest: Manifest) -> tuple[str, ...]:
    """Return the graphs that decode a clip."""
    plan = decode_plan(manifest)
    if isinstance(plan, ClipDecode):
        return plan.temporal, plan.frame
    return plan.first, plan.next, plan.frame


def clip_frames(manifest: Manifest) -> int:
    """Return the frames of the clip that is measured; a stream has no length of its own."""
    if manifest.video.frames is not None:
        return manifest.video.frames
    latents = STREAM_LATENTS if manifest.golden is None else manifest.golden.latents.shape[0]
    return manifest.video.law.frames(latents)


def clip_latents(variant: Variant) -> tuple[NDArray[np.float32], GoldenVectors | None]:
    """Return the golden latents, or random ones of a clip's length where there are none."""
    manifest = variant.bundle.manifest
    if manifest.golden is not None:
        golden = load_golden(variant.bundle)
        return golden.latents, golden
    plan = decode_plan(manifest)
    latents = plan.latents if isinstance(plan, ClipDecode) else STREAM_LATENTS
    shape = manifest.latent_shape(latents)
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32), None
