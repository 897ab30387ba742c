"""Compressed constants: operations named `constexpr_*`, which an app expands when it loads.

iOS 16 packs indices and masks itself and quantises along one axis; iOS 18 stores narrow integers,
works in blocks, and lets one compression feed another (a sparse palette, a palette whose table is
quantised). Everything here is numpy, in float32 where numbers are computed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from h3ae_export.mil.packing import unpack_bits
from h3ae_export.mil.program import Operation, Value

Array: TypeAlias = npt.NDArray[Any]
Read: TypeAlias = Callable[[Value], Array]

PREFIX = "constexpr_"


def expand(operation: Operation, read: Read) -> tuple[Array, ...]:
    """Compute a compressed constant.

    Parameters
    ----------
    operation : Operation
        Of a type that `is_compressed` accepts.
    read : callable
        Gives the array of a constant, which may itself be compressed.

    Returns
    -------
    tuple of numpy.ndarray
        One array for each output, in the element type that it declares.
    """
    arrays = {name: read(values[0]) for name, values in operation.arguments.items()}
    results = _EXPANSIONS[operation.type](arrays)
    return tuple(
        result.astype(output.type.element.storage, copy=False)
        for result, output in zip(results, operation.outputs, strict=True)
    )


def is_compressed(operation: Operation) -> bool:
    """Whether an operation is a compressed constant."""
    return operation.type.startswith(PREFIX)


def is_supported(operation_type: str) -> bool:
    """Whether a compressed constant can be expanded."""
    return operation_type in _EXPANSIONS


def _cast(arrays: dict[str, Array]) -> tuple[Array, ...]:
    return (arrays["source_val"],)


def _affine(arrays: dict[str, Array]) -> tuple[Array, ...]:
    data, axis = arrays["quantized_data"], int(arrays["axis"])
    shape = [-1 if other == axis % data.ndim else 1 for other in range(data.ndim)]

    def along(parameter: Array) -> Array:
        wide = parameter.astype(np.float32)
        return wide if parameter.ndim == 0 else wide.reshape(shape)

    return ((data.astype(np.float32) - along(arrays["zero_point"])) * along(arrays["scale"]),)


def _blocks_to(parameter: Array, shape: tuple[int, ...]) -> Array:
    """Repeat a parameter of one value a block so that each element has its own."""
    for axis, (size, count) in enumerate(zip(shape, parameter.shape, strict=True)):
        if count not in (1, size):
            parameter = parameter.repeat(size // count, axis)
    return parameter


def _shift_scale_dense(data: Array, scale: Array, offset: Array | None) -> Array:
    result = data.astype(np.float32)
    if offset is not None:
        result -= _blocks_to(offset, data.shape).astype(np.float32)
    result *= _blocks_to(scale, data.shape).astype(np.float32)
    return result


def _shift_scale(arrays: dict[str, Array]) -> tuple[Array, ...]:
    return (_shift_scale_dense(arrays["data"], arrays["scale"], arrays.get("offset")),)


def _sparse_shift_scale(arrays: dict[str, Array]) -> tuple[Array, ...]:
    mask = arrays["data_mask"]
    data = _scatter_sparse(arrays["nonzero_data"], mask)
    dense = _shift_scale_dense(data, arrays["scale"], arrays.get("offset"))
    return mask, dense[mask != 0]


def _palette_dense(indices: Array, table: Array, vector_axis: Array | None) -> Array:
    """Look up indices of shape S in tables of shape (*blocks, entries, vector)."""
    *blocks, _, vector = table.shape
    grid = np.ogrid[tuple(slice(size) for size in indices.shape)]
    block = tuple(
        place // (size // count)
        for place, size, count in zip(grid, indices.shape, blocks, strict=True)
    )
    picked: Array = table[(*block, indices)]  # (*S, vector)
    if vector == 1:
        return picked[..., 0]
    if vector_axis is None:
        raise ValueError("a palette of vectors needs a vector_axis")
    axis = int(vector_axis) % indices.ndim
    shape = [size * vector if i == axis else size for i, size in enumerate(indices.shape)]
    return np.moveaxis(picked, -1, axis + 1).reshape(shape)


def _palette(arrays: dict[str, Array]) -> tuple[Array, ...]:
    table, indices = arrays["lut"], arrays["indices"]
    if "shape" not in arrays:  # iOS 18
        return (_palette_dense(indices, table, arrays.get("vector_axis")),)
    shape = arrays["shape"].astype(np.int64)
    bits = int(table.size).bit_length() - 1
    return (table[unpack_bits(indices, bits, int(shape.prod()), signed=False)].reshape(shape),)


def _sparse_palette(arrays: dict[str, Array]) -> tuple[Array, ...]:
    mask, table = arrays["indices_mask"], arrays["lut"]
    indices = _scatter_sparse(arrays["indices_nonzero_data"], mask)
    dense = _palette_dense(indices, table, arrays.get("vector_axis"))
    vector = table.shape[-1]
    if vector > 1:
        mask = mask.repeat(vector, int(arrays["vector_axis"]))
    return mask, dense[mask != 0]


def _scatter_sparse(values: Array, mask: Array) -> Array:
    dense = np.zeros(mask.shape, values.dtype)
    dense[mask != 0] = values
    return dense


def _sparse(arrays: dict[str, Array]) -> tuple[Array, ...]:
    mask = arrays["mask"]
    if "shape" in arrays:  # iOS 16
        shape = arrays["shape"].astype(np.int64)
        mask = unpack_bits(mask, 1, int(shape.prod()), signed=False).reshape(shape)
    return (_scatter_sparse(arrays["nonzero_data"], mask),)


_EXPANSIONS: dict[str, Callable[[dict[str, Array]], tuple[Array, ...]]] = {
    "constexpr_affine_dequantize": _affine,
    "constexpr_blockwise_shift_scale": _shift_scale,
    "constexpr_cast": _cast,
    "constexpr_lut_to_dense": _palette,
    "constexpr_lut_to_sparse": _sparse_palette,
    "constexpr_sparse_blockwise_shift_scale": _sparse_shift_scale,
    "constexpr_sparse_to_dense": _sparse,
}
