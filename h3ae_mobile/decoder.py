"""The host decoder: a schedule, an engine's sessions and the caches become frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Event
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from h3ae_mobile.bundle.schedule import ClipDecode, Schedule, StreamDecode
from h3ae_mobile.bundle.tensors import Graph, Kind, TensorSpec
from h3ae_mobile.engines.base import Session
from h3ae_mobile.errors import H3AEError

Array = NDArray[np.float32]
OpenSession = Callable[[str], Session]
Progress = Callable[[int, int], None]


class DecodeCancelledError(H3AEError):
    """The caller asked a decode to stop."""


class VideoDecoder:
    """Turns latents into frames, one at a time.

    Memory is bounded: a clip holds its features and one call of the frame stage, a stream holds
    its caches and one step. Work happens when a frame is asked for; whoever stops asking, or
    sets `cancel`, stops the work between two calls of a graph.

    Parameters
    ----------
    schedule : Schedule
        What to run in which order.
    graphs : mapping
        Graphs by name.
    open_session : callable
        Opens the session of a graph; called once for each that is needed.
    """

    def __init__(
        self, schedule: Schedule, graphs: Mapping[str, Graph], open_session: OpenSession
    ) -> None:
        self.schedule = schedule
        self.graphs = graphs
        self._open_session = open_session
        self._sessions: dict[str, Session] = {}
        self._closed = False

    def frames(
        self,
        latents: NDArray[np.floating],
        *,
        image: NDArray[np.floating] | None = None,
        progress: Progress | None = None,
        cancel: Event | None = None,
    ) -> Iterator[Array]:
        """Yield the frames of a clip, `[3, H, W]` in [-1, 1].

        A bundle that holds both decodes latents of the clip's length in one call and any other
        number as a stream.

        Parameters
        ----------
        latents : ndarray
            `[T', Z, H', W']`, normalised.
        image : ndarray, optional
            `[1, 3, H, W]` in [-1, 1]: decode with the features of this first frame (Eq. 1).
        progress : callable, optional
            Told frames done and frames in all, after every call of the frame stage.
        cancel : Event, optional
            Set it, from any thread, to stop between two calls.

        Raises
        ------
        H3AEError
            If the latents do not fit, or the bundle cannot do what is asked.
        DecodeCancelledError
            After `cancel` was set.
        """
        self._check_open()
        plan = self._plan(len(latents), conditioned=image is not None)
        name = plan.temporal if isinstance(plan, ClipDecode) else plan.first
        wanted = _only(self.graphs[name], "inputs", "latents")
        values = _checked("latents", latents, (len(latents), *wanted.shape[1:]))
        features = {} if image is None else self._first_frame_features(image)
        total = plan.frames if isinstance(plan, ClipDecode) else _frames_of(plan, len(latents))
        return self._run(plan, values, features, total, progress, cancel)

    def encode(self, video: NDArray[np.floating]) -> Array:
        """Encode `[T, 3, H, W]` in [-1, 1] to normalised latents `[T', Z, H', W']`."""
        self._check_open()
        if self.schedule.encode is None:
            raise H3AEError("the bundle holds no encoder", "export with --component encoder")
        name = self.schedule.encode.graph
        return self._only_output(name, self._feed(name, "video", video), "latents")

    def close(self) -> None:
        """Close all sessions; to close twice does no harm."""
        self._closed = True
        while self._sessions:
            self._sessions.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _plan(self, latents: int, *, conditioned: bool) -> ClipDecode | StreamDecode:
        if latents < 1:
            raise H3AEError("there are no latents to decode")
        if conditioned:
            if self.schedule.i2v is None:
                raise H3AEError(
                    "the bundle does not decode with a first frame", "export with --component i2v"
                )
            clip, stream = self.schedule.i2v.clip, self.schedule.i2v.stream
        else:
            clip, stream = self.schedule.clip, self.schedule.stream
        if clip is not None and (clip.latents == latents or stream is None):
            if clip.latents != latents:
                raise H3AEError(
                    f"{latents} latent frames do not fit: the bundle decodes clips of "
                    f"{clip.latents}",
                    "export with --mode stream for any length",
                )
            return clip
        if stream is None:
            raise H3AEError("the bundle holds no decoder for that")
        return stream

    def _run(
        self,
        plan: ClipDecode | StreamDecode,
        latents: Array,
        features: Mapping[str, Array],
        total: int,
        progress: Progress | None,
        cancel: Event | None,
    ) -> Iterator[Array]:
        done = 0
        for chunk in self._features(plan, latents, features, cancel):
            for frame in self._pixels(plan, chunk, features, cancel):
                done += 1
                if progress is not None:
                    progress(done, total)
                yield frame

    def _features(
        self,
        plan: ClipDecode | StreamDecode,
        latents: Array,
        conditions: Mapping[str, Array],
        cancel: Event | None,
    ) -> Iterator[Array]:
        """Yield what the temporal stage gives, step by step."""
        if isinstance(plan, ClipDecode):
            yield self._step(plan.temporal, latents, conditions, {}, cancel)["features"]
            return
        self._session(plan.next).reset()
        caches: dict[str, Array] = {}
        for index in range(len(latents)):
            name = plan.next if index else plan.first
            outputs = self._step(name, latents[index : index + 1], conditions, caches, cancel)
            yield outputs.pop("features")
            # A session whose runtime keeps the caches as states returns none after the first step.
            caches = {
                cache.input: outputs[cache.output]
                for cache in self.graphs[plan.next].caches
                if cache.output in outputs
            }

    def _step(
        self,
        name: str,
        latents: Array,
        conditions: Mapping[str, Array],
        caches: Mapping[str, Array],
        cancel: Event | None,
    ) -> dict[str, Array]:
        """Run one temporal graph; the features come under that key, caches under their names."""
        _check_cancelled(cancel)
        graph = self.graphs[name]
        outputs = self._session(name).run(
            {
                _only(graph, "inputs", "latents").name: latents,
                **_conditions_of(graph, conditions),
                **caches,
            }
        )
        outputs["features"] = outputs.pop(_only(graph, "outputs", "features").name)
        return outputs

    def _pixels(
        self,
        plan: ClipDecode | StreamDecode,
        features: Array,
        conditions: Mapping[str, Array],
        cancel: Event | None,
    ) -> Iterator[Array]:
        """Run the frame stage over features, `frames_per_call` at a time."""
        graph = self.graphs[plan.frame]
        session = self._session(plan.frame)
        given, taken = _only(graph, "inputs", "features"), _only(graph, "outputs", "frames")
        for start in range(0, len(features), plan.frames_per_call):
            _check_cancelled(cancel)
            part = features[start : start + plan.frames_per_call]
            count = len(part)
            if count < plan.frames_per_call:
                part = np.concatenate([part, np.repeat(part[-1:], plan.frames_per_call - count, 0)])
            outputs = session.run({given.name: part, **_conditions_of(graph, conditions)})
            yield from outputs[taken.name][:count]

    def _first_frame_features(self, image: NDArray[np.floating]) -> dict[str, Array]:
        """Return the conditions of the decoder, by the names of its inputs."""
        i2v = self.schedule.i2v
        if i2v is None:
            raise H3AEError("the bundle does not decode with a first frame")
        outputs = self._feed(i2v.encoder, "image", image)
        return {one.input: outputs[one.output] for one in i2v.conditions}

    def _feed(self, name: str, kind: Kind, values: NDArray[np.floating]) -> dict[str, Array]:
        """Run a graph that has one input."""
        spec = _only(self.graphs[name], "inputs", kind)
        return self._session(name).run({spec.name: _checked(kind, values, spec.shape)})

    def _only_output(self, name: str, outputs: Mapping[str, Array], kind: Kind) -> Array:
        return outputs[_only(self.graphs[name], "outputs", kind).name]

    def _session(self, name: str) -> Session:
        self._check_open()
        if name not in self._sessions:
            self._sessions[name] = self._open_session(name)
        return self._sessions[name]

    def _check_open(self) -> None:
        if self._closed:
            raise H3AEError("the decoder is closed")


def _only(graph: Graph, side: str, kind: Kind) -> TensorSpec:
    tensors = graph.inputs if side == "inputs" else graph.outputs
    return next(tensor for tensor in tensors if tensor.kind == kind)


def _conditions_of(graph: Graph, conditions: Mapping[str, Array]) -> dict[str, Array]:
    return {tensor.name: conditions[tensor.name] for tensor in graph.conditions}


def _frames_of(plan: StreamDecode, latents: int) -> int:
    return plan.frames_first + (latents - 1) * plan.frames_next


def _checked(name: str, values: NDArray[np.floating], shape: tuple[int, ...]) -> Array:
    if values.shape != shape:
        raise H3AEError(f"{name} have shape {list(values.shape)}, {list(shape)} is needed")
    if not np.isfinite(values).all():
        raise H3AEError(f"{name} hold numbers that are not finite")
    return np.ascontiguousarray(values, dtype=np.float32)


def _check_cancelled(cancel: Event | None) -> None:
    if cancel is not None and cancel.is_set():
        raise DecodeCancelledError("the decode was cancelled")
