"""Progress on stderr."""

from __future__ import annotations

from rich.markup import escape

from h3ae_mobile import commandline as cl


def follow(line: str) -> None:
    """Tell what begins now; names of bundles and devices are text, whatever brackets they hold."""
    cl.follow(escape(line))
