"""Memory estimate of a graph: weights, and the largest sum of activations alive at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import Tensor, UntypedStorage
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from h3ae_mobile.bundle.model import StageMemory
from h3ae_mobile.mobile.builder import MobileGraph

METHOD = "liveness of the graph's tensors, without a runtime's workspace"


def estimate(graph: MobileGraph, bytes_per_value: int) -> StageMemory:
    """Run the graph on tensors without data and add up what is alive.

    A tensor lives from the operation that makes it to the last one that reads it, as in a runtime
    that plans its memory; views live in the memory of their base.

    Parameters
    ----------
    bytes_per_value : int
        4 for fp32, 2 for fp16.
    """
    module = graph.module
    own = dict(module.named_parameters()) | dict(module.named_buffers())
    weights = {name: tensor.to("meta") for name, tensor in own.items()}
    inputs = tuple(tensor.to("meta") for tensor in graph.example_inputs())
    with _Lifetimes(weights.values()) as lifetimes:
        lifetimes.touch(inputs)
        outputs = functional_call(module, weights, inputs)
        lifetimes.touch(outputs)
    caches = sum(tensor.elements for tensor in graph.spec.outputs if tensor.kind == "cache")
    return StageMemory(
        weights=sum(tensor.numel() for tensor in own.values()) * bytes_per_value,
        activations=lifetimes.peak() * bytes_per_value,
        caches=caches * bytes_per_value,
    )


class _Lifetimes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records when each storage is first and last touched; storages are kept to stay distinct."""

    def __init__(self, weights: Iterable[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._weights = {tensor.untyped_storage()._cdata for tensor in weights}
        self._clock = 0
        self._spans: dict[int, tuple[int, int]] = {}
        self._sizes: dict[int, int] = {}
        self._kept: list[UntypedStorage] = []

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
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
        alive = highest = 0
        for difference in change:
            alive += difference
            highest = max(highest, alive)
        return highest
