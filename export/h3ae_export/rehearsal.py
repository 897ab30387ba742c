"""Runs the files of one target as an app would, over real latents, and measures parity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from h3ae_export.inspection import open_inspected
from h3ae_export.parity import Difference, compare, make_parity
from h3ae_export.reference import Array, Reference
from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Exported, Target
from h3ae_mobile.bundle.artifacts import Parity
from h3ae_mobile.bundle.schedule import I2V, ClipDecode, Schedule, StreamDecode
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.decoder import VideoDecoder
from h3ae_mobile.engines.base import Session
from h3ae_mobile.errors import H3AEError


class ParityError(H3AEError):
    """A saved file is too far from the reference to be published."""


@dataclass(frozen=True)
class _Decode:
    """One way to decode, what goes in, and what must come out."""

    schedule: Schedule
    latents: Array
    expected: Array
    image: Array | None = None
    one_shot: Array | None = None

    @property
    def plan(self) -> ClipDecode | StreamDecode:
        """The only way of the schedule."""
        (plan,) = self.schedule.decodes
        return plan


@dataclass(frozen=True)
class Rehearsal:
    """The saved files of one target at one precision.

    Attributes
    ----------
    target : Target
        Opens the files.
    settings : TargetSettings
        Precision among others.
    exported : sequence of Exported
        The files.
    graphs : mapping
        Graphs by name.
    schedule : Schedule
        How a decoder runs them.
    """

    target: Target
    settings: TargetSettings
    exported: Sequence[Exported]
    graphs: Mapping[str, Graph]
    schedule: Schedule

    def check(self, reference: Reference, longer: Reference) -> dict[str, Parity]:
        """Return the parity of each graph's file.

        Clips and encoders are held against `reference`, streams against `longer`: enough latent
        frames of one clip that the oldest leave the window of the attention.

        Every file of a decode carries the parity of the decode's frames, the worst one if it
        serves several decodes; the encoders carry that of their latents.

        Raises
        ------
        ParityError
            If a frame misses the threshold.
        NotRunnableError
            If this machine cannot run the files.
        """
        parities: dict[str, Parity] = {}
        for decode in self._decodes(reference, longer):
            parity = self._decode(decode)
            for name in decode.plan.graphs:
                parities[name] = _worse(parities.get(name), parity)
        encode, i2v = self.schedule.encode, self.schedule.i2v
        if encode is not None:
            parities[encode.graph] = self._encode(encode.graph, reference.video, reference.encoded)
        if i2v is not None:
            parities[i2v.encoder] = self._encode(
                i2v.encoder, reference.image, reference.encoded[:1]
            )
        return parities

    def _decodes(self, reference: Reference, longer: Reference) -> Iterator[_Decode]:
        clip, stream, i2v = self.schedule.clip, self.schedule.stream, self.schedule.i2v
        latents, many = reference.latents, longer.latents
        if clip is not None:
            yield _Decode(Schedule(clip=clip), latents, reference.frames)
        if stream is not None:
            yield _Decode(Schedule(stream=stream), many, longer.windowed, one_shot=longer.frames)
        if i2v is None:
            return
        conditioned, windowed = reference.conditioned, longer.conditioned_windowed
        if i2v.clip is not None and conditioned is not None:
            yield _Decode(only(i2v, clip=i2v.clip), latents, conditioned, reference.image)
        if i2v.stream is not None and windowed is not None:
            schedule = only(i2v, stream=i2v.stream)
            yield _Decode(schedule, many, windowed, longer.image, longer.conditioned)

    def _decode(self, decode: _Decode) -> Parity:
        with VideoDecoder(decode.schedule, self.graphs, self._open) as decoder:
            frames = list(decoder.frames(decode.latents, image=decode.image))
        difference = compare(frames, decode.expected)
        one_shot = None if decode.one_shot is None else compare(frames, decode.one_shot)
        plan, seams = decode.plan, range(0)
        if isinstance(plan, StreamDecode):
            seams = range(plan.frames_first, len(frames), plan.frames_next)
        return self._judge(", ".join(plan.graphs), difference, seams, one_shot)

    def _encode(self, graph: str, pixels: Array, expected: Array) -> Parity:
        session = self._open(graph)
        try:
            spec = self.graphs[graph]
            outputs = session.run({spec.inputs[0].name: pixels})
            name = next(tensor.name for tensor in spec.outputs if tensor.kind == "latents")
            latents = outputs[name]
        finally:
            session.close()
        peak = float(expected.max() - expected.min())
        return self._judge(graph, compare(latents, expected, peak=peak))

    def _judge(
        self,
        graph: str,
        difference: Difference,
        seams: Sequence[int] = (),
        one_shot: Difference | None = None,
    ) -> Parity:
        parity = make_parity(
            difference,
            precision=self.settings.precision,
            runtime=self.target.runtime(),
            size=self._size(),
            seams=seams,
            one_shot=one_shot,
        )
        if not parity.passed:
            raise ParityError(
                f"{graph}: frame {difference.worst_frame} reaches {parity.worst_psnr_db:.1f} dB, "
                f"{parity.threshold_db:g} dB are needed",
                "it was not published",
            )
        return parity

    def _size(self) -> tuple[int, int]:
        graph = next(
            spec
            for graph in self.graphs.values()
            for spec in (*graph.inputs, *graph.outputs)
            if spec.kind in ("frames", "video", "image")
        )
        return graph.shape[2], graph.shape[3]

    def _open(self, graph: str) -> Session:
        exported = next(one for one in self.exported if one.spec.graph == graph)
        return open_inspected(self.target, exported, self.graphs[graph])


def only(i2v: I2V, clip: ClipDecode | None = None, stream: StreamDecode | None = None) -> Schedule:
    """Return a schedule of one way to decode with a first frame."""
    return Schedule(i2v=i2v.model_copy(update={"clip": clip, "stream": stream}))


def _worse(one: Parity | None, other: Parity) -> Parity:
    if one is None:
        return other
    return min(one, other, key=lambda parity: parity.worst_psnr_db)
