"""The registry of rewrites: reference layer to mobile layer.

A rewrite is a function that takes the reference layer and the context of the graph, and returns
the mobile layer; `@rewrites(ReferenceLayer)` registers it. To add one, write a file beside this
one and name it in `_FILES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TypeVar

from torch import nn

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.options import Grid, MobileOptions, Mode


@dataclass(frozen=True)
class Context:
    """Where a layer stands: the graph's options, the grid of its attention, clip or stream."""

    options: MobileOptions
    grid: Grid
    mode: Mode = "clip"


Layer = TypeVar("Layer", bound=nn.Module)
Rewrite = Callable[[Layer, Context], nn.Module]
_REGISTRY: dict[type[nn.Module], Callable[[nn.Module, Context], nn.Module]] = {}

_FILES = ("norm", "conv", "resample", "residual", "conditioning", "stage")


def rewrites(reference: type[Layer]) -> Callable[[Rewrite[Layer]], Rewrite[Layer]]:
    """Register the decorated function as the rewrite of `reference`."""

    def register(function: Rewrite[Layer]) -> Rewrite[Layer]:
        _REGISTRY[reference] = function  # type: ignore[assignment]
        return function

    return register


@cache
def _load() -> None:
    for name in _FILES:
        import_module(f"h3ae_mobile.mobile.{name}")


def rewrite(layer: nn.Module, context: Context) -> nn.Module:
    """Return the mobile form of a reference layer; the weights are copied.

    Raises
    ------
    H3AEError
        If no rewrite of that layer is registered.
    """
    _load()
    try:
        function = _REGISTRY[type(layer)]
    except KeyError:
        raise H3AEError(f"no mobile rewrite of {type(layer).__name__} is registered") from None
    return function(layer, context)


def registered() -> dict[type[nn.Module], Callable[[nn.Module, Context], nn.Module]]:
    """Return all registered rewrites, by reference layer."""
    _load()
    return dict(_REGISTRY)
