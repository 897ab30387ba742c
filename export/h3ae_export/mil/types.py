"""Element and tensor types of the Model Intermediate Language (MIL)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import torch


class Kind(Enum):
    """How the bits of an element are read."""

    FLOAT = "float"
    SIGNED = "signed"
    UNSIGNED = "unsigned"
    BOOL = "bool"
    STRING = "string"


@dataclass(frozen=True)
class ElementType:
    """One element type.

    Parameters
    ----------
    name : str
        As MIL writes it (`fp16`, `int32`, `uint4`).
    kind : Kind
        How its bits are read.
    bits : int
        Width in a file; widths below 8 are packed, least significant bits first.
    storage : numpy.dtype
        The numpy type that holds its values.
    compute : torch.dtype or None
        The torch type its values are computed in. fp16 computes in float32 and is rounded after
        each operation (see `rounding`), since torch's fp16 kernels for CPUs are far too slow.
    """

    name: str
    kind: Kind
    bits: int
    storage: np.dtype[np.generic]
    compute: torch.dtype | None

    def __str__(self) -> str:
        return self.name

    @property
    def is_float(self) -> bool:
        """Whether values are floating point numbers."""
        return self.kind is Kind.FLOAT


def _element(
    name: str, kind: Kind, bits: int, storage: type[np.generic], compute: torch.dtype | None
) -> ElementType:
    return ElementType(name, kind, bits, np.dtype(storage), compute)


FP16 = _element("fp16", Kind.FLOAT, 16, np.float16, torch.float32)
FP32 = _element("fp32", Kind.FLOAT, 32, np.float32, torch.float32)
FP64 = _element("fp64", Kind.FLOAT, 64, np.float64, torch.float64)
BOOL = _element("bool", Kind.BOOL, 8, np.bool_, torch.bool)
STRING = _element("string", Kind.STRING, 0, np.object_, None)
INT8 = _element("int8", Kind.SIGNED, 8, np.int8, torch.int8)
INT16 = _element("int16", Kind.SIGNED, 16, np.int16, torch.int16)
INT32 = _element("int32", Kind.SIGNED, 32, np.int32, torch.int32)
INT64 = _element("int64", Kind.SIGNED, 64, np.int64, torch.int64)
INT4 = _element("int4", Kind.SIGNED, 4, np.int8, torch.int8)
UINT8 = _element("uint8", Kind.UNSIGNED, 8, np.uint8, torch.uint8)
# torch has no arithmetic for the wider unsigned integers: they compute in the next signed one.
UINT16 = _element("uint16", Kind.UNSIGNED, 16, np.uint16, torch.int32)
UINT32 = _element("uint32", Kind.UNSIGNED, 32, np.uint32, torch.int64)
UINT1 = _element("uint1", Kind.UNSIGNED, 1, np.uint8, torch.uint8)
UINT2 = _element("uint2", Kind.UNSIGNED, 2, np.uint8, torch.uint8)
UINT3 = _element("uint3", Kind.UNSIGNED, 3, np.uint8, torch.uint8)
UINT4 = _element("uint4", Kind.UNSIGNED, 4, np.uint8, torch.uint8)
UINT6 = _element("uint6", Kind.UNSIGNED, 6, np.uint8, torch.uint8)

# Keys are the names of MIL.proto's DataType.
BY_PROTO_NAME = {
    "FLOAT16": FP16,
    "FLOAT32": FP32,
    "FLOAT64": FP64,
    "BOOL": BOOL,
    "STRING": STRING,
    "INT4": INT4,
    "INT8": INT8,
    "INT16": INT16,
    "INT32": INT32,
    "INT64": INT64,
    "UINT1": UINT1,
    "UINT2": UINT2,
    "UINT3": UINT3,
    "UINT4": UINT4,
    "UINT6": UINT6,
    "UINT8": UINT8,
    "UINT16": UINT16,
    "UINT32": UINT32,
}


@dataclass(frozen=True)
class TensorType:
    """Element type and shape of a value; `None` stands for a dimension unknown before a run."""

    element: ElementType
    shape: tuple[int | None, ...] = ()

    def __str__(self) -> str:
        return f"{self.element}[{', '.join('?' if d is None else str(d) for d in self.shape)}]"

    @property
    def is_static(self) -> bool:
        """Whether every dimension is known."""
        return None not in self.shape

    @property
    def static_shape(self) -> tuple[int, ...]:
        """The shape of a static type.

        Raises
        ------
        ValueError
            A dimension is unknown.
        """
        known = tuple(d for d in self.shape if d is not None)
        if len(known) != len(self.shape):
            raise ValueError(f"the shape of {self} is not known before a run")
        return known

    def accepts(self, shape: tuple[int, ...]) -> bool:
        """Whether a value of this shape fits."""
        return len(shape) == len(self.shape) and all(
            want is None or want == have for want, have in zip(self.shape, shape, strict=True)
        )
