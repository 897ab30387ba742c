"""The whole state of a run in one safetensors file: weights, their average, optimisers, step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.files import atomic_file
from h3ae_mobile.training.ema import Average


def save_state(
    path: Path,
    step: int,
    config_json: str,
    objective: nn.Module,
    average: Average,
    optimisers: Sequence[Optimizer],
) -> None:
    """Write all that the next step depends on; an earlier file stays until this one is whole."""
    tensors = {f"objective.{name}": tensor for name, tensor in objective.state_dict().items()}
    tensors |= {f"average.{name}": tensor for name, tensor in average.tensors.items()}
    for number, optimiser in enumerate(optimisers):
        for index, parameter in enumerate(_parameters(optimiser)):
            for name, value in optimiser.state.get(parameter, {}).items():
                tensors[f"optimiser.{number}.{index}.{name}"] = value
    metadata = {"step": json.dumps(step), "config": config_json}
    with atomic_file(path) as temporary:
        save_file(
            {k: v.detach().cpu().contiguous() for k, v in tensors.items()}, temporary, metadata
        )


def read_config(path: Path) -> tuple[int, str]:
    """Return the step and the configuration that a state file was written with."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            return int(json.loads(metadata["step"])), metadata["config"]
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise H3AEError(
            f"{path} is not the state of a run: {error}", "start anew with --fresh"
        ) from None


def load_state(
    path: Path, objective: nn.Module, average: Average, optimisers: Sequence[Optimizer]
) -> int:
    """Restore what `save_state` wrote, in place; return the number of steps done."""
    step, _ = read_config(path)
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    try:
        objective.load_state_dict(_below(tensors, "objective."))
        average.load(_below(tensors, "average."))
    except (RuntimeError, KeyError) as error:
        raise H3AEError(f"{path} does not fit the model: {error}") from None
    for number, optimiser in enumerate(optimisers):
        for index, parameter in enumerate(_parameters(optimiser)):
            values = _below(tensors, f"optimiser.{number}.{index}.")
            optimiser.state[parameter] = {
                name: _like(value, parameter) for name, value in values.items()
            }
    return step


def _parameters(optimiser: Optimizer) -> list[Tensor]:
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _like(value: Tensor, parameter: Tensor) -> Tensor:
    """Give moments their parameter's memory format: kernels, and so roundings, depend on it."""
    if value.shape != parameter.shape:
        return value.to(parameter.device)
    return torch.zeros_like(parameter).copy_(value)
