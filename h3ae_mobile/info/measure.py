"""Measures networks on the meta device: shapes and costs without a single number computed."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

Shape = tuple[int, ...]


def count_parameters(module: nn.Module) -> int:
    """Return the number of learned numbers."""
    return sum(parameter.numel() for parameter in module.parameters())


def flops_and_shapes(
    parts: Mapping[str, nn.Module], run: Callable[[], object]
) -> dict[str, tuple[int, Shape]]:
    """Run a pass and tell what each part of it cost and gave.

    Parameters
    ----------
    parts : mapping of str to nn.Module
        Disjoint parts, each called once.
    run : callable
        The pass.

    Returns
    -------
    dict
        Part to (FLOPs, output shape).
    """
    measured: dict[str, tuple[int, Shape]] = {}
    counter = FlopCounterMode(display=False)
    started: dict[str, int] = {}

    def enter(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: object) -> None:
            started[name] = counter.get_total_flops()

        return hook

    def leave(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, inputs: object, output: Tensor) -> None:
            cost = counter.get_total_flops() - started[name]
            measured[name] = cost, tuple(output.shape)

        return hook

    handles = []
    for name, module in parts.items():
        handles.append(module.register_forward_pre_hook(enter(name)))
        handles.append(module.register_forward_hook(leave(name)))
    try:
        with torch.no_grad(), counter:
            run()
    finally:
        for handle in handles:
            handle.remove()
    return measured


class _Liveness(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the storages that operations make, for as long as something holds them."""

    def __init__(self, weights: Iterable[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.alive = self.peak = 0
        self._known = {tensor.untyped_storage()._cdata for tensor in weights}

    def hold(self, tensor: Tensor) -> None:
        """Count the storage of a tensor, once, until it is freed."""
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return
        self._known.add(key)
        self.alive += size
        self.peak = max(self.peak, self.alive)
        weakref.finalize(storage, self._release, key, size)

    def _release(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.alive -= size

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor):
                self.hold(leaf)
        return out


def peak_activations(module: nn.Module, shapes: Iterable[Shape]) -> int:
    """Return the most bytes alive at once in an fp32 pass, inputs included, weights not."""
    inputs = [torch.empty(shape, device="meta") for shape in shapes]
    liveness = _Liveness(chain(module.parameters(), module.buffers()))
    with torch.no_grad(), liveness:
        for tensor in inputs:
            liveness.hold(tensor)
        module(*inputs)
    return liveness.peak
