"""Write the gradients of a run's first step: `python gradients.py CONFIG.json OUT FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from safetensors.torch import save_file

from h3ae_mobile.training.config import parse_config
from h3ae_mobile.training.trainer import Trainer

if __name__ == "__main__":
    config = parse_config(json.loads(Path(sys.argv[1]).read_text()), "test")
    trainer = Trainer(config, Path(sys.argv[2]))
    wrapped = trainer.accelerator.prepare(trainer.objective)
    losses = wrapped(**next(trainer.training_batches()))
    trainer.accelerator.backward(losses["total"])
    if trainer.accelerator.is_main_process:
        gradients = {n: p.grad.contiguous() for n, p in trainer.model.named_parameters()}
        save_file(gradients, sys.argv[3])
    trainer.accelerator.end_training()
