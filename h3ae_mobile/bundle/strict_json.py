"""JSON as our documents allow it: what three parsers would read differently is refused."""

from __future__ import annotations

import json
from typing import Any, Literal, NoReturn

from h3ae_mobile.bundle.fields import first_repeated

MAX_DEPTH = 32


class StrictJsonError(ValueError):
    """Bytes that are not UTF-8, or not JSON as we allow it; the reader says which document."""

    def __init__(self, fault: Literal["encoding", "json"], reason: str) -> None:
        super().__init__(reason)
        self.fault: Literal["encoding", "json"] = fault


def parse(data: bytes) -> dict[str, Any]:
    """Parse a UTF-8 JSON object.

    Refused beyond plain syntax errors: byte order marks, duplicate keys, NaN and Infinity in any
    spelling (``1e999`` too), nesting beyond 32 and a top level that is not an object.

    Raises
    ------
    StrictJsonError
        Saying why.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJsonError("encoding", f"not UTF-8 (byte {error.start})") from None
    _check_depth(text)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_not_finite,
            parse_float=_finite,
            parse_int=_bounded_int,
        )
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg.lower()}, line {error.lineno} column {error.colno}") from None
    if not isinstance(document, dict):
        raise _malformed("the top level is not an object")
    return document


def _check_depth(text: str) -> None:
    """Bound the nesting before any recursive parser sees it."""
    depth = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _malformed(f"nested deeper than {MAX_DEPTH}")
        elif character in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _malformed(f"the key {first_repeated(key for key, _ in pairs)!r} appears twice")
    return result


def _not_finite(literal: str) -> NoReturn:
    raise _malformed(f"{literal} is not a JSON number")


def _finite(literal: str) -> float:
    value = float(literal)
    if value in (float("inf"), float("-inf")):
        raise _malformed(f"the number {literal[:20]} is not finite")
    return value


def _bounded_int(literal: str) -> int:
    # 2^63 is where the fixed-width integers of the other readers end.
    if len(literal) > 19 or not -(2**63) <= int(literal) < 2**63:
        raise _malformed(f"the number {literal[:20]}... does not fit 64 bits")
    return int(literal)


def _malformed(reason: str) -> StrictJsonError:
    return StrictJsonError("json", f"not valid JSON: {reason}")


def dump(document: Any) -> bytes:
    """Return indented UTF-8 JSON, arrays of scalars on one line each, ending with a newline."""
    return (_dump(document, "") + "\n").encode("utf-8")


def _dump(value: Any, indent: str) -> str:
    deeper = f"{indent}  "
    if isinstance(value, dict) and value:
        rows = [f"{deeper}{json.dumps(key)}: {_dump(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        rows = [deeper + _dump(item, deeper) for item in value]
        return "[\n" + ",\n".join(rows) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
