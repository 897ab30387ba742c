"""Names for results that change with whatever the results depend on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def identify(path: Path) -> list[Any]:
    """Return what tells a file from others and from its own later versions: path, size, time.

    Of a file that is not there (a dangling link, for instance) only the path is known.
    """
    try:
        stat = path.stat()
    except OSError:
        return [str(path.resolve())]
    return [str(path.resolve()), stat.st_size, stat.st_mtime_ns]


def fingerprint(*parts: Any) -> str:
    """Return 16 hexadecimal digits of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
