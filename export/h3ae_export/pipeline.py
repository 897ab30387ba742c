"""The export pipeline, in numbered steps.

1. Load the checkpoint.
2. Encode a real clip and decode it with the reference: latents and frames to compare with.
3. For every target and precision: rewrite the graphs, convert, save beside the bundle.
4. Run the saved files over the real latents and measure their parity.
5. Collect what passed in a bundle, with golden vectors, and move it into place.
"""

from __future__ import annotations

import hashlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from h3ae_export.memory import METHOD, estimate
from h3ae_export.plan import build_graphs, make_schedule
from h3ae_export.reference import Reference, make_reference
from h3ae_export.rehearsal import Rehearsal
from h3ae_export.report import ExportReport
from h3ae_export.request import ExportRequest
from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Exported, NotRunnableError, Target
from h3ae_export.targets.registry import get_target
from h3ae_mobile.bundle import BundleWriter
from h3ae_mobile.bundle.integrity import digest
from h3ae_mobile.bundle.model import FrameCounts, Memory, Model, Tolerance, Video
from h3ae_mobile.bundle.schedule import Schedule
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.checkpoint import LoadedModel, load_model
from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder

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
    schedule: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True)
class _Converted:
    """The files of one target at one precision and extent, and how a decoder runs them."""

    folder: Path
    exported: list[Exported]
    graphs: dict[str, Graph]
    schedule: Schedule


class _References:
    """What to compare with, computed once for each extent that a target is checked at."""

    def __init__(self, loaded: LoadedModel, request: ExportRequest) -> None:
        self._loaded = loaded
        self._request = request
        self._known: dict[Extent, Reference] = {}

    def at(self, extent: Extent) -> Reference:
        """Return the reference at an extent."""
        if extent not in self._known:
            request = self._request
            self._known[extent] = make_reference(
                self._loaded.model, extent, request.window, request.clip, i2v=request.conditions
            )
        return self._known[extent]


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
        targets = self._targets()
        with self._timed("1 load"):
            loaded = load_model(request.model, seed=request.seed)
            builder = GraphBuilder(loaded.model, request.extent)
        with self._timed("2 reference"):
            references = _References(loaded, request)
            reference = references.at(request.extent)
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
                    self._publish(loaded, builder, reference, collected)
        self.report.peak_bytes = _peak_bytes()
        return self.report

    def _targets(self) -> list[Target]:
        """Return the targets that can work here; leave out others of `all`, with the reason."""
        chosen = []
        for name in self.request.targets:
            target = get_target(name)
            try:
                for settings in self.request.settings:
                    target.check(settings)
            except MissingExtraError as error:
                if len(self.request.targets) == 1:
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
        collected.graphs.update(converted.graphs)
        collected.schedule = converted.schedule

    def _convert(
        self,
        target: Target,
        settings: TargetSettings,
        loaded: LoadedModel,
        request: ExportRequest,
        folder: Path,
    ) -> _Converted:
        """Rewrite the graphs for a target and save them in a new folder."""
        folder.mkdir()
        options = replace(target.options(settings), window=request.window)
        builder = GraphBuilder(loaded.model, request.extent, options)
        graphs = build_graphs(request, builder)
        specs = {graph.name: graph.spec for graph in graphs}
        schedule = make_schedule(request, builder, specs.get("encoder_image"))
        return _Converted(
            folder, target.export(graphs, settings, folder, self.progress), specs, schedule
        )

    def _check(
        self,
        target: Target,
        settings: TargetSettings,
        loaded: LoadedModel,
        references: _References,
        converted: _Converted,
    ) -> list[Exported]:
        """Run the saved files, or the same weights at a smaller extent, and add their parity."""
        extent = target.verification_extent(settings, self.request.extent)
        subject = converted
        try:
            if extent != self.request.extent:
                frames, height, width = extent.frames, extent.height, extent.width
                self.progress(f"checking {target.name} at {frames} x {height} x {width}")
                request = replace(self.request, extent=extent)
                folder = converted.folder.with_name(f"{converted.folder.name}-small")
                subject = self._convert(target, settings, loaded, request, folder)
            rehearsal = Rehearsal(
                target, settings, subject.exported, subject.graphs, subject.schedule
            )
            parities = rehearsal.check(references.at(extent))
        except NotRunnableError as error:
            self.progress(f"not verified: {error}")
            return [
                _with(one, options=one.spec.options | {"unverified": str(error)[:1000]})
                for one in converted.exported
            ]
        return [_with(one, parity=parities[one.spec.graph]) for one in converted.exported]

    def _publish(
        self,
        loaded: LoadedModel,
        builder: GraphBuilder,
        reference: Reference,
        collected: _Collected,
    ) -> None:
        request = self.request
        with BundleWriter(request.out, replace=request.replace) as writer:
            for one in collected.exported:
                # Unverified files are told apart by their lack of parity, here on purpose only.
                artifact = writer.add_artifact(
                    one.path, one.spec, name=_file_name(one), allow_unverified=True
                )
                self.report.artifacts.append(artifact)
            if request.decodes:
                self._add_golden(writer, reference)
            writer.finish(
                model=_model_record(loaded),
                video=Video(
                    height=request.extent.height,
                    width=request.extent.width,
                    frames=next((clip.frames for clip in collected.schedule.clips), None),
                    frame_law=FrameCounts(temporal=loaded.model.config.compression[0]),
                ),
                graphs=collected.graphs,
                schedule=collected.schedule,
                created_by=_tool_versions(),
                memory=self._memory(builder),
            )
        self.report.bundle = request.out

    def _add_golden(self, writer: BundleWriter, reference: Reference) -> None:
        frames = reference.frames if self.request.clips else reference.windowed
        last = len(frames) - 1
        indices = sorted({round(last * i / (_GOLDEN_FRAMES - 1)) for i in range(_GOLDEN_FRAMES)})
        writer.add_golden(
            latents=reference.latents.astype("float16"),
            frames=frames[indices],
            frame_indices=indices,
            source=reference.source,
            tolerance={
                settings.precision: _TOLERANCE[settings.precision]
                for settings in self.request.settings
            },
            image=reference.image if self.request.conditions else None,
        )

    def _memory(self, builder: GraphBuilder) -> Memory:
        wide = max(4 if settings.precision == "fp32" else 2 for settings in self.request.settings)
        stages = {
            graph.name: estimate(graph, wide) for graph in build_graphs(self.request, builder)
        }
        weights = sum(stage.weights + stage.caches for stage in stages.values())
        peak = weights + max(stage.activations for stage in stages.values())
        return Memory(stages=stages, peak=peak, method=METHOD)

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
        checkpoint_sha256=_weights_hash(loaded),
        licence=str(loaded.provenance.get("licence", "unknown")),
        note="" if loaded.trained else loaded.source,
    )


def _weights_hash(loaded: LoadedModel) -> str:
    """Return the SHA-256 of the checkpoint file, or of random weights' numbers."""
    path = Path(loaded.source)
    if path.is_file():
        return digest(path).sha256
    total = hashlib.sha256()
    for tensor in loaded.model.state_dict().values():
        total.update(tensor.numpy().tobytes())
    return total.hexdigest()


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
