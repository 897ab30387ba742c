"""Optimisers: AdamW as in the paper, and Muon for the weight matrices beside AdamW for the rest."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from h3ae_mobile.training.config import OptimiserConfig, ScheduleConfig

# Coefficients of a quintic whose iteration brings all singular values near one (Jordan et al.,
# "Muon", 2024); five rounds in bfloat16 are enough for an optimiser.
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
ROUNDS = 5
# Root mean square of an AdamW update: with it one learning rate means the same to both.
ADAM_RMS = 0.2
BLOCK_ROWS = 128
TINY = 1e-7


def orthogonalise(matrices: Tensor) -> Tensor:
    """Bring the singular values of `(N, rows, columns)` near one (0.7 to 1.2), nothing else."""
    a, b, c = NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if tall else matrices).to(torch.bfloat16).contiguous()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + TINY)
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).to(matrices.dtype)


class Muon(Optimizer):
    """Momentum, orthogonalised, for parameters of two or more axes.

    torch.optim.Muon takes matrices alone. Here the weight of a convolution is a matrix with a row
    an output channel, cut into blocks of at most 128 rows: the cost grows with the square of the
    rows, and the wide convolutions before a pixel shuffle are several stacked anyway. Equal
    shapes go through one batched product.

    Parameters
    ----------
    lr : float
        On AdamW's scale: updates have a root mean square of about 0.2 * lr.
    """

    def __init__(
        self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95, decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(  # type: ignore[override]  # two overloads in the base class
        self, closure: Callable[[], float] | None = None
    ) -> float | None:
        """Update the parameters once."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            moving = [p for p in group["params"] if p.grad is not None]
            ahead = [self._momentum(p, group["momentum"]) for p in moving]
            for parameter, update in zip(moving, _orthogonal_updates(ahead), strict=True):
                parameter.mul_(1 - group["lr"] * group["decay"])
                parameter.add_(update.reshape(parameter.shape), alpha=-group["lr"])
        return loss

    def _momentum(self, parameter: nn.Parameter, momentum: float) -> Tensor:
        """Return Nesterov's look-ahead as blocks `(n, rows, columns)`."""
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        gradient: Tensor = parameter.grad  # type: ignore[assignment]
        velocity = state["momentum"].lerp_(gradient, 1 - momentum)
        matrix = gradient.lerp(velocity, momentum).flatten(1)
        rows = len(matrix)
        blocks = next(n for n in range(1, rows + 1) if rows % n == 0 and rows // n <= BLOCK_ROWS)
        return matrix.reshape(blocks, rows // blocks, -1)


def _orthogonal_updates(matrices: Sequence[Tensor]) -> list[Tensor]:
    """Orthogonalise `(n, rows, columns)` each, those of one shape together, on AdamW's scale."""
    by_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, matrix in enumerate(matrices):
        by_shape[tuple(matrix.shape[1:])].append(index)
    updates: list[Tensor] = [torch.empty(0)] * len(matrices)
    for shape, indices in by_shape.items():
        together = orthogonalise(torch.cat([matrices[index] for index in indices]))
        together *= ADAM_RMS * math.sqrt(max(shape))
        sizes = [len(matrices[index]) for index in indices]
        for index, update in zip(indices, torch.split(together, sizes), strict=True):
            updates[index] = update
    return updates


def make_optimisers(
    model: nn.Module, config: OptimiserConfig, discriminator: nn.Module | None = None
) -> list[Optimizer]:
    """Return the configured optimisers, together over all parameters of `model` that are trained.

    A discriminator gets an AdamW of its own.
    """
    adversary = [] if discriminator is None else [_adamw(list(discriminator.parameters()), config)]
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if config.name == "adamw":
        return [_adamw(parameters, config), *adversary]
    matrices = [parameter for parameter in parameters if parameter.ndim >= 2]
    vectors = [parameter for parameter in parameters if parameter.ndim < 2]
    return [
        Muon(matrices, config.matrix_learning_rate, decay=config.weight_decay),
        _adamw(vectors, config),
        *adversary,
    ]


def _adamw(parameters: list[nn.Parameter], config: OptimiserConfig) -> AdamW:
    return AdamW(
        parameters,
        lr=config.learning_rate,
        betas=config.betas,
        weight_decay=config.weight_decay,
        fused=True,
    )


def in_final_phase(schedule: ScheduleConfig, step: int) -> bool:
    """Whether `step` belongs to the last phase (Sec. 4: 10K of 80K iterations)."""
    return step >= final_start(schedule)


def final_start(schedule: ScheduleConfig) -> int:
    """Return the first step of the last phase."""
    return round(schedule.steps * (1 - schedule.final))


def rate_factor(schedule: ScheduleConfig, step: int) -> float:
    """Return the factor on the learning rates at `step`; a function of nothing else.

    The last phase begins where the plateau ended: with a cosine, at its floor.
    """
    warmup = min(1.0, (step + 1) / (schedule.warmup + 1))
    start = final_start(schedule)
    if step < start:
        return warmup * _plateau(schedule, step / max(1, start))
    if schedule.final_shape == "step":
        share = schedule.final_rate
    else:
        left = (schedule.steps - step) / max(1, schedule.steps - start)
        share = schedule.final_rate + (1 - schedule.final_rate) * left
    return warmup * _plateau(schedule, 1.0) * share


def _plateau(schedule: ScheduleConfig, progress: float) -> float:
    if schedule.shape == "constant":
        return 1.0
    cosine = 0.5 * (1 + math.cos(math.pi * progress))
    return schedule.floor + (1 - schedule.floor) * cosine
