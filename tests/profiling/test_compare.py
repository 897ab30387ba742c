"""Comparison: slower is caught, noise is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.compare import Comparison, compare
from h3ae_profiling.report import Report, parse_report
from h3ae_profiling.resampling import median_of_ratios, ratio_of_medians
from tests.bundle.edits import edit
from tests.command import Run
from tests.profiling.samples import distribution, full


def run(
    seed: int, scale: float = 1.0, noise: float = 0.03, clips: int = 20, **changes: Any
) -> Report:
    """Return a report whose clips take about `scale` seconds, with slow drift and spikes."""
    generator = np.random.default_rng(seed)
    drift = np.cumsum(generator.normal(0, noise / 5, clips))
    spikes = np.where(generator.random(clips) < 0.1, generator.random(clips), 0)
    clip = scale * np.exp(drift + generator.normal(0, noise, clips)) * (1 + spikes)
    samples = [round(float(one), 9) for one in clip]
    document = edit(
        full(),
        {
            "protocol.repetitions": clips,
            "clip": distribution(*samples),
            "frames_per_second": 17 / float(np.median(samples)),
            "first_frame": distribution(*(s * 0.6 for s in samples)),
            "stages.0.clip": distribution(*(s * 0.5 for s in samples)),
            "stages.1.clip": distribution(*(s * 0.4 for s in samples)),
            "session": None,
            **changes,
        },
    )
    return parse_report(json.dumps(document).encode())


def finding(comparison: Comparison, name: str) -> str:
    return next(change.finding for change in comparison.changes if change.name == name)


@pytest.mark.parametrize("seed", range(12))
def test_an_unchanged_engine_is_not_called_slower(seed: int) -> None:
    assert not compare(run(seed), run(seed + 100)).regressed


@pytest.mark.parametrize("seed", range(12))
def test_a_slowed_engine_is_caught(seed: int) -> None:
    result = compare(run(seed), run(seed + 100, scale=1.3))
    assert result.regressed
    assert finding(result, "clip") == "regression"


def test_a_faster_engine_is_an_improvement() -> None:
    result = compare(run(1), run(2, scale=0.7))
    assert not result.regressed
    assert finding(result, "clip") == "improvement"


def test_noise_makes_it_inconclusive_rather_than_red() -> None:
    result = compare(run(1, noise=0.4), run(4, noise=0.4, scale=1.05))
    assert not result.regressed
    assert finding(result, "clip") == "inconclusive"


def test_too_few_samples_prove_nothing() -> None:
    result = compare(run(1, clips=4), run(2, clips=4, scale=3))
    assert finding(result, "clip") == "inconclusive"


def test_pairs_cancel_what_slowed_both() -> None:
    generator = np.random.default_rng(0)
    weather = np.exp(generator.normal(0, 0.5, 20))
    old, new = weather, weather * 1.2 * np.exp(generator.normal(0, 0.01, 20))
    apart, paired = ratio_of_medians(new, old), median_of_ratios(new, old)
    assert apart.low is not None
    assert apart.low < 1.1
    assert paired.low is not None
    assert 1.15 < paired.low <= paired.value <= (paired.high or 0) < 1.25


def test_only_runs_of_one_session_are_paired() -> None:
    assert compare(run(1, session="a"), run(2, session="a")).paired
    assert not compare(run(1, session="a"), run(2, session="b")).paired
    assert not compare(run(1), run(2)).paired


def test_results_are_the_same_every_time() -> None:
    assert compare(run(1), run(2)) == compare(run(1), run(2))


def test_memory_is_compared_without_noise() -> None:
    more = {"memory.peak_bytes": 340_000_000, "memory.above_base_bytes": 300_000_000}
    result = compare(run(1), run(1, **more))
    assert [one.name for one in result.changes if one.finding == "regression"] == ["memory"]


def test_wrong_pixels_are_a_regression_however_fast() -> None:
    broken = run(2, scale=0.1, **{"output.psnr_db": 9.0, "output.passed": False})
    result = compare(run(1), broken)
    assert result.regressed
    assert result.broken is not None


def test_pixels_nobody_compared_are_a_regression_of_those_that_passed() -> None:
    unchecked = run(1, output=None)
    result = compare(run(1), unchecked)
    assert result.regressed
    assert "no output check" in (result.broken or "")
    # Where nobody ever compared them, nothing became worse.
    assert not compare(unchecked, unchecked).regressed


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"workload.frames": 33, "frames_per_second": 33.0}, "different clips"),
        ({"device.model": "iPhone14,2"}, "different devices"),
        ({"engine.checker": True}, "only checks"),
        ({"device.kind": "simulator"}, "simulator"),
    ],
)
def test_what_cannot_be_compared_is_refused(changes: dict[str, Any], reason: str) -> None:
    new = run(1, **changes) if "workload.frames" not in changes else _longer()
    with pytest.raises(H3AEError, match=reason):
        compare(run(1), new)


def test_frames_a_call_are_tuning_and_no_other_clip() -> None:
    assert not compare(run(1), run(1, **{"workload.frames_per_call": 4})).regressed


def _longer() -> Report:
    old = run(1)
    rate = 33 / old.clip.p50_s
    return run(1, **{"workload.frames": 33, "frames_per_second": rate})


def test_the_command(profile: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_bytes(run(1).to_json())
    new.write_bytes(run(2, scale=1.4).to_json())
    slower = profile("compare", old, new)
    assert slower.code == 1
    assert "regression beyond 10% and noise: clip" in slower.out
    faster = profile("compare", new, old, "--json")
    assert faster.code == 0
    assert faster.json["regressed"] is False
    assert faster.json["changes"][0]["name"] == "clip"
    few = {"load.cold": distribution(1.0, 1.1, 1.2), "load.warm": distribution(*[0.3] * 5)}
    old.write_bytes(run(1, label="a [b] c", **few).to_json())
    told = profile("compare", old, old)
    assert told.code == 0
    assert "a [b] c against a [b] c" in told.out
    assert told.out.splitlines()[-1] == (
        "no regression beyond 10%; too few samples to judge: cold load, sustained"
    )
    wrong = profile("compare", old, new, "--threshold", "-1")
    assert wrong.code == 1
    assert "--threshold" in wrong.err
