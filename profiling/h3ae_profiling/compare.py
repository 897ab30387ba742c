"""Two reports against each other: what became slower, and whether the noise allows to say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.gate import untimed
from h3ae_profiling.report import Distribution, Report
from h3ae_profiling.resampling import Ratio, median_of_ratios, ratio_of_medians
from h3ae_profiling.units import megabytes, seconds

Finding = Literal["regression", "improvement", "unchanged", "inconclusive"]

# A quiet machine repeats its medians within ten per cent from run to run.
DEFAULT_THRESHOLD = 0.1


@dataclass(frozen=True)
class Change:
    """One figure in both reports.

    Attributes
    ----------
    name : str
        What was measured.
    old, new : float
        Medians, in seconds, bytes or frames a second.
    shown : tuple of str
        The same, for people.
    ratio, low, high : float
        How much worse: above 1 is slower, larger, or fewer frames a second; with its 95 %
        confidence interval, None where there is no sample to resample.
    finding : str
        What that means at the threshold.
    """

    name: str
    old: float
    new: float
    shown: tuple[str, str]
    ratio: float
    low: float | None
    high: float | None
    finding: Finding


@dataclass(frozen=True)
class Comparison:
    """All changes between two reports.

    Attributes
    ----------
    paired : bool
        Whether samples were compared pair by pair, as the runs took turns.
    threshold : float
        How much worse is still no regression.
    broken : str, optional
        Set if the new report's output check failed, whatever its speed, or if there is none
        where the old one passed.
    """

    old: str
    new: str
    paired: bool
    threshold: float
    changes: tuple[Change, ...]
    broken: str | None = None

    @property
    def regressed(self) -> bool:
        """Whether the new report is worse beyond threshold and noise."""
        return self.broken is not None or any(c.finding == "regression" for c in self.changes)

    def as_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {**asdict(self), "regressed": self.regressed}


def compare(old: Report, new: Report, threshold: float = DEFAULT_THRESHOLD) -> Comparison:
    """Compare two reports of the same work on the same device.

    A regression is a ratio whose whole confidence interval lies beyond the threshold; a ratio
    whose interval straddles it is called inconclusive, and more repetitions would tell.

    Raises
    ------
    H3AEError
        If the reports are about different things.
    """
    if not 0 < threshold < 10:
        raise H3AEError(f"--threshold {threshold:g} is not between 0 and 10", "0.1 is ten per cent")
    _check_comparable(old, new)
    paired = _paired(old, new)
    changes = tuple(
        Change(
            name, before, after, shown, ratio.value, ratio.low, ratio.high, _judge(ratio, threshold)
        )
        for name, before, after, shown, ratio in _figures(old, new, paired)
    )
    return Comparison(old.label, new.label, paired, threshold, changes, _broken(old, new))


def _broken(old: Report, new: Report) -> str | None:
    """Return why the new report's figures count for nothing, if they do."""
    if new.output is None:
        passed = old.output is not None and old.output.passed
        return f"{new.label}: no output check, where {old.label} passed one" if passed else None
    if not new.output.passed:
        return f"{new.label}: output check failed, its figures count for nothing"
    return None


def _check_comparable(old: Report, new: Report) -> None:
    for report in (old, new):
        doubt = untimed(report)
        if doubt is not None:
            raise H3AEError(f"{report.label}: {doubt}")
    for what, one, other in (
        ("clips", _clip(old), _clip(new)),
        (
            "devices",
            (old.device.model, old.device.processor),
            (new.device.model, new.device.processor),
        ),
    ):
        if one != other:
            raise H3AEError(
                f"{old.label} and {new.label} measured different {what}",
                "compare reports of the same work on the same device",
            )


def _clip(report: Report) -> tuple[object, ...]:
    """Return what was decoded; how many frames a call takes is tuning, and may differ."""
    work = report.workload
    return work.mode, work.frames, work.height, work.width


def _paired(old: Report, new: Report) -> bool:
    return (
        old.session is not None
        and old.session == new.session
        and len(old.clip.samples_s) == len(new.clip.samples_s)
    )


_Figure = tuple[str, float, float, tuple[str, str], Ratio]


def _figures(old: Report, new: Report, paired: bool) -> Iterator[_Figure]:
    """Yield what both reports hold."""
    yield _durations("clip", old.clip, new.clip, paired)
    if old.first_frame is not None and new.first_frame is not None:
        yield _durations("first frame", old.first_frame, new.first_frame, paired)
    before = {stage.graph: stage.clip for stage in old.stages}
    for stage in new.stages:
        if stage.graph in before:
            yield _durations(stage.graph, before[stage.graph], stage.clip, paired)
    for name, one, other in (
        ("cold load", old.load.cold, new.load.cold),
        ("warm load", old.load.warm, new.load.warm),
    ):
        if one is not None and other is not None:
            yield _durations(name, one, other, paired=False)
    if old.memory is not None and new.memory is not None:
        one_bytes, other_bytes = old.memory.above_base_bytes, new.memory.above_base_bytes
        if one_bytes > 0:
            shown = (megabytes(one_bytes), megabytes(other_bytes))
            yield "memory", one_bytes, other_bytes, shown, Ratio.exact(other_bytes / one_bytes)
    if old.sustained is not None and new.sustained is not None:
        yield _rates(old, new)


def _durations(name: str, old: Distribution, new: Distribution, paired: bool) -> _Figure:
    estimate = median_of_ratios if paired else ratio_of_medians
    shown = (seconds(old.p50_s), seconds(new.p50_s))
    return name, old.p50_s, new.p50_s, shown, estimate(new.samples_s, old.samples_s)


def _rates(old: Report, new: Report) -> _Figure:
    def pace(report: Report) -> Sequence[float]:
        intervals = report.sustained.intervals if report.sustained is not None else ()
        return [one.duration_s / one.frames for one in intervals]

    ratio = ratio_of_medians(pace(new), pace(old))
    before, after = (r.sustained.frames_per_second if r.sustained else 0.0 for r in (old, new))
    return "sustained", before, after, (f"{before:.1f} fps", f"{after:.1f} fps"), ratio


def _judge(ratio: Ratio, threshold: float) -> Finding:
    if ratio.low is None or ratio.high is None:
        return "inconclusive"
    if ratio.low > 1 + threshold:
        return "regression"
    if ratio.high < 1 / (1 + threshold):
        return "improvement"
    return "unchanged" if ratio.high <= 1 + threshold else "inconclusive"
