"""Weight files of a package (MIL blob storage), mapped into memory and read without copies."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from h3ae_export.mil.errors import PackageError
from h3ae_export.mil.packing import unpack_bits
from h3ae_export.mil.types import ElementType, Kind, TensorType

# A file is a header and then, on 64-byte boundaries, one record for each tensor; a record gives
# the place of the data, which is again on such a boundary.
_HEADER = struct.Struct("<II")  # number of tensors, version
_RECORD = struct.Struct("<IIQQQ")  # sentinel, element code, bytes, place, unused bits at the end
_VERSION = 2
_SENTINEL = 0xDEADBEEF
_ALIGNMENT = 64
_ELEMENT_CODES = {
    "fp16": 1,
    "fp32": 2,
    "uint8": 3,
    "int8": 4,
    "int16": 6,
    "uint16": 7,
    "int4": 8,
    "uint1": 9,
    "uint2": 10,
    "uint4": 11,
    "uint3": 12,
    "uint6": 13,
    "int32": 14,
    "uint32": 15,
}


class WeightFile:
    """One weight file of a package.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    package : pathlib.Path
        The package it belongs to, for error messages.

    Raises
    ------
    PackageError
        The file is missing, empty or of an unknown version.
    """

    def __init__(self, path: Path, package: Path) -> None:
        self._package = package
        self._name = path.name
        try:
            # Copy on write: torch wants writable memory, the file must never change.
            self._bytes: npt.NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="c")
        except FileNotFoundError:
            raise PackageError(package, f"its weight file {path.name} is missing") from None
        except (OSError, ValueError) as error:
            raise PackageError(package, f"cannot read {path.name}: {error}") from error
        if self._bytes.size < _HEADER.size:
            raise self._error("is truncated")
        _, version = _HEADER.unpack_from(self._bytes.data)
        if version != _VERSION:
            raise self._error(f"has the unknown version {version}")

    def _error(self, problem: str) -> PackageError:
        return PackageError(self._package, f"its weight file {self._name} {problem}")

    def read(self, offset: int, tensor: TensorType) -> npt.NDArray[Any]:
        """Return the tensor whose record begins at `offset`.

        Elements of a whole number of bytes are views of the mapped file.

        Raises
        ------
        PackageError
            There is no such record, or it is truncated or holds something else.
        """
        if offset + _RECORD.size > self._bytes.size:
            raise self._error("is truncated")
        sentinel, code, size, place, _ = _RECORD.unpack_from(self._bytes.data, offset)
        if sentinel != _SENTINEL:
            raise self._error(f"has no tensor at {offset}")
        shape = tensor.static_shape
        count = int(np.prod(shape, dtype=np.int64))
        wanted = (count * tensor.element.bits + 7) // 8
        known = code == _ELEMENT_CODES.get(tensor.element.name)
        if not known or size != wanted or place % _ALIGNMENT:
            raise self._error(f"does not hold {tensor} at {offset}")
        if place + size > self._bytes.size:
            raise self._error("is truncated")
        return decode(self._bytes[place : place + size], tensor.element, count).reshape(shape)


def decode(raw: npt.NDArray[np.uint8], element: ElementType, count: int) -> npt.NDArray[Any]:
    """Read `count` elements from their bytes, without a copy unless they are packed."""
    if element.bits < 8:
        return unpack_bits(raw, element.bits, count, signed=element.kind is Kind.SIGNED)
    return raw.view(element.storage)
