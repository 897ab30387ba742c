"""Names of weights in a saved Core AI program, made equal from run to run.

The compiler names each constant by a hash of its bytes that LLVM seeds anew in every process. The
names are strings of MLIR bytecode (https://mlir.llvm.org/docs/BytecodeFormat), whose section lies
behind all weights: rewriting the end of the file is enough.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from h3ae_mobile.errors import H3AEError

_MAGIC = b"ML\xefR"
_STRINGS = 0
_ALIGNED = 0x80
_RESOURCE = re.compile(rb"resource_\d+")


class _Section(NamedTuple):
    code: int
    start: int
    body: int
    end: int


def name_resources(program: Path) -> None:
    """Rename the constants of a program to their numbers, in the order of its list.

    Parameters
    ----------
    program : Path
        MLIR bytecode; rewritten in place.

    Raises
    ------
    H3AEError
        It is not laid out as the pinned version of the compiler does.
    """
    with program.open("r+b") as stream:
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            start, tail = _renamed(data)
        stream.seek(start)
        stream.write(tail)
        stream.truncate()


def _renamed(data: mmap.mmap) -> tuple[int, bytes]:
    """Return where the string section begins, and the file from there on with other names."""
    sections = list(_sections(data))
    codes = [section.code for section in sections]
    if _STRINGS not in codes:
        raise H3AEError("the Core AI program has no strings: its format is unknown")
    place = codes.index(_STRINGS)
    if any(code & _ALIGNED for code in codes[place:]):
        raise H3AEError("the Core AI program has data behind its strings: its format is unknown")
    section = sections[place]
    strings = _strings(data, section)
    resources = (text for text in strings if _RESOURCE.fullmatch(text))
    names = {text: b"resource_%d" % number for number, text in enumerate(resources)}
    body = _join([names.get(text, text) for text in strings])
    header = bytes([_STRINGS]) + _varint(len(body))
    return section.start, header + body + data[section.end :]


def _sections(data: mmap.mmap) -> Iterator[_Section]:
    if data[: len(_MAGIC)] != _MAGIC:
        raise H3AEError("the Core AI program is not MLIR bytecode")
    _, place = _read_varint(data, len(_MAGIC))
    place = data.find(b"\0", place) + 1  # behind the version stands the producer
    while place < len(data):
        start, code = place, data[place]
        length, place = _read_varint(data, place + 1)
        if code & _ALIGNED:
            alignment, place = _read_varint(data, place)
            place += -place % alignment
        yield _Section(code, start, place, place + length)
        place += length


def _strings(data: mmap.mmap, section: _Section) -> list[bytes]:
    """Read the strings: their number, their lengths from the last to the first, themselves."""
    count, place = _read_varint(data, section.body)
    lengths = []
    for _ in range(count):
        length, place = _read_varint(data, place)
        lengths.append(length)
    strings = []
    for length in reversed(lengths):
        strings.append(data[place : place + length - 1])  # the last byte is a zero
        place += length
    return strings


def _join(strings: list[bytes]) -> bytes:
    lengths = (_varint(len(text) + 1) for text in reversed(strings))
    return _varint(len(strings)) + b"".join(lengths) + b"".join(text + b"\0" for text in strings)


def _read_varint(data: mmap.mmap, place: int) -> tuple[int, int]:
    """Read a number, and return where it ends: the zeros of its first byte tell its length."""
    first = data[place]
    if first == 0:
        return int.from_bytes(data[place + 1 : place + 9], "little"), place + 9
    size = (first & -first).bit_length()
    return int.from_bytes(data[place : place + size], "little") >> size, place + size


def _varint(value: int) -> bytes:
    for size in range(1, 9):
        if value < 1 << 7 * size:
            return ((value << 1 | 1) << size - 1).to_bytes(size, "little")
    return b"\0" + value.to_bytes(8, "little")
