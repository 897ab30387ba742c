"""The loop: killed and resumed, shared among processes, and stopped by a loss that is no number."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file

from h3ae_mobile.checkpoint import load_checkpoint, load_model
from h3ae_mobile.config import PRESETS
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.training.config import parse_config
from h3ae_mobile.training.held_out import HeldOut
from h3ae_mobile.training.log import read_rows
from h3ae_mobile.training.trainer import Trainer
from h3ae_mobile.video import synthetic_frames, write_clip

from .conftest import TINY

RUN = """
import json, sys
from pathlib import Path
from h3ae_mobile.training.config import parse_config
from h3ae_mobile.training.trainer import Trainer
config = parse_config(json.loads(Path(sys.argv[1]).read_text()), "test")
Trainer(config, Path(sys.argv[2])).run()
"""
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}


def train(settings: dict[str, Any], out: Path) -> Path:
    return Trainer(parse_config(settings, "test"), out).run()


def losses(out: Path) -> dict[float, float]:
    return {row["step"]: row["total"] for row in read_rows(out / "metrics.csv") if "total" in row}


@pytest.mark.parametrize("optimiser", ["adamw", "muon"])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    settings: dict[str, Any], tmp_path: Path, optimiser: str
) -> None:
    settings["optimiser"]["name"] = optimiser
    settings["start"] = "pca"
    settings["schedule"]["steps"] = 24
    settings["save_every"] = 7
    settings["objective"]["gan"] = 0.1
    file = tmp_path / "config.json"
    file.write_text(json.dumps(settings))
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(file), str(tmp_path / "killed")],
        env=ENVIRONMENT,
        stderr=subprocess.DEVNULL,
    )
    moment = random.SystemRandom().randint(1, 18)
    print(f"killed at step {moment}")  # shown when the test fails
    deadline = time.monotonic() + 400
    while len(losses(tmp_path / "killed")) < moment and time.monotonic() < deadline:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = len(losses(tmp_path / "killed"))
    assert moment <= before < 24

    resumed = Trainer(parse_config(settings, "test"), tmp_path / "killed")
    # A step's row is written before its state is.
    assert resumed.done in {before // 7 * 7, (before - 1) // 7 * 7}
    resumed.run()
    train(settings, tmp_path / "whole")
    assert losses(tmp_path / "killed") == pytest.approx(
        losses(tmp_path / "whole"), rel=1e-6, abs=1e-6
    )
    killed, whole = (
        load_checkpoint(tmp_path / run / "model.safetensors").model.state_dict()
        for run in ("killed", "whole")
    )
    for name, tensor in whole.items():
        torch.testing.assert_close(killed[name], tensor, rtol=1e-5, atol=1e-6)


def test_two_processes_have_the_gradients_of_one_with_the_doubled_batch(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    script = str(Path(__file__).with_name("gradients.py"))
    gradients = []
    for processes in (1, 2):
        for shape in settings["data"]["shapes"]:
            shape["batch"] = 4 // processes
        file = tmp_path / f"config{processes}.json"
        file.write_text(json.dumps(settings))
        out = tmp_path / f"gradients{processes}.safetensors"
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        subprocess.run(
            [
                sys.executable,
                *(launcher if processes > 1 else []),
                script,
                str(file),
                str(tmp_path / f"run{processes}"),
                str(out),
            ],
            env={**ENVIRONMENT, "ACCELERATE_USE_CPU": "true"},
            check=True,
            timeout=180,
            stderr=subprocess.DEVNULL,
        )
        gradients.append(load_file(out))
    one, two = gradients
    assert one.keys() == two.keys()
    assert max(float(g.abs().max()) for g in one.values()) > 1e-4
    for name, gradient in one.items():
        torch.testing.assert_close(two[name], gradient, rtol=1e-4, atol=1e-7, msg=name)


def test_accumulated_batches_have_the_mean_gradient_and_the_mean_loss(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    settings |= {"accumulate": 2, "schedule": {"steps": 1}}
    settings["optimiser"]["clip"] = 1e9
    settings["data"]["shapes"] = [{"frames": 5, "size": 16, "batch": 2}]
    reference = Trainer(parse_config(settings, "test"), tmp_path / "reference")
    totals = [reference.objective(**batch)["total"] for batch in reference.training_batches()]
    assert len(totals) == 2
    (sum(totals) / 2).backward()  # type: ignore[union-attr]

    trainer = Trainer(parse_config(settings, "test"), tmp_path / "run")
    seen: dict[str, torch.Tensor] = {}

    def look(optimiser: torch.optim.Optimizer, *_: Any) -> None:
        seen.update({n: p.grad.clone() for n, p in trainer.model.named_parameters()})  # type: ignore[union-attr]

    trainer.optimisers[0].register_step_pre_hook(look)
    trainer.run()
    for name, parameter in reference.model.named_parameters():
        torch.testing.assert_close(seen[name], parameter.grad, rtol=1e-4, atol=1e-7, msg=name)
    mean = sum(total.item() for total in totals) / 2
    assert losses(tmp_path / "run") == {1.0: pytest.approx(mean, rel=1e-5)}


def test_mixed_precision_stays_near_full_precision(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    settings["schedule"]["steps"] = 3
    train(settings, tmp_path / "full")
    settings["precision"] = "bf16"
    # Accelerate holds one precision a process.
    AcceleratorState._reset_state(reset_partial_state=True)
    try:
        train(settings, tmp_path / "mixed")
    finally:
        AcceleratorState._reset_state(reset_partial_state=True)
    full, mixed = losses(tmp_path / "full"), losses(tmp_path / "mixed")
    assert full != mixed
    assert full == pytest.approx(mixed, rel=0.02)


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_last_state(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(parse_config(settings, "test"), tmp_path / "run")
    forward = trainer.objective.forward

    def spoilt(**batch: Any) -> dict[str, torch.Tensor]:
        result = forward(**batch)
        return result if trainer.done < 5 else {n: x * torch.nan for n, x in result.items()}

    monkeypatch.setattr(trainer.objective, "forward", spoilt)
    with pytest.raises(H3AEError, match="no longer finite at step 5") as caught:
        trainer.run()
    assert "\n" not in str(caught.value)
    # The advice that the error gives can be followed.
    settings["optimiser"] |= {"learning_rate": 1e-4, "clip": 0.5}
    resumed = Trainer(parse_config(settings, "test"), tmp_path / "run")
    assert resumed.done == 4
    assert resumed.initial_rates == [1e-4]
    assert all(parameter.isfinite().all() for parameter in resumed.model.parameters())
    resumed.run()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_the_step_that_it_comes_in(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    settings["save_every"] = 100
    trainer = Trainer(parse_config(settings, "test"), tmp_path / "run")
    forward = trainer.objective.forward

    def signalled(**batch: Any) -> dict[str, torch.Tensor]:
        if trainer.done == 3:
            signal.raise_signal(number)
        return forward(**batch)

    monkeypatch.setattr(trainer.objective, "forward", signalled)
    before = signal.signal(number, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            trainer.run()
        assert signal.getsignal(number) is interrupt
    finally:
        signal.signal(number, before)
    resumed = Trainer(parse_config(settings, "test"), tmp_path / "run")
    assert resumed.done == 4
    resumed.run()
    train(settings, tmp_path / "whole")
    assert losses(tmp_path / "run") == losses(tmp_path / "whole")


def test_checkpointed_activations_change_nothing(settings: dict[str, Any], tmp_path: Path) -> None:
    settings["schedule"]["steps"] = 3
    train(settings, tmp_path / "plain")
    settings["activation_checkpointing"] = True
    train(settings, tmp_path / "recomputed")
    assert losses(tmp_path / "plain") == pytest.approx(losses(tmp_path / "recomputed"), rel=1e-6)


def test_the_result_is_a_checkpoint_with_measured_latents(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    settings["start"] = "pca"
    loaded = load_checkpoint(train(settings, tmp_path / "run"))
    latents = loaded.model.latent_std
    assert loaded.model.config.name == "tiny"
    assert (latents > 0).all()
    assert not torch.equal(latents, torch.ones_like(latents))
    assert loaded.provenance["steps"] == 8
    assert (tmp_path / "run" / "loss.png").stat().st_size > 1000


def test_the_last_step_is_scored_on_held_out_clips(
    settings: dict[str, Any], media: Path, tmp_path: Path
) -> None:
    settings |= {"start": "pca", "evaluate_on": str(media / "clips")}
    loaded = load_checkpoint(train(settings, tmp_path / "run"))
    scored = [row for row in read_rows(tmp_path / "run" / "metrics.csv") if "psnr_db" in row]
    assert [row["step"] for row in scored] == [0, 8]
    held_out = HeldOut(media / "clips", loaded.model.config)
    assert len(held_out.clips) == 2
    measured = held_out.score(loaded.model)
    for name, score in measured.items():
        assert scored[-1][name] == pytest.approx(score, abs=1e-3)
        assert loaded.provenance["scores"][name] == pytest.approx(score, abs=1e-3)
    # The same number by another way: mean squares, turned into dB, averaged over clips.
    with torch.no_grad():
        decoded = [loaded.model.decode(loaded.model.encode(c).mode()) for c in held_out.clips]
    errors = [
        float((output.clamp(-1, 1) - clip).square().mean())
        for output, clip in zip(decoded, held_out.clips, strict=True)
    ]
    wanted = sum(10 * math.log10(4 / error) for error in errors) / 2
    assert measured["psnr_db"] == pytest.approx(wanted, abs=1e-3)
    # A finished run that is given again neither trains nor scores anew; a fresh one keeps nothing.
    train(settings, tmp_path / "run")
    fresh = Trainer(parse_config(settings, "test"), tmp_path / "run", fresh=True)
    assert fresh.last_scores() == {}


def test_held_out_clips_too_short_are_left_out(
    media: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips = shutil.copytree(media / "clips", tmp_path / "clips")
    write_clip(clips / "short.mp4", synthetic_frames(4, 48, 64, seed=0), 24)
    assert len(HeldOut(clips, TINY).clips) == 2
    assert "short.mp4 has 4 of the 9 frames" in caplog.text
    for path in media.glob("clips/*"):
        (clips / path.name).unlink()
    with pytest.raises(H3AEError, match=r"no clip in .* gives 9 frames"):
        HeldOut(clips, TINY)


def test_a_preset_with_weights_is_a_start(settings: dict[str, Any], tmp_path: Path) -> None:
    settings["data"]["shapes"] = [{"frames": 9, "size": 32, "batch": 1}]
    settings |= {"model": "h3ae-demo", "start": "h3ae-demo"}
    weights = Trainer(parse_config(settings, "test"), tmp_path / "run").model.state_dict()
    for name, tensor in load_model("h3ae-demo").model.state_dict().items():
        assert torch.equal(weights[name], tensor), name


def test_a_preset_without_weights_is_no_start(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    settings["start"] = "tiny"
    with pytest.raises(H3AEError, match="no trained weights of tiny are public to start from"):
        Trainer(parse_config(settings, "test"), tmp_path / "run")


def test_compiling_without_a_compiler_is_one_line(
    settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", str(tmp_path / "c++"))
    settings["compile"] = True
    with pytest.raises(H3AEError, match=r"compile = true needs .*c\+\+.*set compile = false"):
        Trainer(parse_config(settings, "test"), tmp_path / "run")


def test_fine_tuning_starts_from_the_checkpoint(settings: dict[str, Any], tmp_path: Path) -> None:
    path = train(settings, tmp_path / "first")
    settings["start"] = str(path)
    tuned = Trainer(parse_config(settings, "test"), tmp_path / "second")
    first = load_checkpoint(path).model.state_dict()
    for name, tensor in tuned.model.state_dict().items():
        torch.testing.assert_close(tensor, first[name])


def test_another_configuration_is_not_resumed(settings: dict[str, Any], tmp_path: Path) -> None:
    train(settings, tmp_path / "run")
    settings["optimiser"] |= {"learning_rate": 2e-3, "clip": 2.0, "ema": 0.9}
    settings["data"] |= {"cache": str(tmp_path / "elsewhere"), "workers": 1}
    assert Trainer(parse_config(settings, "test"), tmp_path / "run").done == 8
    settings["optimiser"]["name"] = "muon"
    with pytest.raises(H3AEError, match="holds a run with another optimiser"):
        Trainer(parse_config(settings, "test"), tmp_path / "run")
    assert Trainer(parse_config(settings, "test"), tmp_path / "run", fresh=True).done == 0


def test_a_damaged_state_is_one_line(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "state.safetensors").write_bytes(b"not a state")
    with pytest.raises(H3AEError, match="is not the state of a run"):
        Trainer(parse_config(settings, "test"), tmp_path / "run")
