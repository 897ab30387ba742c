"""The gate of a release: a report passes every criterion or it does not pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.report import Report
from h3ae_profiling.units import megabytes, seconds

Percentile = Literal["p50", "p90", "p99"]


@dataclass(frozen=True)
class Limits:
    """What a report has to reach; None asks for nothing.

    Attributes
    ----------
    max_latency_s : float, optional
        Of the whole clip, at `percentile`.
    max_first_frame_s : float, optional
        At `percentile`.
    max_load_s : float, optional
        Median of the cold loads.
    max_memory_bytes : int, optional
        Peak above the base: what the decoder costs an app.
    min_sustained_fps : float, optional
        In the slowest interval of the sustained run.
    min_psnr_db : float, optional
        Of the worst golden frame, beyond the bundle's own tolerance.
    frames, size : optional
        The work that the report must be about.
    """

    max_latency_s: float | None = None
    max_first_frame_s: float | None = None
    max_load_s: float | None = None
    max_memory_bytes: int | None = None
    min_sustained_fps: float | None = None
    min_psnr_db: float | None = None
    frames: int | None = None
    size: tuple[int, int] | None = None
    percentile: Percentile = "p50"

    def __post_init__(self) -> None:
        """Refuse limits that nothing could meet."""
        for flag, value in (
            ("--max-latency", self.max_latency_s),
            ("--max-first-frame", self.max_first_frame_s),
            ("--max-load", self.max_load_s),
            ("--max-memory", self.max_memory_bytes),
            ("--min-sustained-fps", self.min_sustained_fps),
        ):
            # NaN compares false with everything, and would let everything pass.
            if value is not None and not 0 < value < float("inf"):
                raise H3AEError(f"{flag} {value:g} is not a positive number")
        if self.min_psnr_db is not None and not -200 <= self.min_psnr_db <= 200:
            raise H3AEError(f"--min-psnr {self.min_psnr_db:g} is not between -200 and 200 dB")


@dataclass(frozen=True)
class Criterion:
    """One line of a verdict."""

    name: str
    passed: bool
    detail: str

    def __str__(self) -> str:
        return f"{'pass' if self.passed else 'FAIL'}  {self.name:<13} {self.detail}"


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a report."""

    label: str
    criteria: tuple[Criterion, ...]

    @property
    def passed(self) -> bool:
        """Whether every criterion passed."""
        return all(one.passed for one in self.criteria)

    def as_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "label": self.label,
            "passed": self.passed,
            "criteria": [
                {"name": one.name, "passed": one.passed, "detail": one.detail}
                for one in self.criteria
            ],
        }


def check(report: Report, limits: Limits) -> Verdict:
    """Judge a report. What was not measured does not pass."""
    return Verdict(report.label, tuple(_criteria(report, limits)))


def _criteria(report: Report, limits: Limits) -> Iterator[Criterion]:
    yield _output(report)
    if limits.min_psnr_db is not None:
        yield _psnr(report, limits.min_psnr_db)
    if limits.frames is not None or limits.size is not None:
        yield _workload(report, limits)
    at = f"{limits.percentile}_s"
    if limits.max_latency_s is not None:
        name = f"latency {limits.percentile}"
        spread = f"{len(report.clip.samples_s)} clips, p99 {seconds(report.clip.p99_s)}"
        yield _time(report, name, getattr(report.clip, at), limits.max_latency_s, spread)
    if limits.max_first_frame_s is not None:
        first = None if report.first_frame is None else getattr(report.first_frame, at)
        yield _time(report, "first frame", first, limits.max_first_frame_s)
    if limits.max_load_s is not None:
        cold = None if report.load.cold is None else report.load.cold.p50_s
        yield _time(report, "cold load", cold, limits.max_load_s)
    if limits.max_memory_bytes is not None:
        yield _memory(report, limits.max_memory_bytes)
    if limits.min_sustained_fps is not None:
        yield _sustained(report, limits.min_sustained_fps)


def _output(report: Report) -> Criterion:
    output = report.output
    if output is None:
        return Criterion("output", False, "was not compared with golden frames")
    if not output.finite:
        return Criterion("output", False, "frames hold NaN or infinity")
    detail = (
        f"{output.psnr_db:.1f} dB and {output.max_abs:.2g} on the worst of {output.frames} golden "
        f"frames, allowed {output.tolerance.psnr_db:g} dB and {output.tolerance.max_abs:g}"
    )
    return Criterion("output", output.passed, detail)


def _psnr(report: Report, limit: float) -> Criterion:
    if report.output is None:
        return Criterion("parity", False, "was not measured")
    psnr = report.output.psnr_db
    return Criterion("parity", psnr >= limit, f"{psnr:.1f} dB, at least {limit:g} dB")


def fits(report: Report, limits: Limits) -> bool:
    """Tell whether a report is about the work that the limits are about."""
    work = report.workload
    size = (work.height, work.width)
    return limits.frames in (None, work.frames) and limits.size in (None, size)


def _workload(report: Report, limits: Limits) -> Criterion:
    work = report.workload
    measured = f"{work.frames} frames of {work.height}x{work.width}"
    fitting = fits(report, limits)
    size = "any size" if limits.size is None else "{}x{}".format(*limits.size)
    frames = "any number of" if limits.frames is None else str(limits.frames)
    wanted = "" if fitting else f", wanted: {frames} frames of {size}"
    return Criterion("workload", fitting, measured + wanted)


def _time(
    report: Report, name: str, value: float | None, limit: float, detail: str = ""
) -> Criterion:
    if value is None:
        return Criterion(name, False, "was not measured")
    doubt = untimed(report)
    if doubt is not None:
        return Criterion(name, False, doubt)
    line = f"{seconds(value)}, at most {seconds(limit)}"
    return Criterion(name, value <= limit, f"{line} ({detail})" if detail else line)


def _memory(report: Report, limit: int) -> Criterion:
    if report.memory is None:
        return Criterion("memory", False, "was not measured")
    used = report.memory.above_base_bytes
    return Criterion("memory", used <= limit, f"{megabytes(used)}, at most {megabytes(limit)}")


def _sustained(report: Report, limit: float) -> Criterion:
    run = report.sustained
    if run is None:
        return Criterion("sustained", False, "was not measured")
    doubt = untimed(report)
    if doubt is not None:
        return Criterion("sustained", False, doubt)
    detail = (
        f"{run.lowest_frames_per_second:.1f} frames/s in the slowest interval of "
        f"{seconds(run.duration_s)}, at least {limit:g}"
    )
    return Criterion("sustained", run.lowest_frames_per_second >= limit, detail)


def untimed(report: Report) -> str | None:
    """Return why the times of a report say nothing about speed, or None if they do."""
    if report.engine.checker:
        return f"{report.engine.name} only checks files here; its times are no speeds"
    if report.device.kind in ("emulator", "simulator"):
        return f"measured in the {report.device.kind} {report.device.name}, not on a device"
    return None
