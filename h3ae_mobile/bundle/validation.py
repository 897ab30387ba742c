"""What every versioned JSON document of this project says when it is wrong."""

from __future__ import annotations

from pydantic import ValidationError


def parse_version(text: str) -> tuple[int, int] | None:
    """Return major and minor of ``"1.0"``, or None for anything else (``"01.0"``, ``"1.0.0"``)."""
    major, dot, minor = text.partition(".")
    if not (dot and _is_number(major) and _is_number(minor)):
        return None
    return int(major), int(minor)


def first_problem(error: ValidationError) -> tuple[str, str]:
    """Return the type of the first problem, and one line: its field, what it is, how many more."""
    first, *others = error.errors(include_url=False, include_input=False, include_context=False)
    where, message = dotted(first["loc"]), first["msg"]
    # Our own rules (`violation`) name their fields and are written as they shall be read.
    if "." not in first["type"]:
        message = message[:1].lower() + message[1:]
    more = f" (and {len(others)} more)" if others else ""
    return first["type"], f"{where}{': ' if where else ''}{message}{more}"


def dotted(location: tuple[int | str, ...]) -> str:
    """Return ``graphs.decoder_next.inputs[0].shape`` for pydantic's location."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text if len(text) <= 120 else f"{text[:117]}..."


def _is_number(text: str) -> bool:
    return (
        text.isascii() and text.isdecimal() and len(text) <= 4 and (text == "0" or text[0] != "0")
    )
