"""The protocol of a run: loads, memory, clips in turns, operations, output; then the reports."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import h3ae_mobile
from h3ae_mobile.bundle.fields import first_repeated
from h3ae_mobile.errors import H3AEError
from h3ae_profiling.host.contender import TORCH, Contender, told_apart
from h3ae_profiling.host.machine import load_note, power, thermal_state, this_device
from h3ae_profiling.host.process import WorkerProcess, drop_from_cache
from h3ae_profiling.report import (
    Distribution,
    Engine,
    Interval,
    Loads,
    Memory,
    MemorySample,
    Operation,
    Operations,
    OutputCheck,
    Placement,
    PlacementItem,
    Protocol,
    Report,
    Sheet,
    Stage,
    StagePeak,
    Subject,
    Sustained,
    Workload,
)
from h3ae_profiling.report.report import SCHEMA_VERSION, slug, timestamp

Progress = Callable[[str], None]

# Between two contenders' clips: long enough for a pool of threads to fall asleep.
SETTLE_S = 0.05
INTERVALS = 12
MAX_MEMORY_SAMPLES = 400


@dataclass(frozen=True)
class RunPlan:
    """How much to measure.

    Attributes
    ----------
    warmup, repetitions : int
        Clips before the samples, and samples.
    cold_loads, warm_loads : int
        New processes, and loads again in one.
    sustained_s : float
        Seconds of uninterrupted decoding; 0 for none.
    operations : int
        Profiled calls of every graph; 0 for none.
    memory : bool
        Whether to measure memory, in processes of its own.
    """

    warmup: int = 3
    repetitions: int = 20
    # Fewer prove nothing to a comparison (`resampling.MIN_SAMPLES`).
    cold_loads: int = 5
    warm_loads: int = 5
    sustained_s: float = 0.0
    operations: int = 5
    memory: bool = True


@dataclass
class _Samples:
    """What was measured of one contender."""

    versions: dict[str, str] = field(default_factory=dict)
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    first_clip: float | None = None
    clips: list[dict[str, Any]] = field(default_factory=list)
    memory: Memory | None = None
    operations: Operations | None = None
    placement: Placement | None = None
    sustained: Sustained | None = None
    output: OutputCheck | None = None
    unchecked: str = ""
    dropped: bool = False


def measure(
    contenders: Sequence[Contender], plan: RunPlan, folder: Path, progress: Progress
) -> list[Report]:
    """Measure contenders in one run and return a report each.

    Parameters
    ----------
    contenders : sequence of Contender
        Their clips take turns; in every other round the order is turned.
    plan : RunPlan
        How much.
    folder : Path
        Where contact sheets go.
    progress : callable
        Told what happens.

    Raises
    ------
    H3AEError
        If they cannot be compared, before anything is measured, or a worker fails.
    """
    contenders = told_apart(contenders)
    labels = [one.label for one in contenders]
    _check(contenders, labels)
    found = [_Samples() for _ in contenders]
    before, note = thermal_state(), load_note()
    for contender, samples in zip(contenders, found, strict=True):
        _loads(contender, plan, samples, progress)
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        workers = [stack.enter_context(WorkerProcess(one)) for one in contenders]
        _clips(workers, plan, found, progress)
        after = thermal_state()
        for worker, samples in zip(workers, found, strict=True):
            progress(f"{worker.contender.label}: output")
            samples.output, samples.unchecked = _output(worker, folder)
            if samples.unchecked:
                progress(f"{worker.contender.label}: not checked: {samples.unchecked}")
            if plan.sustained_s:
                progress(f"{worker.contender.label}: sustained, {plan.sustained_s:g} s")
                samples.sustained = _sustained(worker, plan.sustained_s)
            if plan.operations:
                progress(f"{worker.contender.label}: operations")
                samples.operations = _operations(worker, plan.operations)
            if worker.contender.target == "coreml":
                samples.placement = _placement(worker, progress)
    session = uuid.uuid4().hex if len(contenders) > 1 else None
    return [
        _report(contender, samples, plan, session, labels, (before, after), note)
        for contender, samples in zip(contenders, found, strict=True)
    ]


def _check(contenders: Sequence[Contender], labels: Sequence[str]) -> None:
    """Refuse what could not be compared, or not run, once everything is measured."""
    repeated = first_repeated(labels)
    if repeated is not None:
        raise H3AEError(f"{repeated} is given twice", "leave one out")
    clips = [_clip(one) for one in contenders]
    for label, clip in zip(labels, clips, strict=True):
        if clip != clips[0]:
            raise H3AEError(
                f"{labels[0]} decodes {clips[0]}, {label} {clip}",
                "export both for the same clip, or measure them one by one",
            )
    for one in contenders:
        # Another bundle may be of other weights: it is then measured without output check.
        if one.target == TORCH or one.bundle == contenders[0].bundle:
            one.check_weights()


def _clip(contender: Contender) -> str:
    video = contender.opened.manifest.video
    return f"{contender.decode.frames} frames of {video.height}x{video.width}"


def _loads(contender: Contender, plan: RunPlan, samples: _Samples, progress: Progress) -> None:
    paths = contender.files()
    # The first process also tells the memory of a whole clip: one import of the runtime less.
    for index in range(max(plan.cold_loads, int(plan.memory))):
        counted = f"cold load {index + 1} of {plan.cold_loads}"
        progress(f"{contender.label}: {counted if plan.cold_loads else 'memory'}")
        samples.dropped = bool(paths) and all([drop_from_cache(path) for path in paths])
        with WorkerProcess(contender) as worker:
            if index == 0 and plan.memory:
                worker.ask("record")
            load = worker.ask("load")["seconds"]
            if plan.cold_loads:
                samples.cold.append(load)
            if index:
                continue
            samples.first_clip = worker.ask("clip")["clip"]
            if plan.memory:
                worker.ask("clip")
                samples.memory = _memory(contender, worker.ask("memory"), progress)
            samples.warm = [worker.ask("load")["seconds"] for _ in range(plan.warm_loads)]


def _memory(contender: Contender, whole: dict[str, Any], progress: Progress) -> Memory:
    """Add to the memory of a whole clip that of every graph alone, in a process each."""
    stages = []
    for graph in contender.decode.graphs:
        progress(f"{contender.label}: memory of {graph}")
        with WorkerProcess(contender) as worker:
            stages.append(StagePeak(graph=graph, **worker.ask("stage", graph=graph)))
    step = -(-len(whole["samples"]) // MAX_MEMORY_SAMPLES) or 1
    return Memory(
        method=whole["method"],
        base_bytes=whole["base_bytes"],
        peak_bytes=whole["peak_bytes"],
        above_base_bytes=whole["peak_bytes"] - whole["base_bytes"],
        stages=tuple(stages),
        samples=tuple(
            MemorySample(at_s=round(at, 4), bytes=size) for at, size in whole["samples"][::step]
        ),
    )


def _clips(
    workers: Sequence[WorkerProcess],
    plan: RunPlan,
    found: Sequence[_Samples],
    progress: Progress,
) -> None:
    pairs = list(zip(workers, found, strict=True))
    for worker, samples in pairs:
        progress(f"{worker.contender.label}: warm-up")
        samples.versions = worker.versions
        worker.ask("load")
        for _ in range(plan.warmup):
            worker.ask("clip")
    for index in range(plan.repetitions):
        progress(f"clip {index + 1} of {plan.repetitions}")
        for worker, samples in pairs if index % 2 == 0 else pairs[::-1]:
            if len(pairs) > 1:
                time.sleep(SETTLE_S)
            samples.clips.append(worker.ask("clip"))


def _output(worker: WorkerProcess, folder: Path) -> tuple[OutputCheck | None, str]:
    """Return the output check, or why there is none."""
    sheet = folder / f"{slug(worker.contender.label)}.png"
    answer = worker.ask("output", sheet=str(sheet))
    if "unchecked" in answer:
        return None, answer["unchecked"]
    record = None
    if answer["finite"]:
        record = Sheet(file=sheet.name, sha256=sha256(sheet.read_bytes()).hexdigest())
    return OutputCheck.model_validate({**answer, "sheet": record}), ""


def _sustained(worker: WorkerProcess, seconds: float) -> Sustained:
    begin = time.perf_counter()
    frames = worker.contender.decode.frames
    intervals = []
    while time.perf_counter() - begin < seconds:
        start, count = time.perf_counter(), 0
        while not count or time.perf_counter() - start < seconds / INTERVALS:
            worker.ask("clip")
            count += 1
        end = time.perf_counter()
        intervals.append(
            Interval(
                start_s=round(start - begin, 6),
                duration_s=round(end - start, 6),
                frames=count * frames,
                thermal=thermal_state(),
                memory_bytes=worker.ask("resident")["bytes"],
            )
        )
    return Sustained.of(tuple(intervals))


def _operations(worker: WorkerProcess, repetitions: int) -> Operations | None:
    answer = worker.ask("operations", repetitions=repetitions)
    if not answer["items"]:
        return None
    return Operations(
        method=answer["method"],
        clip_s=answer["clip_s"],
        items=tuple(
            Operation.model_validate({**one, "unit": "cpu", "name": one["name"][:200]})
            for one in answer["items"]
        ),
    )


def _placement(worker: WorkerProcess, progress: Progress) -> Placement | None:
    label = worker.contender.label
    progress(f"{label}: placement")
    try:
        answer = worker.ask("placement")
        items = tuple(PlacementItem.model_validate(one) for one in answer["items"])
        return Placement(method=answer["method"], items=items)
    except (H3AEError, ValidationError) as error:
        # A plan that an older system does not tell must not cost what was measured.
        progress(f"{label}: no placement: {error}")
        return None


def _report(
    contender: Contender,
    samples: _Samples,
    plan: RunPlan,
    session: str | None,
    labels: Sequence[str],
    thermal: tuple[Any, Any],
    note: str,
) -> Report:
    bundle, decode = contender.opened, contender.decode
    manifest, frames = bundle.manifest, decode.frames
    clip = Distribution.of(one["clip"] for one in samples.clips)
    unchecked = samples.unchecked and f"output not checked: {samples.unchecked}"[:500]
    pages = "files dropped from the page cache" if samples.dropped else "files as cached"
    return Report(
        schema_version=SCHEMA_VERSION,
        label=contender.label,
        session=session,
        created=timestamp(),
        created_by={"h3ae-mobile": h3ae_mobile.__version__},
        subject=Subject(
            bundle=manifest.name,
            bundle_sha256=bundle.sha256,
            model=manifest.model.name,
            target=contender.target,
            backend=contender.backend,
            precision=contender.precision,
        ),
        workload=Workload(
            mode=decode.mode,
            frames=frames,
            height=manifest.video.height,
            width=manifest.video.width,
            frames_per_call=decode.plan.frames_per_call,
        ),
        device=this_device(),
        engine=Engine(
            name=contender.target,
            versions=samples.versions,
            compute_units=contender.compute_units,
            # Off a Mac, Core AI's runtime is there to check files.
            checker=contender.target == "coreai" and this_device().os.name != "Darwin",
        ),
        protocol=Protocol.model_validate(
            {
                "warmup": plan.warmup,
                "repetitions": plan.repetitions,
                "threads": contender.threads,
                "pause_s": SETTLE_S if session else 0.0,
                "isolated": True,
                "interleaved_with": tuple(one for one in labels if one != contender.label),
                "power": power(),
                "thermal_before": thermal[0],
                "thermal_after": thermal[1],
                "note": "; ".join(filter(None, (note, unchecked))),
            }
        ),
        load=Loads(
            cold=Distribution.of(samples.cold) if samples.cold else None,
            warm=Distribution.of(samples.warm) if samples.warm else None,
            first_clip_s=samples.first_clip,
            method=f"cold: a new process, runtime imported before, {pages}; {_kept(contender)}",
        ),
        first_frame=Distribution.of(one["first_frame"] for one in samples.clips),
        clip=clip,
        frames_per_second=frames / clip.p50_s,
        stages=tuple(
            _stage(graph, samples.clips)
            for graph in decode.graphs
            # A stream of one latent never comes to its later steps.
            if samples.clips[0]["calls"][graph]
        ),
        operations=samples.operations,
        placement=samples.placement,
        memory=samples.memory,
        sustained=samples.sustained,
        output=samples.output,
    )


def _kept(contender: Contender) -> str:
    """Return what a runtime keeps from one load to the next."""
    if "coreml" in (contender.target, contender.backend):
        return "Core ML compiles at a load, and the system may keep what it specialised"
    return "this runtime keeps no compiled form"


def _stage(graph: str, clips: Sequence[dict[str, Any]]) -> Stage:
    calls: list[list[float]] = [one["calls"][graph] for one in clips]
    return Stage(
        graph=graph,
        calls=len(calls[0]),
        clip=Distribution.of(sum(one) for one in calls),
        call=Distribution.of(call for one in calls for call in one),
    )
