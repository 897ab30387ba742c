"""How quantities are read from flags and written for people."""

from __future__ import annotations

import re

from h3ae_mobile.errors import H3AEError

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_UNITS |= {"kib": 2**10, "mib": 2**20, "gib": 2**30}


def parse_bytes(flag: str, text: str) -> int:
    """Read ``900MB``, ``1.5GiB`` or a plain number of bytes.

    Raises
    ------
    H3AEError
        If it is something else.
    """
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([a-zA-Z]*)", text.strip())
    unit = None if match is None else _UNITS.get(match[2].lower())
    if match is None or unit is None:
        raise H3AEError(f"{flag} {text!r} is no amount of memory", "for instance 900MB or 1.5GiB")
    return round(float(match[1]) * unit)


def seconds(value: float) -> str:
    """Return a duration in the unit that suits it, to about three digits."""
    if value < 1e-3:
        return f"{value * 1e6:.3g} µs"
    if value < 1:
        return f"{value * 1e3:.3g} ms"
    if value < 10:
        return f"{value:.2f} s"
    if value < 120:
        return f"{value:.1f} s"
    return f"{value / 60:.1f} min"


def megabytes(value: float) -> str:
    """Return an amount of memory in MB, or GB from ten thousand on."""
    return f"{value / 1e9:.2f} GB" if value >= 1e10 else f"{value / 1e6:.0f} MB"
