"""The benchmarks' machinery: turns, and the criteria of a run."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.report import parse_report, quantile
from tests.profiling.samples import distribution, minimal, stage

FOLDER = Path(__file__).parents[2] / "profiling" / "benchmarks"


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Import a script of the folder as its neighbours do."""
    monkeypatch.syspath_prepend(str(FOLDER))
    names = [path.stem for path in FOLDER.glob("*.py")]
    yield lambda name: __import__(name)
    for name in names:
        sys.modules.pop(name, None)


def sleeper(seconds: float) -> Callable[[], object]:
    return lambda: time.sleep(seconds)


def broken() -> Callable[[], object]:
    raise ValueError("no such network")


def test_entrants_take_turns_in_processes_of_their_own(benchmarks: Any) -> None:
    turns = benchmarks("turns")
    quick = turns.Entrant("quick", sleeper, (0.01,), flops=10**9)
    slow = turns.Entrant("slow", sleeper, (0.03,), flops=10**9)
    one, two = turns.measure([quick, slow], rounds=4, warmup=0)
    assert len(one.samples) == len(two.samples) == 4
    assert two.p50_s > one.p50_s >= 0.01
    assert one.flops_per_second == pytest.approx(10**9 / one.p50_s)


def test_an_entrant_that_fails_is_one_clear_line(benchmarks: Any) -> None:
    turns = benchmarks("turns")
    with pytest.raises(H3AEError, match="broken: ValueError: no such network"):
        turns.measure([turns.Entrant("broken", broken)], rounds=1)


def test_the_criteria(benchmarks: Any) -> None:
    turns, throughput = benchmarks("turns"), benchmarks("throughput")

    def result(name: str, seconds: float, memory: int = 0) -> Any:
        entrant = turns.Entrant(name, sleeper, flops=10**12)
        return turns.Result(entrant, [seconds], memory)

    ceiling = [result("convolution a", 1.2), result("convolution b", 1.0)]
    good = [*ceiling, result("m executorch", 1.1, 800_000_000), result("m onnx", 1.2)]
    assert [one.passed for one in throughput.judge(good, 2)] == [True, True, True]
    bad = [*ceiling, result("m executorch", 1.3, 950_000_000), result("m onnx", 1.6)]
    assert [one.passed for one in throughput.judge(bad, 2)] == [False, False, False]
    assert not throughput.judge(ceiling, 2)[0].passed


def test_turbo_vaed_has_its_published_shape(benchmarks: Any) -> None:
    import torch

    with torch.device("meta"):
        decoder = benchmarks("turbo_vaed").TurboVaedDecoder()
    frames = decoder(torch.empty(1, 128, 3, 16, 16, device="meta"))
    assert frames.shape == (1, 3, 17, 512, 512)


def test_the_acceptance_of_the_harness(benchmarks: Any) -> None:
    acceptance = benchmarks("acceptance")

    def run(scale: float, share: float = 0.98) -> Any:
        clips = [scale * (0.1 + 0.0001 * index) for index in range(10)]
        document = minimal() | {
            "clip": distribution(*clips),
            "frames_per_second": 17 / quantile(clips, 0.5),
            "stages": [stage("decoder_temporal", 1, *(share * one for one in clips))],
        }
        document["protocol"] = document["protocol"] | {"repetitions": len(clips)}
        return parse_report(json.dumps(document).encode())

    good = {"first": run(1), "second": run(1.05), "slowed": run(1.8)}
    assert all(one.passed for one in acceptance.judge(good))
    bad = {"first": run(1, 0.9), "second": run(1.3), "slowed": run(1.05)}
    assert [one.passed for one in acceptance.judge(bad)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
