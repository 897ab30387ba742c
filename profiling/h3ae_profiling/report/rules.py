"""Rules between the parts of a report, which JSON Schema cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h3ae_mobile.bundle.fields import first_repeated
from h3ae_profiling.report.errors import inconsistent
from h3ae_profiling.report.fields import agree

if TYPE_CHECKING:
    from h3ae_profiling.report.report import Report

# Parts are timed inside the whole; only the rounding of clocks may add up to more.
SLACK = 1e-3


def check_report(report: Report) -> None:
    """Check counts, rates and sums."""
    _check_samples(report)
    _check_rate(report)
    _check_stages(report)


def _check_samples(report: Report) -> None:
    clips = len(report.clip.samples_s)
    if clips != report.protocol.repetitions:
        raise inconsistent(
            f"clip.samples_s has {clips} samples for {report.protocol.repetitions} repetitions"
        )
    if report.first_frame is None:
        return
    if len(report.first_frame.samples_s) != clips:
        raise inconsistent(
            f"first_frame.samples_s has {len(report.first_frame.samples_s)} samples, the clip "
            f"{clips}"
        )
    for index, (first, whole) in enumerate(
        zip(report.first_frame.samples_s, report.clip.samples_s, strict=True)
    ):
        if first > whole * (1 + SLACK):
            raise inconsistent(
                f"first_frame.samples_s[{index}] is {first:g}, longer than its clip of {whole:g}"
            )


def _check_rate(report: Report) -> None:
    derived = report.workload.frames / report.clip.p50_s
    if not agree(report.frames_per_second, derived):
        raise inconsistent(
            f"frames_per_second is {report.frames_per_second:g}, {report.workload.frames} frames "
            f"in {report.clip.p50_s:g} s are {derived:g}"
        )


def _check_stages(report: Report) -> None:
    repeated = first_repeated(stage.graph for stage in report.stages)
    if repeated is not None:
        raise inconsistent(f"stages name {repeated!r} twice")
    clips = len(report.clip.samples_s)
    for index, stage in enumerate(report.stages):
        if len(stage.clip.samples_s) != clips:
            raise inconsistent(
                f"stages[{index}].clip.samples_s has {len(stage.clip.samples_s)} samples, the "
                f"clip {clips}"
            )
    if report.protocol.stages_overlap:
        return
    for index, whole in enumerate(report.clip.samples_s):
        parts = sum(stage.clip.samples_s[index] for stage in report.stages)
        if parts > whole * (1 + SLACK) + 1e-6:
            raise inconsistent(
                f"stages add up to {parts:g} s in clip {index}, which took {whole:g} s"
            )
