"""The training loop, on Hugging Face Accelerate.

prepare: data -> model (random, principal components, or a checkpoint) -> optimisers -> state
each step: rate -> losses -> backward -> clip -> update -> average -> log
now and then: held-out scores, state to disk, plot
at the end: averaged weights and measured latent statistics as a checkpoint
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader

from h3ae_mobile.checkpoint import load_model, save_checkpoint
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.evaluation.lpips import LPIPS
from h3ae_mobile.models.attention import AttentionBlock
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.init import random_init
from h3ae_mobile.models.residual import ResidualBlock
from h3ae_mobile.training import precision
from h3ae_mobile.training.compiler import check_compiler
from h3ae_mobile.training.config import BatchShape, OptimiserConfig, TrainConfig
from h3ae_mobile.training.data import TrainingBatches, load_sources, to_video
from h3ae_mobile.training.ema import Average
from h3ae_mobile.training.held_out import HeldOut
from h3ae_mobile.training.inner import InnerObjective
from h3ae_mobile.training.interrupt import Interrupt
from h3ae_mobile.training.log import RunLog, plot
from h3ae_mobile.training.objective import Losses, Objective
from h3ae_mobile.training.optimiser import in_final_phase, make_optimisers, rate_factor
from h3ae_mobile.training.pca import pca_init
from h3ae_mobile.training.progress import Progress
from h3ae_mobile.training.state import load_state, read_config, save_state
from h3ae_mobile.training.statistics import measure_latents

STATE_FILE = "state.safetensors"
CHECKPOINT_FILE = "model.safetensors"
CONFIG_FILE = "config.json"
METRICS_FILE = "metrics.csv"
PLOT_FILE = "loss.png"

# What may change between the parts of one run without making it another run.
FREE_FIELDS: dict[str, Any] = {
    **dict.fromkeys(("compile", "threads", "activation_checkpointing", "schedule"), True),
    **dict.fromkeys(("save_every", "evaluate_every", "evaluate_on", "log_every"), True),
    "data": {"cache", "workers"},
    # The state holds what an optimiser remembers, which only its kind determines.
    "optimiser": OptimiserConfig.model_fields.keys() - {"name"},
}
PCA_CLIPS = 256
CALIBRATION_CLIPS = 16
STATISTICS_CLIPS = 64

log = logging.getLogger(__name__)


class Trainer:
    """One training run in the folder `out`; continues what it finds there.

    Parameters
    ----------
    config : TrainConfig
        Everything that determines the run.
    out : Path
        Folder of the state, the metrics, the plot and the checkpoint.
    fresh : bool
        Start anew even if `out` holds a state.

    Raises
    ------
    H3AEError
        If the folder holds the state of another configuration.
    """

    def __init__(self, config: TrainConfig, out: Path, *, fresh: bool = False) -> None:
        self.config = config
        self.out = out
        if config.threads:
            torch.set_num_threads(config.threads)
        self.accelerator = Accelerator(
            mixed_precision=precision.resolve(config.precision),
            gradient_accumulation_steps=config.accumulate,
        )
        if config.compile and self.accelerator.device.type == "cpu":
            check_compiler()
        set_seed(config.seed)
        if fresh and self.accelerator.is_main_process:
            (out / STATE_FILE).unlink(missing_ok=True)
        self.accelerator.wait_for_everyone()
        resuming = (out / STATE_FILE).is_file()
        if resuming:
            self._check_same_run()
        with self.accelerator.main_process_first():
            self.sources = load_sources(config.data)
        self.batches = TrainingBatches(
            config.data,
            config.model,
            self.sources,
            config.seed,
            config.schedule.steps,
            accumulate=config.accumulate,
            omni=config.objective.omni,
            rank=self.accelerator.process_index,
        )
        self.model = VideoAutoencoder(config.model)
        if not resuming:
            self._initialise()
        use_channels_last(self.model)
        self.model.to(self.accelerator.device)
        if config.activation_checkpointing:
            checkpoint_activations(self.model)
        self.objective = self._objective(resuming)
        self.optimisers = make_optimisers(
            self.model, config.optimiser, self.objective.discriminator
        )
        self.average = Average(self.model, config.optimiser.ema)
        self.done = 0
        if resuming:
            self.done = load_state(out / STATE_FILE, self.objective, self.average, self.optimisers)
        self.held_out = (
            HeldOut(config.evaluate_on, config.model) if config.evaluate_on is not None else None
        )
        self.log = (
            RunLog(out / METRICS_FILE, self.done if resuming else None)
            if self.accelerator.is_main_process
            else None
        )
        self.initial_rates = [optimiser.param_groups[0]["lr"] for optimiser in self.optimisers]

    def run(self, progress: Progress | None = None) -> Path:
        """Train to the last step, or from where a kill left off; return the checkpoint's path.

        SIGINT and SIGTERM save the state after the step that they come in.

        Raises
        ------
        H3AEError
            If the loss is no longer finite; the last state on disk stays.
        """
        config, accelerator = self.config, self.accelerator
        wrapped, *optimisers = accelerator.prepare(self.objective, *self.optimisers)
        batches = self.training_batches()
        if self.done == 0:
            self._save()
            self._evaluate()
        started = time.monotonic()
        with Interrupt() as interrupt:
            while self.done < config.schedule.steps:
                losses, norm, factor = self._step(wrapped, optimisers, batches)
                self._report(losses, norm, factor, time.monotonic() - started, progress)
                self._stop_if(interrupt)
        self._evaluate()
        self._save()
        return self._finish()

    def _step(
        self,
        wrapped: nn.Module,
        optimisers: Sequence[Optimizer],
        batches: Iterator[dict[str, Tensor]],
    ) -> tuple[Losses, float, float]:
        """Train one step; return its mean losses, the gradient's norm and the rate's factor."""
        config, accelerator, step = self.config, self.accelerator, self.done
        factor = rate_factor(config.schedule, step)
        for optimiser, rate in zip(self.optimisers, self.initial_rates, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor
        means: Losses = {}
        norm = 0.0
        for _ in range(config.accumulate):
            batch = next(batches)
            with accelerator.accumulate(wrapped):
                losses = wrapped(**batch, final=in_final_phase(config.schedule, step))
                accelerator.backward(losses["total"])
                for name, loss in losses.items():
                    means[name] = means.get(name, 0) + loss.detach() / config.accumulate
                if accelerator.sync_gradients:
                    norm = float(
                        accelerator.clip_grad_norm_(self.model.parameters(), config.optimiser.clip)
                    )
                    self._check_finite(norm, step)
                for optimiser in optimisers:
                    optimiser.step()
                    optimiser.zero_grad()
        self.average.update(self.model, step)
        self.done = step + 1
        return means, norm, factor

    def training_batches(self) -> Iterator[dict[str, Tensor]]:
        """Yield this process's batches from the next step on, on its device."""
        first = self.done * self.config.accumulate
        loader = DataLoader(
            self.batches,
            batch_size=None,
            sampler=range(first, len(self.batches)),
            num_workers=self.config.data.workers,
            persistent_workers=False,
        )
        for batch in loader:
            batch = {name: t.to(self.accelerator.device) for name, t in batch.items()}
            yield {"video": to_video(batch.pop("frames"))} | batch

    def _initialise(self) -> None:
        start, seed = self.config.start, self.config.seed
        if start == "random":
            random_init(self.model, seed)
        elif start == "pca":
            space = self.config.model.compression[1]
            energies = pca_init(self.model, list(self.extra_clips(4 * space, PCA_CLIPS)), seed)
            log.info("principal components keep %s", [round(e, 4) for e in energies])
        else:
            loaded = load_model(start)
            if not loaded.trained:
                raise H3AEError(
                    f"no trained weights of {start} are public to start from",
                    'set start to a checkpoint, "pca" or "random"',
                )
            if loaded.model.config != self.config.model:
                raise H3AEError(
                    f"{start} is a {loaded.model.config.name} of another configuration than `model`"
                )
            self.model.load_state_dict(loaded.model.state_dict())

    def _objective(self, resuming: bool) -> Objective | InnerObjective:
        config = self.config
        if not config.frozen_stages:
            return Objective(
                self.model, config.objective, compile=config.compile, perceptual=self._perceptual()
            )
        inner = InnerObjective(self.model, config.objective, config.frozen_stages)
        if not resuming:  # else the state holds it
            clips = self.extra_clips(4 * config.model.compression[1], CALIBRATION_CLIPS)
            inner.calibrate(clip.to(self.accelerator.device) for clip in clips)
        return inner

    def _perceptual(self) -> LPIPS | None:
        objective = self.config.objective
        if not objective.lpips:
            return None
        if objective.lpips_weights is None:
            raise H3AEError("objective.lpips needs weights", "name them in objective.lpips_weights")
        return LPIPS.load(objective.lpips_weights).to(self.accelerator.device)

    def extra_clips(self, size: int, count: int) -> Iterator[Tensor]:
        """Yield clips `(1, 3, T, size, size)` of numbers beyond the run, so of no step's batch."""
        shape = BatchShape(frames=1 + 2 * self.model.law.temporal, size=size, batch=1)
        for number in range(len(self.batches), len(self.batches) + count):
            yield to_video(self.batches.sample(shape, number, 0)[None])

    def _check_same_run(self) -> None:
        _, text = read_config(self.out / STATE_FILE)
        earlier = TrainConfig.model_validate_json(text).model_dump(exclude=FREE_FIELDS)
        now = self.config.model_dump(exclude=FREE_FIELDS)
        changed = [name for name in now if now[name] != earlier[name]]
        if changed:
            raise H3AEError(
                f"{self.out} holds a run with another {', '.join(changed)}",
                "use its configuration, another --out, or --fresh to start anew",
            )

    def _check_finite(self, norm: float, step: int) -> None:
        if not math.isfinite(norm):
            raise H3AEError(
                f"the gradients are no longer finite at step {step}",
                f"{self.out / STATE_FILE} keeps the last good state: lower optimiser.learning_rate "
                "and give the same command again",
            )

    def _report(
        self,
        losses: Losses,
        norm: float,
        factor: float,
        seconds: float,
        progress: Progress | None,
    ) -> None:
        config, step = self.config, self.done
        if step % config.log_every == 0 or step == config.schedule.steps:
            means = self.accelerator.reduce(losses, "mean")
            row = {"step": float(step)} | {name: float(loss) for name, loss in means.items()}
            row |= {"gradient_norm": norm, "rate_factor": factor, "seconds": seconds}
            if self.log is not None:
                self.log.add(row)
            if progress is not None:
                progress.update(step, row)
        if step % config.save_every == 0:
            self._save()
        if config.evaluate_every and step % config.evaluate_every == 0:
            self._evaluate()

    def _stop_if(self, interrupt: Interrupt) -> None:
        """Save and end where a signal came, in all processes at the same step."""
        received = torch.tensor(interrupt.received is not None, device=self.accelerator.device)
        if self.accelerator.reduce(received.float()) > 0:
            self._save()
            log.warning("stopped after step %d; the same command goes on from there", self.done)
            interrupt.obey()

    def _save(self) -> None:
        if self.log is None:
            return
        save_state(
            self.out / STATE_FILE,
            self.done,
            self.config.model_dump_json(),
            self.objective,
            self.average,
            self.optimisers,
        )
        if self.log.rows:
            plot(self.log.rows, self.out / PLOT_FILE)

    def _evaluate(self) -> None:
        step = self.done
        if self.held_out is None or self.log is None or self.last_scores().get("step") == step:
            return
        with self.average.applied(self.model), self.accelerator.autocast():
            scores = self.held_out.score(self.model)
        self.log.add({"step": float(step)} | scores)
        log.info("step %d: %s", step, {name: round(score, 3) for name, score in scores.items()})

    def last_scores(self) -> dict[str, float]:
        """Return the latest held-out scores, if any were taken."""
        rows = self.log.rows if self.log is not None else []
        scored = [row for row in rows if "psnr_db" in row]
        return {name: round(value, 3) for name, value in scored[-1].items()} if scored else {}

    def _finish(self) -> Path:
        path = self.out / CHECKPOINT_FILE
        if self.accelerator.is_main_process:
            with self.average.applied(self.model):
                export_checkpoint(self, path)
        self.accelerator.wait_for_everyone()
        return path


def export_checkpoint(trainer: Trainer, path: Path, dtype: torch.dtype = torch.float32) -> None:
    """Measure the latents' mean and std and write weights, statistics and provenance."""
    config, model = trainer.config, trainer.model
    clips = trainer.extra_clips(8 * config.model.compression[1], STATISTICS_CLIPS)
    measure_latents(model, (clip.to(trainer.accelerator.device) for clip in clips))
    provenance = {
        "steps": trainer.done,
        "of": config.schedule.steps,
        "seed": config.seed,
        "sources": [
            f"{source.kind}: {len(loaded.clips)} files"
            for source, loaded in zip(config.data.sources, trainer.sources, strict=True)
        ],
        "objective": config.objective.model_dump(mode="json"),
        "scores": trainer.last_scores(),
    }
    save_checkpoint(path, model, dtype=dtype, provenance=provenance)


def use_channels_last(model: nn.Module) -> None:
    """Lay weights out channels last: what bf16 convolutions want, on AMX as on tensor cores."""
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Conv3d)):
            flat = isinstance(module, nn.Conv2d)
            layout = torch.channels_last if flat else torch.channels_last_3d
            module.weight.data = module.weight.data.contiguous(memory_format=layout)


def checkpoint_activations(model: VideoAutoencoder) -> None:
    """Recompute every block in the backward pass instead of keeping its activations."""
    for module in model.modules():
        if isinstance(module, (ResidualBlock, AttentionBlock)):
            setattr(module, "forward", partial(checkpoint, module.forward, use_reentrant=False))  # noqa: B010
