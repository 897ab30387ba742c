"""Graphs and the tensors at their edges."""

from __future__ import annotations

from math import prod
from typing import Annotated, Literal

from pydantic import Field, model_validator

from h3ae_mobile.bundle.fields import (
    MAX_ELEMENTS,
    MAX_RANK,
    Dim,
    Identifier,
    Record,
    Symbol,
    first_repeated,
    violation,
)

DType = Literal["float32", "float16", "int32", "uint8"]
Kind = Identifier
ITEM_BYTES: dict[DType, int] = {"float32": 4, "float16": 2, "int32": 4, "uint8": 1}

Layout = Annotated[str, Field(pattern=r"^[A-Z]{1,5}$")]
Shape = Annotated[tuple[Dim, ...], Field(min_length=1, max_length=MAX_RANK)]


class TensorSpec(Record):
    """One input or output of a graph: dense, row-major, of a fixed shape.

    Attributes
    ----------
    shape : tuple of int
        1 to 5 dimensions.
    layout : str
        One letter an axis: T time, C channels, H height, W width, N heads, L sequence,
        D head channels; ``"TCHW"`` for most.
    kind : str
        What it carries. ``latents`` are normalised by the model's mean and standard deviation;
        ``features`` pass from the temporal stage to the frame stage; ``frames`` come out,
        ``video`` and ``image`` go in, all in [-1, 1]; ``condition`` is a first-frame feature
        (Eq. 1); ``cache`` passes from one step of a stream to the next. An open vocabulary: what
        a reader does not know belongs to graphs that its schedule does not run.
    """

    name: Symbol
    shape: Shape
    dtype: DType
    layout: Layout
    kind: Kind

    @model_validator(mode="after")
    def _check(self) -> TensorSpec:
        if len(self.layout) != len(self.shape):
            raise violation(
                "manifest.shape",
                f"layout {self.layout!r} names {len(self.layout)} axes, shape has "
                f"{len(self.shape)}",
            )
        if self.elements > MAX_ELEMENTS:
            raise violation("manifest.shape", f"shape {list(self.shape)} is absurdly large")
        return self

    @property
    def elements(self) -> int:
        """Number of elements."""
        return prod(self.shape)


class Cache(Record):
    """Output `output` of one streaming step is input `input` of the next."""

    input: Symbol
    output: Symbol


class Graph(Record):
    """A network of fixed shapes, whatever file it is stored in.

    Attributes
    ----------
    role : str
        ``temporal``, ``frame``, ``first``, ``next``, ``encoder``, ``image_encoder``; others are
        kept for readers that know them.
    inputs, outputs : tuple of TensorSpec
        In the order of the positional arguments, for runtimes without names.
    caches : tuple of Cache
        State handed from step to step, on the ``next`` graph of a stream.
    """

    role: Identifier
    inputs: Annotated[tuple[TensorSpec, ...], Field(min_length=1, max_length=256)]
    outputs: Annotated[tuple[TensorSpec, ...], Field(min_length=1, max_length=256)]
    caches: Annotated[tuple[Cache, ...], Field(max_length=256)] = ()

    @model_validator(mode="after")
    def _check(self) -> Graph:
        for side, tensors in (("inputs", self.inputs), ("outputs", self.outputs)):
            repeated = first_repeated(tensor.name for tensor in tensors)
            if repeated is not None:
                raise violation("manifest.reference", f"{side} names {repeated!r} twice")
        self._check_caches()
        return self

    def _check_caches(self) -> None:
        inputs = {tensor.name: tensor for tensor in self.inputs if tensor.kind == "cache"}
        outputs = {tensor.name: tensor for tensor in self.outputs if tensor.kind == "cache"}
        for index, cache in enumerate(self.caches):
            where = f"caches[{index}]"
            if cache.input not in inputs:
                raise violation("manifest.reference", f"{where}: no cache input {cache.input!r}")
            if cache.output not in outputs:
                raise violation("manifest.reference", f"{where}: no cache output {cache.output!r}")
            if not same_tensor(inputs[cache.input], outputs[cache.output]):
                raise violation(
                    "manifest.shape",
                    f"{where}: {cache.output!r} and {cache.input!r} differ in shape or type",
                )
        fed = [cache.input for cache in self.caches]
        if sorted(fed) != sorted(inputs):
            raise violation("manifest.reference", "caches must feed every cache input exactly once")

    @property
    def conditions(self) -> tuple[TensorSpec, ...]:
        """Inputs that take first-frame features; empty for an unconditioned graph."""
        return tuple(tensor for tensor in self.inputs if tensor.kind == "condition")


def same_tensor(one: TensorSpec, other: TensorSpec) -> bool:
    """Tell whether one buffer can serve as either."""
    return one.shape == other.shape and one.dtype == other.dtype
