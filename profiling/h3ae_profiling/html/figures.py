"""Figures on the page, each tied to its place in the page's own JSON.

The page embeds one JSON document. Whatever number a reader sees was looked up there by a pointer
(RFC 6901), which stays on the element as `data-at`: nothing on the page is computed beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from h3ae_profiling.units import megabytes, seconds

Json = Any


def _percent(value: float) -> str:
    return f"{value * 100:.0f} %"


FORMATS: Mapping[str, Callable[[Any], str]] = {
    "seconds": seconds,
    "memory": megabytes,
    "rate": lambda value: f"{value:.1f}",
    "decibels": lambda value: f"{value:.1f} dB",
    "ratio": lambda value: f"{value:.3f}",
    "percent": _percent,
    "small": lambda value: f"{value:.2g}",
    "count": lambda value: f"{value:,}".replace(",", "\u202f"),
    "giga": lambda value: f"{value / 1e9:.2f}",
    "text": str,
}


def resolve(document: Json, pointer: str) -> Any:
    """Return what a JSON pointer names; None where a parent is null."""
    value = document
    for part in pointer.split("/")[1:]:
        if value is None:
            return None
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


class Figures:
    """Looks figures up in one document.

    Parameters
    ----------
    document : dict
        What the page embeds.
    """

    def __init__(self, document: Json) -> None:
        self.document = document

    def text(self, pointer: str, style: str) -> str:
        """Return a figure as text; a dash where there is none."""
        value = resolve(self.document, pointer)
        return "\u2013" if value is None else FORMATS[style](value)

    def __call__(self, pointer: str, style: str = "text") -> Markup:
        """Return a figure as a `data` element."""
        value = resolve(self.document, pointer)
        if value is None:
            return Markup('<span class="none">\u2013</span>')
        return Markup('<data value="{}" data-at="{}" data-as="{}">{}</data>').format(
            value, pointer, style, FORMATS[style](value)
        )

    def cell(self, pointer: str, style: str = "text") -> Markup:
        """Return a figure as a table cell that sorts by its value."""
        value = resolve(self.document, pointer)
        kind = "text" if style == "text" else "number"
        key = "" if value is None else value
        return Markup('<td class="{}" data-key="{}">{}</td>').format(
            kind, key, self(pointer, style)
        )
