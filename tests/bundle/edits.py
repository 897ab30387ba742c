"""Edit a JSON document by dotted paths."""

from __future__ import annotations

from typing import Any

DROP = object()


def edit(document: Any, changes: dict[str, Any]) -> Any:
    """Set every path, such as ``"artifacts.0.file"``, to its value, or remove it for `DROP`."""
    for path, value in changes.items():
        *parents, last = path.split(".")
        node = document
        for part in parents:
            node = node[int(part) if isinstance(node, list) else part]
        key = int(last) if isinstance(node, list) else last
        if value is DROP:
            del node[key]
        else:
            node[key] = value
    return document
