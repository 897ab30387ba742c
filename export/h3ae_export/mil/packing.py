"""Integers narrower than a byte, as Core ML packs them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def unpack_bits(
    packed: npt.NDArray[np.uint8], bits: int, count: int, *, signed: bool
) -> npt.NDArray[np.uint8] | npt.NDArray[np.int8]:
    """Read `count` integers of `bits` bits each.

    Integers follow each other without gaps, from the least significant bit of a byte upwards, and
    may straddle two bytes (three- and six-bit indices do).

    Parameters
    ----------
    packed : numpy.ndarray
        Bytes, shape (n,).
    bits : int
        Width of one integer, 1 to 8.
    count : int
        How many integers to read.
    signed : bool
        Whether the highest bit is a sign (two's complement).

    Returns
    -------
    numpy.ndarray
        Shape (count,), int8 if signed, else uint8.

    Raises
    ------
    ValueError
        `packed` is too short.
    """
    if packed.size * 8 < count * bits:
        raise ValueError(f"{packed.size} bytes cannot hold {count} integers of {bits} bits")
    flat = np.unpackbits(packed, count=count * bits, bitorder="little").reshape(count, bits)
    values: npt.NDArray[np.uint8] = np.packbits(flat, axis=1, bitorder="little")[:, 0]
    if not signed:
        return values
    # Moving the sign to the top of the byte lets the arithmetic shift back copy it downwards.
    return (values << (8 - bits)).view(np.int8) >> (8 - bits)
