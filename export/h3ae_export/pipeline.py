"""The export pipeline, in numbered steps.

1. Load the checkpoint.
2. Encode a real clip and decode it with the reference: latents and frames to compare with.
3. For every target and precision: rewrite the graphs, convert, save beside the bundle.
4. Run the saved files over the real latents and measure their parity.
5. Collect what passed in a bundle, with golden vectors, and move it into place.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from h3ae_export.conversion import unhindered
from h3ae_export.memory import METHOD, estimate
from h3ae_export.plan import Plan, make_plan
from h3ae_export.reference import Reference, make_reference, past_window
from h3ae_export.rehearsal import Rehearsal
from h3ae_export.report import ExportReport, StreamCheck
from h3ae_export.request import ExportRequest
from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Exported, NotRunnableError, Target
from h3ae_export.targets.registry import get_target
from h3ae_mobile.bundle import BundleWriter
from h3ae_mobile.bundle.model import FrameCounts, Golden, Memory, Model, Tolerance, Video
from h3ae_mobile.bundle.peak import make_memory
from h3ae_mobile.bundle.schedule import Schedule
from h3ae_mobile.bundle.sizes import Size
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.checkpoint import LoadedModel, load_model
from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder
from h3ae_mobile.mobile.options import MobileOptions
from h3ae_mobile.video import quantise

Progress = Callable[[str], None]

_TOOLS = ("torch", "executorch", "coremltools", "onnx", "onnxruntime", "coreai-core")
# What a device may differ from the golden frames, by precision: engines round differently.
_TOLERANCE = {
    "fp32": Tolerance(max_abs=1e-3, psnr_db=80.0),
    "fp16": Tolerance(max_abs=0.5, psnr_db=40.0),
}
_GOLDEN_FRAMES = 3


@dataclass
class _Collected:
    """What the targets have delivered so far."""

    exported: list[Exported] = field(default_factory=list)
    graphs: dict[str, Graph] = field(default_factory=dict)
    schedules: dict[Extent, Schedule] = field(default_factory=dict)


@dataclass(frozen=True)
class _Converted:
    """The files of one target at one precision, and how a decoder runs them at each extent."""

    folder: Path
    exported: list[Exported]
    plans: dict[Extent, Plan]


class _References:
    """What to compare with, computed once for each extent that a target is checked at.

    Attributes
    ----------
    stream_frames : int
        Frames that streams are checked over at least, 0 where there are none: those of enough
        latents for the oldest ones to leave the window of the attention.
    """

    def __init__(self, loaded: LoadedModel, request: ExportRequest) -> None:
        self._loaded = loaded
        self._request = request
        self._known: dict[Extent, Reference] = {}
        latents = past_window(request.window)
        self.stream_frames = loaded.model.law.frames(latents) if request.streams else 0

    def at(self, extent: Extent) -> Reference:
        """Return the reference at an extent; clips that are too short only last longer streams."""
        if extent not in self._known:
            request = self._request
            self._known[extent] = make_reference(
                self._loaded.model,
                extent,
                request.window,
                request.clip,
                i2v=request.conditions,
                fold=extent.frames > request.extent.frames,
            )
        return self._known[extent]

    def longer(self, extent: Extent) -> Reference:
        """Return the reference of streams; that of the clip where there are none."""
        return self.at(replace(extent, frames=max(self.stream_frames, extent.frames)))


class Pipeline:
    """Runs one export.

    Parameters
    ----------
    request : ExportRequest
        What to export.
    progress : callable
        Told one line at the beginning of every part.
    """

    def __init__(self, request: ExportRequest, progress: Progress) -> None:
        self.request = request
        self.progress = progress
        self.report = ExportReport()

    def run(self) -> ExportReport:
        """Run all steps.

        Raises
        ------
        H3AEError
            If nothing could be exported; a report with `failed` entries says what passed.
        """
        request = self.request
        BundleWriter(request.out, replace=request.replace)  # refuses a place now, not after it all
        targets = self._targets()
        with self._timed("1 load"):
            loaded = load_model(request.model, seed=request.seed)
            options = MobileOptions(window=request.window)
            builders = [GraphBuilder(loaded.model, one, options) for one in request.extents]
        with self._timed("2 reference"):
            references = _References(loaded, request)
            for extent in request.extents:
                references.at(extent)
            self._note_stream(references)
        request.out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=request.out.parent, prefix=f".{request.out.stem}.staging."
        ) as staging:
            collected = _Collected()
            for target in targets:
                for settings in request.settings:
                    self._export(target, settings, loaded, references, Path(staging), collected)
            if collected.exported:
                with self._timed("5 bundle"):
                    self._publish(loaded, builders, references, collected)
        self.report.peak_bytes = _peak_bytes()
        return self.report

    def _note_stream(self, references: _References) -> None:
        """Tell over what streams are checked, which the golden vectors are too short for."""
        request = self.request
        if not (request.streams and request.verify and (request.decodes or request.conditions)):
            return
        reference = references.longer(request.extent)
        self.report.stream_check = StreamCheck(
            window=request.window,
            latents=len(reference.latents),
            frames=len(reference.frames),
            source=reference.source,
        )
        self.progress(str(self.report.stream_check))

    def _targets(self) -> list[Target]:
        """Return the targets that can work here; where all are meant, others are left out."""
        chosen = []
        for name in self.request.targets:
            target = get_target(name)
            try:
                for settings in self.request.settings:
                    target.check(settings)
            except MissingExtraError as error:
                if not self.request.lenient:
                    raise
                self.report.skipped[name] = str(error)
                self.progress(f"skipping {name}: {error}")
                continue
            chosen.append(target)
        if not chosen:
            raise H3AEError("none of the targets can be exported here")
        return chosen

    def _export(
        self,
        target: Target,
        settings: TargetSettings,
        loaded: LoadedModel,
        references: _References,
        staging: Path,
        collected: _Collected,
    ) -> None:
        """Convert, save and check one target at one precision; a failure is recorded."""
        label = f"{target.name} {settings.precision}"
        folder = staging / f"{target.name}-{settings.precision}"
        try:
            with self._timed(f"3 convert {label}"):
                converted = self._convert(target, settings, loaded, self.request, folder)
            exported = converted.exported
            if self.request.verify:
                with self._timed(f"4 check {label}"):
                    exported = self._check(target, settings, loaded, references, converted)
        except H3AEError as error:
            # The other targets' files are worth having; the command still ends non-zero.
            self.report.failed[label] = str(error)
            self.progress(f"{label} failed: {error}")
            return
        collected.exported += exported
        for extent, plan in converted.plans.items():
            collected.graphs.update(plan.specs)
            collected.schedules[extent] = plan.schedule

    def _convert(
        self,
        target: Target,
        settings: TargetSettings,
        loaded: LoadedModel,
        request: ExportRequest,
        folder: Path,
    ) -> _Converted:
        """Rewrite the graphs of all extents for a target and save them in a new folder."""
        folder.mkdir()
        options = replace(target.options(settings), window=request.window)
        plans = {
            extent: make_plan(request, GraphBuilder(loaded.model, extent, options))
            for extent in request.extents
        }
        graphs = [graph for plan in plans.values() for graph in plan.graphs]
        with unhindered():
            exported = target.export(graphs, settings, folder, self.progress)
        return _Converted(folder, exported, plans)

    def _check(
        self,
        target: Target,
        settings: TargetSettings,
        loaded: LoadedModel,
        references: _References,
        converted: _Converted,
    ) -> list[Exported]:
        """Run the saved files, or the same weights at smaller extents, and add their parity."""
        checked = {
            extent: target.verification_extent(settings, extent, references.stream_frames)
            for extent in self.request.extents
        }
        subject = converted
        try:
            if not checked.keys() >= set(checked.values()):
                subject = self._convert_small(target, settings, loaded, converted, checked.values())
            found = {
                extent: Rehearsal(
                    target, settings, subject.exported, plan.specs, plan.schedule
                ).check(references.at(extent), references.longer(extent))
                for extent, plan in subject.plans.items()
                if extent in checked.values()
            }
            # The plans of two extents list the same graphs in one order, under names of their own.
            parities = {
                graph.name: found[checked[extent]][other.name]
                for extent, plan in converted.plans.items()
                for graph, other in zip(
                    plan.graphs, subject.plans[checked[extent]].graphs, strict=True
                )
            }
        except NotRunnableError as error:
            self.progress(f"not verified: {error}")
            return [
                _with(one, options=one.spec.options | {"unverified": str(error)[:1000]})
                for one in converted.exported
            ]
        return [_with(one, parity=parities[one.spec.graph]) for one in converted.exported]

    def _convert_small(
        self,
        target: Target,
        settings: TargetSettings,
        loaded: LoadedModel,
        converted: _Converted,
        extents: Iterable[Extent],
    ) -> _Converted:
        """Convert once more, at the extents that the target's runtime can be asked for here."""
        first, *further = dict.fromkeys(extents)
        sizes = [f"{one.frames} x {one.height} x {one.width}" for one in (first, *further)]
        self.progress(f"checking {target.name} at {', '.join(sizes)}")
        request = replace(
            self.request,
            extent=first,
            sizes=tuple((extent.height, extent.width) for extent in further),
        )
        folder = converted.folder.with_name(f"{converted.folder.name}-small")
        return self._convert(target, settings, loaded, request, folder)

    def _publish(
        self,
        loaded: LoadedModel,
        builders: Sequence[GraphBuilder],
        references: _References,
        collected: _Collected,
    ) -> None:
        request = self.request
        own = collected.schedules[request.extent]
        with BundleWriter(request.out, replace=request.replace) as writer:
            for one in collected.exported:
                # Unverified files are told apart by their lack of parity, here on purpose only.
                artifact = writer.add_artifact(
                    one.path, one.spec, name=_file_name(one), allow_unverified=True
                )
                self.report.artifacts.append(artifact)
            golden = self._add_golden(writer, references)
            sizes = [
                Size(
                    height=extent.height,
                    width=extent.width,
                    schedule=collected.schedules[extent],
                    golden=golden.get(extent),
                )
                for extent in request.extents[1:]
            ]
            writer.finish(
                model=_model_record(loaded),
                video=Video(
                    height=request.extent.height,
                    width=request.extent.width,
                    frames=next((clip.frames for clip in own.clips), None),
                    frame_law=FrameCounts(temporal=loaded.model.config.compression[0]),
                ),
                graphs=collected.graphs,
                schedule=own,
                created_by=_tool_versions(),
                memory=self._memory(builders),
                sizes=sizes,
            )
        self.report.bundle = request.out

    def _add_golden(self, writer: BundleWriter, references: _References) -> dict[Extent, Golden]:
        """Write golden vectors of every extent, unless the bundle only encodes."""
        request = self.request
        golden = {}
        for extent in request.extents if request.decodes or request.conditions else ():
            reference = references.at(extent)
            frames, conditioned = reference.golden(clips=request.clips)
            last = len(frames) - 1
            indices = sorted(
                {round(last * i / (_GOLDEN_FRAMES - 1)) for i in range(_GOLDEN_FRAMES)}
            )
            golden[extent] = writer.add_golden(
                latents=reference.latents.astype("float16"),
                frames=frames[indices],
                frame_indices=indices,
                source=reference.source,
                tolerance={
                    settings.precision: _TOLERANCE[settings.precision]
                    for settings in request.settings
                },
                image=None if conditioned is None else quantise(reference.image),
                conditioned=None if conditioned is None else conditioned[indices],
                size=None if extent == request.extent else (extent.height, extent.width),
            )
        return golden

    def _memory(self, builders: Sequence[GraphBuilder]) -> Memory:
        """Return the memory of every graph; the peak is of the bundle's own size."""
        request = self.request
        wide = max(4 if settings.precision == "fp32" else 2 for settings in request.settings)
        own, *further = (make_plan(request, builder) for builder in builders)
        stages = {graph.name: estimate(graph, wide) for graph in own.graphs}
        memory = make_memory(stages, own.schedule, own.specs, METHOD)
        stages |= {graph.name: estimate(graph, wide) for plan in further for graph in plan.graphs}
        return memory.model_copy(update={"stages": stages})

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        self.progress(step)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.report.seconds[step] = round(time.perf_counter() - start, 2)


def _with(exported: Exported, **changes: Any) -> Exported:
    """Return the same file with more known of it."""
    return replace(exported, spec=exported.spec.model_copy(update=changes))


def _file_name(exported: Exported) -> str:
    """Return a name that tells target and precision apart in one folder."""
    stem, dot, suffix = exported.path.name.partition(".")
    return f"{stem}-{exported.spec.backend}-{exported.spec.precision}{dot}{suffix}"


def _model_record(loaded: LoadedModel) -> Model:
    model = loaded.model
    return Model(
        name=model.config.name,
        config=model.config.model_dump(mode="json"),
        compression=model.config.compression,
        latent_channels=model.config.latent_channels,
        latent_mean=tuple(model.latent_mean.tolist()),
        latent_std=tuple(model.latent_std.tolist()),
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        checkpoint_sha256=loaded.sha256,
        licence=str(loaded.provenance.get("licence", "unknown")),
        note="" if loaded.trained else loaded.source,
    )


def _tool_versions() -> dict[str, str]:
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in _TOOLS:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
