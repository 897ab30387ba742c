"""A contender at work, inside its process: sessions, clips, and the time each part took."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile.decoder import VideoDecoder
from h3ae_mobile.engines.base import Arrays, Session
from h3ae_profiling.decode import Decode
from h3ae_profiling.host.clip import ClipInput
from h3ae_profiling.host.contender import HostVariant


@dataclass
class TimedSession:
    """A session that writes down how long each call took, and if told so the inputs of one."""

    inner: Session
    calls: list[float] = field(default_factory=list)
    keep: bool = False
    inputs: dict[str, NDArray[Any]] | None = None

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph once."""
        begin = time.perf_counter()
        outputs = self.inner.run(inputs)
        self.calls.append(time.perf_counter() - begin)
        if self.keep and self.inputs is None:
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
    variant : Variant or TorchVariant
        Which artifacts.
    decode : Decode
        Which way.
    threads : int, optional
        To compute with.
    """

    def __init__(self, variant: HostVariant, decode: Decode, threads: int | None) -> None:
        self.sessions = {
            name: TimedSession(variant.open_session(name, threads)) for name in decode.graphs
        }
        self.decoder = VideoDecoder(
            decode.schedule, variant.bundle.manifest.graphs, self.sessions.__getitem__
        )

    def decode(self, given: ClipInput) -> ClipTimes:
        """Decode a clip, from handing over its input to holding the last frame.

        Frames are dropped one by one, as an app hands them on: kept, they would count as memory
        of the decoder.
        """
        for session in self.sessions.values():
            session.calls.clear()
        first = 0.0
        begin = time.perf_counter()
        for _ in self.decoder.frames(given.latents, image=given.image):
            first = first or time.perf_counter() - begin
        total = time.perf_counter() - begin
        calls = {name: list(session.calls) for name, session in self.sessions.items()}
        return ClipTimes(total, first, calls)

    def frames(self, given: ClipInput) -> NDArray[np.float32]:
        """Decode a clip and return `[T, 3, H, W]` in [-1, 1]."""
        return np.stack(list(self.decoder.frames(given.latents, image=given.image)))

    def close(self) -> None:
        """Close every session."""
        self.decoder.close()
        for session in self.sessions.values():
            session.close()
