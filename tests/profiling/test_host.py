"""Measuring on this machine, with a real exported bundle."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import torch

from h3ae_mobile.checkpoint import save_checkpoint
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_profiling.compare import compare
from h3ae_profiling.host import protocol
from h3ae_profiling.host.contender import Contender
from h3ae_profiling.host.machine import this_device
from h3ae_profiling.host.process import WorkerProcess
from h3ae_profiling.host.protocol import RunPlan, measure
from h3ae_profiling.report import Report, read_report
from tests.command import Run
from tests.models.tiny import config

pytest.importorskip("executorch")

# Every process imports its runtime, which takes ExecuTorch seconds: few of them.
QUICK = RunPlan(warmup=1, repetitions=10, cold_loads=0, operations=0, memory=False)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a tiny network at 17 x 64 x 64, lowered to XNNPACK."""
    from h3ae_export.pipeline import Pipeline
    from h3ae_export.request import ExportRequest
    from h3ae_export.settings import TargetSettings
    from h3ae_mobile.mobile.builder import Extent

    folder = tmp_path_factory.mktemp("bundle")
    torch.manual_seed(0)
    save_checkpoint(folder / "tiny.safetensors", VideoAutoencoder(config()))
    request = ExportRequest(
        model=str(folder / "tiny.safetensors"),
        out=folder / "tiny.h3ae",
        targets=("executorch",),
        components=("decoder",),
        mode="clip",
        extent=Extent(64, 64, 17, 1),
        window=7,
        settings=(TargetSettings(),),
        clip=None,
        verify=True,
        replace=False,
        seed=0,
    )
    report = Pipeline(request, lambda line: None).run()
    assert not report.failed
    return folder / "tiny.h3ae"


def contender(bundle: Path, **changes: int) -> Contender:
    return Contender(str(bundle), "executorch", "xnnpack", "fp32", **changes)


def quiet(line: str) -> None:
    pass


def test_the_whole_command(profile: Run, bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "profile"
    options = ("--repetitions", 6, "--warmup", 1, "--cold-loads", 1, "--sustained", 0.5)
    told = profile("host", bundle, *options, "--out", out)
    assert told.code == 0, told.err
    report = read_report(out / "tiny-executorch-fp32.json")
    assert len(report.clip.samples_s) == 6
    assert "load average" in report.protocol.note
    assert {stage.graph: stage.calls for stage in report.stages} == {
        "decoder_temporal": 1,
        "decoder_frame": 17,
    }
    # Clip by clip: medians of parts need not add up to the median of the whole.
    parts = [sum(stage.clip.samples_s[i] for stage in report.stages) for i in range(6)]
    shares = [part / whole for part, whole in zip(parts, report.clip.samples_s, strict=True)]
    # A clip of milliseconds shows the decoder's own cost; at full size it is below 5 %.
    assert 0.5 < median(shares) <= max(shares) <= 1.001
    assert report.load.cold is not None
    assert report.load.first_clip_s is not None
    assert report.sustained is not None
    assert report.sustained.frames % 17 == 0
    assert all(one.memory_bytes for one in report.sustained.intervals)
    assert report.memory is not None
    assert len(report.memory.stages) == 2
    assert report.memory.above_base_bytes > 0
    assert report.operations is not None
    kinds = {one.kind for one in report.operations.items}
    assert any(kind.startswith("Convolution") for kind in kinds)
    assert all(one.calls % 17 == 0 for one in report.operations.items if "frame" in one.graph)
    assert report.output is not None
    assert report.output.passed
    assert report.output.sheet is not None
    assert (out / report.output.sheet.file).is_file()
    # The rest of the tool reads what it wrote.
    assert profile("check", out / "tiny-executorch-fp32.json", "--max-latency", 100).code == 0
    page = tmp_path / "page.html"
    assert profile("report", out / "tiny-executorch-fp32.json", "--out", page).code == 0
    assert "data:image/png;base64," in page.read_text(encoding="utf-8")


def slow_down(folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let every call of two threads' contenders take longer, in processes to come."""
    (folder / "sitecustomize.py").write_text(
        "import sys, time\n"
        "if sys.orig_argv[-1] == 'h3ae_profiling.host.worker':\n"
        "    from h3ae_profiling.host import subject\n"
        "    init = subject.LoadedSubject.__init__\n"
        "    def slowed(self, variant, decode, threads):\n"
        "        init(self, variant, decode, threads)\n"
        "        if threads == 2:\n"
        "            for session in self.sessions.values():\n"
        "                run = session.inner.run\n"
        "                session.inner.run = (lambda run: lambda inputs:\n"
        f"                    (time.sleep({seconds}), run(inputs))[1])(run)\n"
        "    subject.LoadedSubject.__init__ = slowed\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


def pair(bundle: Path, folder: Path) -> tuple[Report, Report]:
    two = [contender(bundle, threads=1), contender(bundle, threads=2)]
    first, second = measure(two, QUICK, folder, quiet)
    return first, second


def test_a_slowed_engine_is_caught(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow_down(tmp_path, monkeypatch, 0.003)
    first, slowed = pair(bundle, tmp_path / "out")
    assert first.session == slowed.session is not None
    assert first.protocol.interleaved_with == (slowed.label,)
    result = compare(first, slowed)
    assert result.paired
    assert result.changes[0].finding == "regression"


def test_one_engine_measured_twice_is_not_called_slower(bundle: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.h3ae"
    shutil.copytree(bundle, twin)
    both = [contender(bundle, threads=1), contender(twin, threads=1)]
    first, second = measure(both, QUICK, tmp_path / "out", quiet)
    result = compare(first, second, threshold=0.5)
    assert result.paired
    # Clips of milliseconds in turns: the ratio of their medians stays near one on any machine.
    assert result.changes[0].finding == "unchanged"


def test_a_worker_that_fails_or_dies_is_one_clear_line(bundle: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.h3ae"
    shutil.copytree(bundle, broken)
    manifest = json.loads((broken / "manifest.json").read_text())
    program = broken / manifest["artifacts"][0]["file"]
    program.write_bytes(b"\0" * program.stat().st_size)
    with WorkerProcess(contender(broken)) as worker:
        with pytest.raises(H3AEError, match="broken executorch fp32") as refused:
            worker.ask("load")
        os.kill(worker.pid, 9)
        with pytest.raises(H3AEError, match="measuring process was killed") as killed:
            worker.ask("clip")
    assert str(refused.value).isprintable()
    assert "memory" in (killed.value.hint or "")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--target", "litert"), "holds no litert"),
        (("--against", "/fp16"), "names no target"),
        (("--against", "executorch"), "given twice"),
        (("--against", "nowhere.h3ae:executorch"), "nowhere.h3ae"),
        (("--precision", "int4"), "int4"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    profile: Run, bundle: Path, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    told = profile("host", bundle, *arguments, "--out", tmp_path / "out")
    assert told.code == 1
    assert reason in told.err
    assert told.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_tampered_bundle_is_not_measured(profile: Run, bundle: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.h3ae"
    shutil.copytree(bundle, copy)
    program = next((copy / "artifacts").rglob("*.pte"))
    data = bytearray(program.read_bytes())
    data[-1] ^= 1
    program.write_bytes(data)
    told = profile("host", copy, "--out", tmp_path / "out")
    assert told.code == 1
    assert "SHA-256" in told.err


class Answering(nullcontext[Any]):
    """A measuring process that answers at once."""

    def ask(self, request: str, **arguments: Any) -> dict[str, Any]:
        return {
            "memory": {"method": "none", "base_bytes": 1, "peak_bytes": 2, "samples": []},
            "stage": {"above_base_bytes": 1},
        }.get(request, {"seconds": 1.0, "clip": 1.0})

    def __enter__(self) -> Answering:
        return self


def test_no_cold_loads_are_none_though_memory_takes_a_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tiny = Path(__file__).parents[1] / "golden" / "bundles" / "tiny.h3ae"
    monkeypatch.setattr(protocol, "WorkerProcess", Answering)
    told: list[str] = []
    samples = protocol._Samples()
    protocol._loads(contender(tiny), RunPlan(cold_loads=0), samples, told.append)
    assert samples.cold == []
    assert samples.memory is not None
    assert told[0] == "tiny executorch fp32: memory"


def test_this_device_is_a_device() -> None:
    device = this_device()
    assert device.kind == "computer"
    assert device.memory_bytes > 2**28
