"""Measures networks on the meta device: shapes and costs without a single number computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, UntypedStorage, nn
from torch.func import functional_call
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


class _Lifetimes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records when each storage is first and last touched; storages are kept to stay distinct."""

    def __init__(self, weights: Iterable[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._weights = {tensor.untyped_storage()._cdata for tensor in weights}
        self._clock = 0
        self._spans: dict[int, tuple[int, int]] = {}
        self._sizes: dict[int, int] = {}
        self._kept: list[UntypedStorage] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.touch((args, kwargs, result))
        return result

    def touch(self, tensors: Any) -> None:
        """Let one moment pass in which all of `tensors` are needed."""
        self._clock += 1
        for tensor in tree_leaves(tensors):
            if not isinstance(tensor, Tensor):
                continue
            storage = tensor.untyped_storage()
            key = storage._cdata
            if key in self._weights:
                continue
            if key not in self._spans:
                self._kept.append(storage)
                self._sizes[key] = storage.nbytes() // tensor.element_size()
            self._spans[key] = (self._spans.get(key, (self._clock,))[0], self._clock)

    def peak(self) -> int:
        """Return the largest number of values alive in one moment."""
        change = [0] * (self._clock + 2)
        for key, (first, last) in self._spans.items():
            change[first] += self._sizes[key]
            change[last + 1] -= self._sizes[key]
        return max(accumulate(change))


def peak_activations(module: nn.Module, shapes: Iterable[Shape]) -> int:
    """Return the most numbers alive at once in a pass on tensors without data, weights aside.

    A tensor lives from the operation that makes it to the last one that reads it, as in a runtime
    that plans its memory, inputs and outputs to the end, as they are the caller's; views live in
    the memory of their base.
    """
    own = dict(module.named_parameters()) | dict(module.named_buffers())
    weights = {name: tensor.to("meta") for name, tensor in own.items()}
    inputs = tuple(torch.empty(shape, device="meta") for shape in shapes)
    with torch.no_grad(), _Lifetimes(weights.values()) as lifetimes:
        lifetimes.touch(inputs)
        outputs = functional_call(module, weights, inputs)
        lifetimes.touch((inputs, outputs))
    return lifetimes.peak()
