"""The host decoder: a schedule, an engine's sessions and the caches become frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from h3ae_mobile.bundle.bundle import Bundle
from h3ae_mobile.bundle.schedule import I2V, ClipDecode, Schedule, StreamDecode
from h3ae_mobile.bundle.tensors import Graph, Kind, TensorSpec
from h3ae_mobile.engines.base import Session
from h3ae_mobile.engines.registry import choose_variant
from h3ae_mobile.errors import H3AEError

Array = NDArray[np.float32]
Floats = NDArray[np.floating]
OpenSession = Callable[[str], Session]
Progress = Callable[[int, int], None]


class DecodeCancelledError(H3AEError):
    """The caller asked a decode to stop."""


@dataclass(frozen=True)
class EncodedImage:
    """What the image encoder makes of a first frame.

    Attributes
    ----------
    latents : ndarray
        `[1, Z, H', W']`, normalised: the first latent of any video that begins with the image.
    features : dict
        First-frame features (Eq. 1), by the names of the decoder's inputs.
    """

    latents: Array
    features: dict[str, Array]


@dataclass(frozen=True, eq=False)
class _Run:
    """One decode: what to do, and when to stop."""

    plan: ClipDecode | StreamDecode
    latents: Array
    conditions: Mapping[str, Array]
    cancel: Event | None

    @property
    def total(self) -> int:
        """Frames in all."""
        if isinstance(self.plan, ClipDecode):
            return self.plan.frames
        return self.plan.frames_first + (len(self.latents) - 1) * self.plan.frames_next


class VideoDecoder:
    """Turns latents into frames, one at a time.

    Memory is bounded: a clip holds its features and one call of the frame stage, a stream holds
    its caches and one step. Work happens when a frame is asked for; whoever stops asking, or
    sets `cancel`, stops the work between two calls of a graph. A decoder does one thing at a
    time and belongs to one thread at a time.

    Parameters
    ----------
    schedule : Schedule
        What to run in which order.
    graphs : mapping
        Graphs by name.
    open_session : callable
        Opens the session of a graph; called once for each that is needed.
    description : str
        What runs the graphs, for people.
    """

    def __init__(
        self,
        schedule: Schedule,
        graphs: Mapping[str, Graph],
        open_session: OpenSession,
        description: str = "",
    ) -> None:
        self.schedule = schedule
        self.graphs = graphs
        self.description = description
        self._open_session = open_session
        self._sessions: dict[str, Session] = {}
        self._running: _Run | None = None
        self._closed = False

    @classmethod
    def open(
        cls,
        bundle: Bundle | str | Path,
        *,
        target: str | None = None,
        precision: str | None = None,
        backend: str | None = None,
        threads: int | None = None,
        size: tuple[int, int] | None = None,
    ) -> Self:
        """Open a bundle in the best engine of this machine.

        Parameters
        ----------
        bundle : Bundle or path
            A path is verified, hashes and all.
        target, precision, backend : str, optional
            Which artifacts to run; the best that can run here by default.
        threads : int, optional
            To compute with; as many as the engine sees fit by default.
        size : tuple of int, optional
            Height and width, where the bundle holds several; its own by default.

        Raises
        ------
        BundleError
            If the bundle cannot be trusted, or holds no such artifacts.
        H3AEError
            If nothing here runs them.
        """
        if threads is not None and threads < 1:
            raise H3AEError(f"{threads} threads cannot compute")
        if not isinstance(bundle, Bundle):
            bundle = Bundle.open(bundle)
        if size is not None:
            bundle = bundle.at(*size)
        variant = choose_variant(bundle, target, precision, backend)
        return cls(
            bundle.manifest.schedule,
            bundle.manifest.graphs,
            partial(variant.open_session, threads=threads),
            str(variant),
        )

    def frames(
        self,
        latents: Floats,
        *,
        image: Floats | None = None,
        features: Mapping[str, Floats] | None = None,
        progress: Progress | None = None,
        cancel: Event | None = None,
    ) -> Iterator[Array]:
        """Yield the frames of a clip, `[3, H, W]` in [-1, 1].

        A bundle that holds both decodes latents of the clip's length in one call and any other
        number as a stream. What cannot be decoded is refused here and now, not at the first frame.

        Parameters
        ----------
        latents : ndarray
            `[T', Z, H', W']`, normalised.
        image : ndarray, optional
            `[1, 3, H, W]` in [-1, 1]: decode with the features of this first frame (Eq. 1).
        features : mapping, optional
            Those features, where `encode_image` has computed them already.
        progress : callable, optional
            Told frames done and frames in all, before every frame.
        cancel : Event, optional
            Set it, from any thread, to stop between two calls.

        Raises
        ------
        H3AEError
            If the latents do not fit, the bundle cannot do what is asked, or a graph gives
            numbers that are not finite.
        DecodeCancelledError
            After `cancel` was set.
        """
        self._check_open()
        latents = np.asarray(latents)
        conditions = self._conditions(image, features)
        plan = self._plan(len(latents) if latents.ndim else 0, conditions is not None)
        name = plan.temporal if isinstance(plan, ClipDecode) else plan.first
        wanted = _only(self.graphs[name], "inputs", "latents")
        values = _checked("latents", latents, (len(latents), *wanted.shape[1:]))
        self._running = run = _Run(plan, values, conditions or {}, cancel)
        return self._frames(run, progress)

    def encode(self, video: Floats) -> Array:
        """Encode `[T, 3, H, W]` in [-1, 1] to normalised latents `[T', Z, H', W']`.

        Raises
        ------
        H3AEError
            If the bundle holds no encoder, or one for another size or number of frames.
        """
        self._check_open()
        if self.schedule.encode is None:
            raise H3AEError("the bundle holds no encoder", "export with --component encoder")
        name = self.schedule.encode.graph
        return self._feed(name, "video", video)[_only(self.graphs[name], "outputs", "latents").name]

    def encode_image(self, image: Floats) -> EncodedImage:
        """Encode a first frame `[1, 3, H, W]` in [-1, 1] (I2V).

        Raises
        ------
        H3AEError
            If the bundle holds no image encoder, or one for another size.
        """
        self._check_open()
        i2v = self._i2v()
        outputs = self._feed(i2v.encoder, "image", image)
        latents = outputs[_only(self.graphs[i2v.encoder], "outputs", "latents").name]
        return EncodedImage(latents, {one.input: outputs[one.output] for one in i2v.conditions})

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

    def _i2v(self) -> I2V:
        if self.schedule.i2v is None:
            raise H3AEError(
                "the bundle does not decode with a first frame", "export with --component i2v"
            )
        return self.schedule.i2v

    def _conditions(
        self, image: Floats | None, features: Mapping[str, Floats] | None
    ) -> dict[str, Array] | None:
        """Return the conditions of the decoder, by the names of its inputs."""
        if features is None:
            return None if image is None else self.encode_image(image).features
        if image is not None:
            raise H3AEError("give an image or its features, not both")
        i2v = self._i2v()
        shapes = {tensor.name: tensor.shape for tensor in self.graphs[i2v.encoder].outputs}
        conditions = {}
        for one in i2v.conditions:
            if one.input not in features:
                raise H3AEError(f"the feature {one.input!r} of the first frame is missing")
            conditions[one.input] = _checked(one.input, features[one.input], shapes[one.output])
        return conditions

    def _plan(self, latents: int, conditioned: bool) -> ClipDecode | StreamDecode:
        if latents < 1:
            raise H3AEError("there are no latents to decode")
        schedule = self._i2v() if conditioned else self.schedule
        clip, stream = schedule.clip, schedule.stream
        if clip is not None and clip.latents == latents:
            return clip
        if stream is not None:
            return stream
        if clip is not None:
            raise H3AEError(
                f"{latents} latent frames do not fit: the bundle decodes clips of {clip.latents}",
                "export with --mode stream for any length",
            )
        raise H3AEError(
            "the bundle holds no decoder for latents alone",
            "give it the first frame" if self.schedule.i2v else "export with --component decoder",
        )

    def _frames(self, run: _Run, progress: Progress | None) -> Iterator[Array]:
        done = 0
        for chunk in self._features(run):
            for frame in self._pixels(run, chunk):
                if not np.isfinite(frame).all():
                    raise H3AEError(
                        f"frame {done} holds numbers that are not finite",
                        "decode with artifacts of precision fp32",
                    )
                done += 1
                if progress is not None:
                    progress(done, run.total)
                yield frame

    def _features(self, run: _Run) -> Iterator[Array]:
        """Yield what the temporal stage gives, step by step."""
        plan = run.plan
        if isinstance(plan, ClipDecode):
            yield self._step(run, plan.temporal, run.latents, {})[0]
            return
        self._session(plan.next).reset()
        caches: dict[str, Array] = {}
        for index in range(len(run.latents)):
            name = plan.next if index else plan.first
            features, outputs = self._step(run, name, run.latents[index : index + 1], caches)
            # A session whose runtime keeps the caches as states returns none after the first step.
            caches = {
                cache.input: outputs[cache.output]
                for cache in self.graphs[plan.next].caches
                if cache.output in outputs
            }
            del outputs
            yield features

    def _step(
        self, run: _Run, name: str, latents: Array, caches: Mapping[str, Array]
    ) -> tuple[Array, dict[str, Array]]:
        """Run one temporal graph; return the features and all of its outputs."""
        graph = self.graphs[name]
        given, taken = _only(graph, "inputs", "latents"), _only(graph, "outputs", "features")
        session = self._ready(run, name)
        outputs = session.run(
            {given.name: latents, **_conditions_of(graph, run.conditions), **caches}
        )
        return outputs[taken.name], outputs

    def _pixels(self, run: _Run, features: Array) -> Iterator[Array]:
        """Run the frame stage over features, `frames_per_call` at a time."""
        name, size = run.plan.frame, run.plan.frames_per_call
        graph = self.graphs[name]
        given, taken = _only(graph, "inputs", "features"), _only(graph, "outputs", "frames")
        for start in range(0, len(features), size):
            part = features[start : start + size]
            count = len(part)
            if count < size:
                part = np.concatenate([part, np.repeat(part[-1:], size - count, 0)])
            session = self._ready(run, name)
            outputs = session.run({given.name: part, **_conditions_of(graph, run.conditions)})
            yield from outputs[taken.name][:count]

    def _feed(self, name: str, kind: Kind, values: Floats) -> dict[str, Array]:
        """Run a graph that has one input."""
        spec = _only(self.graphs[name], "inputs", kind)
        return self._session(name).run({spec.name: _checked(kind, values, spec.shape)})

    def _ready(self, run: _Run, name: str) -> Session:
        """Return the session for the next call of a decode that is still to go on."""
        if run.cancel is not None and run.cancel.is_set():
            raise DecodeCancelledError("the decode was cancelled")
        # Sessions may hold the state of a stream: two decodes at once would mix theirs.
        if self._running is not run:
            raise H3AEError("another decode has begun with this decoder", "open one for each")
        return self._session(name)

    def _session(self, name: str) -> Session:
        self._check_open()
        if name not in self._sessions:
            self._sessions[name] = self._open_session(name)
        return self._sessions[name]

    def _check_open(self) -> None:
        if self._closed:
            raise H3AEError("the decoder is closed")


def _only(graph: Graph, side: Literal["inputs", "outputs"], kind: Kind) -> TensorSpec:
    tensors = graph.inputs if side == "inputs" else graph.outputs
    return next(tensor for tensor in tensors if tensor.kind == kind)


def _conditions_of(graph: Graph, conditions: Mapping[str, Array]) -> dict[str, Array]:
    return {tensor.name: conditions[tensor.name] for tensor in graph.conditions}


def _checked(name: str, values: Floats, shape: tuple[int, ...]) -> Array:
    values = np.asarray(values)
    if values.shape != shape:
        raise H3AEError(f"{name} of shape {list(values.shape)} do not fit, {list(shape)} is needed")
    if values.dtype.kind not in "fiu":
        raise H3AEError(f"{name} of type {values.dtype} are no numbers")
    if not np.isfinite(values).all():
        raise H3AEError(f"{name} hold numbers that are not finite")
    return np.ascontiguousarray(values, dtype=np.float32)
