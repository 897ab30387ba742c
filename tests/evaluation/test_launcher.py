"""A launcher's processes, killed and started again, give what one process gives."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from h3ae_mobile.latents import load_latents

from .checkpoints import tiny_checkpoint

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
LAUNCHER = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
SCORES = ("psnr_db", "ssim", "vmaf")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_checkpoint(tmp_path_factory.mktemp("model") / "tiny.safetensors")


def start(processes: int, *arguments: object) -> subprocess.Popen[bytes]:
    launcher = LAUNCHER if processes > 1 else []
    command = [sys.executable, *launcher, "-m", "h3ae_mobile.cli", *map(str, arguments)]
    return subprocess.Popen(
        command, env=ENVIRONMENT, start_new_session=True, stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def finish(processes: int, *arguments: object) -> None:
    assert start(processes, *arguments).wait(timeout=300) == 0


def kill_after_the_first(results: Path, pattern: str, *arguments: object) -> int:
    """Kill the launcher and its processes once a result is there; return how many there are."""
    process = start(2, *arguments)
    deadline = time.monotonic() + 300
    while not list(results.rglob(pattern)) and time.monotonic() < deadline:
        assert process.poll() is None, "the command ended before it could be killed"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return len(list(results.rglob(pattern)))


def clips_of(out: Path) -> dict[tuple[str, str], Any]:
    rows = json.loads((out / "results.json").read_text())["clips"]
    return {(row["clip"], row["mode"]): [row[score] for score in SCORES] for row in rows}


@pytest.mark.slow
def test_evaluation(checkpoint: Path, folder: Path, tmp_path: Path) -> None:
    base = ("evaluate", "--clips", folder, "--model", checkpoint, "--size", "64x64")
    base = (*base, "--frames", "5", "--out")
    finish(1, *base, tmp_path / "one")
    kill_after_the_first(tmp_path / "two", "rows/*.json", *base, tmp_path / "two")
    assert not (tmp_path / "two" / "results.json").exists()
    finish(2, *base, tmp_path / "two")
    one, two = clips_of(tmp_path / "one"), clips_of(tmp_path / "two")
    assert len(one) == 6
    assert one == two


@pytest.mark.slow
def test_encoding(checkpoint: Path, folder: Path, tmp_path: Path) -> None:
    base = ("encode-dataset", "--clips", folder, "--model", checkpoint, "--out")
    finish(1, *base, tmp_path / "one")
    kill_after_the_first(tmp_path / "two", "*.safetensors", *base, tmp_path / "two")
    finish(2, *base, tmp_path / "two")
    names = json.loads((tmp_path / "one" / "index.json").read_text())["latents"]
    assert names == json.loads((tmp_path / "two" / "index.json").read_text())["latents"]
    for name in names:
        one, two = (load_latents(tmp_path / side / name)[0] for side in ("one", "two"))
        assert (one == two).all()
