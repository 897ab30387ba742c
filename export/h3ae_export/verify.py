"""Re-checks a bundle anywhere: format, hashes, and the golden latents in all that runs here."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from h3ae_export.inspection import open_inspected
from h3ae_export.reference import past_window, there_and_back
from h3ae_export.rehearsal import only
from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Exported, NotRunnableError
from h3ae_export.targets.registry import TARGETS, get_target
from h3ae_export.witness import StreamResult, Witness, find_model
from h3ae_mobile.bundle import (
    Bundle,
    GoldenResult,
    GoldenVectors,
    Manifest,
    compare,
    load_golden,
    unpack,
)
from h3ae_mobile.bundle.schedule import ClipDecode, Schedule, StreamDecode
from h3ae_mobile.decoder import VideoDecoder
from h3ae_mobile.engines.base import Session
from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.mobile.builder import Extent
from h3ae_mobile.mobile.options import Precision
from h3ae_mobile.models.autoencoder import VideoAutoencoder

Progress = Callable[[str], None]


@dataclass
class Verification:
    """Outcome of `verify_bundle`.

    Attributes
    ----------
    name : str
        Of the bundle.
    files : int
        Whose hashes agree.
    results : dict
        Target and precision to the comparison with the golden frames.
    finite : dict
        The same to a number of frames that are finite, where the bundle has no golden ones: of a
        stream whose window is narrower than the clip, or of a first frame before format 1.2.
    streams : dict
        The same, of streams: what they were held against, and over how many latent frames.
    not_run : dict
        Target and precision to what this machine lacks to run it.
    failures : list of str
        One line each.
    """

    name: str
    files: int
    results: dict[str, GoldenResult] = field(default_factory=dict)
    finite: dict[str, int] = field(default_factory=dict)
    streams: dict[str, StreamResult] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "bundle": self.name,
            "files": self.files,
            "golden": {
                key: {"max_abs": one.max_abs, "psnr_db": one.psnr_db}
                for key, one in self.results.items()
            },
            "finite": self.finite,
            "streams": {key: asdict(one) for key, one in self.streams.items()},
            "not_run": self.not_run,
            "failures": self.failures,
        }

    def table(self) -> Table:
        """Return a table of what was run."""
        table = Table(title=f"{self.name}: {self.files} files intact", title_justify="left")
        table.add_column("artifact")
        table.add_column("golden dB", justify="right")
        table.add_column("max abs", justify="right")
        for key, one in self.results.items():
            table.add_row(key, f"{one.psnr_db:.1f}", f"{one.max_abs:.1e}")
        for key, count in self.finite.items():
            table.add_row(key, "finite", f"{count} frames")
        for key, stream in self.streams.items():
            table.add_row(f"{key}: {stream}", *_figures(stream))
        for key, reason in self.not_run.items():
            table.add_row(key, "not run", reason)
        return table


def _figures(stream: StreamResult) -> tuple[str, str]:
    if stream.against is None:
        return "finite", "held against nothing"
    return f"{stream.psnr_db:.1f}", f"{stream.max_abs:.1e} against {stream.against}"


def verify_bundle(path: Path, progress: Progress, model: str | None = None) -> Verification:
    """Verify a bundle directory, or a packed one after unpacking it to a temporary folder.

    Parameters
    ----------
    model : str, optional
        What it was exported from, for streams to be held against; found by the model's name
        where that is a preset.

    Raises
    ------
    BundleError
        If the format or a hash is wrong: one line that says what.
    H3AEError
        If the bundle was not exported from `model`.
    """
    if path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            return verify_bundle(unpack(path, Path(folder)).root, progress, model)
    progress("reading manifest and hashes")
    bundle = Bundle.open(path, verify="full")
    manifest = bundle.manifest
    files = {artifact.file for artifact in manifest.artifacts}
    files |= {tensor.file for tensor in manifest.golden_files}
    result = Verification(manifest.name, len(files))
    if not manifest.golden_files:
        result.not_run["all"] = "the bundle holds no golden vectors"
        return result
    streams = any(isinstance(way, StreamDecode) for way in manifest.schedule.decodes)
    network = find_model(manifest, model) if streams or model is not None else None
    _decode_golden(bundle, "", network, result, progress)
    for size in manifest.sizes:
        label = f", {size.height} x {size.width}"
        _decode_golden(bundle.at(size.height, size.width), label, network, result, progress)
    return result


@dataclass(frozen=True)
class _Way:
    """One way to decode the golden latents, and what must come out, if that is known.

    Streams go on, for they forget: the latents are played there and back, and golden frames are
    those of the beginning.
    """

    label: str
    schedule: Schedule
    expected: GoldenVectors | None
    image: NDArray[np.float32] | None = None

    @property
    def plan(self) -> ClipDecode | StreamDecode:
        """The only way of the schedule."""
        (plan,) = self.schedule.decodes
        return plan

    def latents(self, golden: GoldenVectors, *, quick: bool) -> NDArray[np.float32]:
        """Return what to decode; a runtime that is not quick is spared of longer streams."""
        count = len(golden.latents)
        if not quick or isinstance(self.plan, ClipDecode):
            return golden.latents
        length = max(count, past_window(self.plan.attention_window))
        return golden.latents[there_and_back(count, length)]

    def frames(self, latents: int) -> int:
        """Return the count of all frames."""
        if isinstance(self.plan, ClipDecode):
            return self.plan.frames
        return self.plan.frames_first + (latents - 1) * self.plan.frames_next


def _ways(schedule: Schedule, golden: GoldenVectors) -> Iterator[_Way]:
    clip, stream, i2v = schedule.clip, schedule.stream, schedule.i2v
    if clip is not None:
        yield _Way("", Schedule(clip=clip), golden)
    if stream is not None:
        yield _Way(", stream", Schedule(stream=stream), _streamed(golden, stream, clip))
    if i2v is None or golden.image is None:
        return
    image, expected = golden.image, golden.first_frame
    if i2v.clip is not None:
        yield _Way(", i2v", only(i2v, clip=i2v.clip), expected, image)
    if i2v.stream is not None:
        expected = _streamed(expected, i2v.stream, i2v.clip)
        yield _Way(", i2v stream", only(i2v, stream=i2v.stream), expected, image)


def _streamed(
    golden: GoldenVectors | None, stream: StreamDecode, clip: ClipDecode | None
) -> GoldenVectors | None:
    """Golden frames are the clip's where there is one: a narrower window gives others."""
    if golden is None or clip is None or stream.attention_window >= len(golden.latents):
        return golden
    return None


def _decode_golden(
    bundle: Bundle,
    label: str,
    model: VideoAutoencoder | None,
    result: Verification,
    progress: Progress,
) -> None:
    """Decode the golden latents of one size in every way, with everything here that can."""
    manifest = bundle.manifest
    if manifest.golden is None:
        return
    golden, witness = load_golden(bundle), Witness(manifest, model)
    variants = dict.fromkeys((one.target, one.backend, one.precision) for one in manifest.artifacts)
    for target, backend, precision in variants:
        if target not in TARGETS:
            result.not_run[f"{target} ({backend}) {precision}{label}"] = "nothing here knows it"
            continue
        session = partial(_session, bundle, target, backend, precision)
        for way in _ways(manifest.schedule, golden):
            key = f"{target} ({backend}) {precision}{label}{way.label}"
            progress(f"decoding the golden latents with {key}")
            try:
                latents = way.latents(golden, quick=_is_quick(target, precision, manifest))
                with VideoDecoder(way.schedule, manifest.graphs, session) as decoder:
                    frames = np.stack(list(decoder.frames(latents, image=way.image)))
                wanted = manifest.frame_shape(way.frames(len(latents)))
                if frames.shape != wanted:
                    raise H3AEError(f"gives {list(frames.shape)}, not {list(wanted)}")
            except (NotRunnableError, MissingExtraError) as error:
                result.not_run[key] = str(error)
            except H3AEError as error:
                result.failures.append(f"{key}: {error}")
            else:
                _judge(key, frames, way.expected, precision, bundle, result)
                if isinstance(way.plan, StreamDecode):
                    result.streams[key], failure = witness.judge(
                        way.label,
                        key,
                        precision,
                        frames,
                        latents,
                        way.image,
                        window=way.plan.attention_window,
                        step=way.plan.frames_next,
                    )
                    if failure is not None:
                        result.failures.append(f"{key}: {failure}")


def _is_quick(target: str, precision: str, manifest: Manifest) -> bool:
    """Tell whether the export would check a target at the bundle's own size."""
    video = manifest.video
    settings = TargetSettings(precision=cast(Precision, precision))
    extent = Extent(video.height, video.width)
    return get_target(target).verification_extent(settings, extent, 0) == extent


def _session(bundle: Bundle, target: str, backend: str, precision: str, graph: str) -> Session:
    """Open a graph's file as the check at export does, which runs more than the engines do."""
    artifact = bundle.artifact(target, graph, precision, backend)
    exported = Exported(artifact, bundle.path(artifact))
    return open_inspected(get_target(target), exported, bundle.manifest.graphs[graph])


def _judge(
    key: str,
    frames: NDArray[np.float32],
    golden: GoldenVectors | None,
    precision: str,
    bundle: Bundle,
    result: Verification,
) -> None:
    """Record finite frames, and hold them against the golden ones if they must be those."""
    if golden is None or bundle.manifest.golden is None:
        result.finite[key] = len(frames)
        return
    outcome = compare(frames, golden)
    result.results[key] = outcome
    tolerance = bundle.manifest.golden.tolerance.get(precision)
    if tolerance is not None and not outcome.within(tolerance):
        result.failures.append(
            f"{key}: golden frames reach {outcome.psnr_db:.1f} dB and differ by up to "
            f"{outcome.max_abs:.2g}; {tolerance.psnr_db:g} dB and {tolerance.max_abs:g} "
            "are allowed"
        )
