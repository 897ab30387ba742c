"""The one exception of this package, with codes that Swift and Kotlin share."""

from __future__ import annotations

from typing import Literal, get_args

from h3ae_mobile.errors import H3AEError

Code = Literal[
    "bundle.missing",
    "bundle.not_a_directory",
    "bundle.name",
    "bundle.exists",
    "bundle.unverified",
    "bundle.unfinished",
    "manifest.missing",
    "manifest.size",
    "manifest.encoding",
    "manifest.json",
    "manifest.version",
    "manifest.schema",
    "manifest.reference",
    "manifest.shape",
    "manifest.frames",
    "manifest.parity",
    "path.escape",
    "path.duplicate",
    "path.symlink",
    "artifact.unknown",
    "artifact.missing",
    "artifact.size",
    "artifact.hash",
    "golden.missing",
    "golden.size",
    "golden.hash",
    "golden.format",
    "archive.format",
    "archive.unsafe",
    "archive.size",
]
CODES: tuple[Code, ...] = get_args(Code)

MAX_LINE = 300


class BundleError(H3AEError):
    """A bundle that cannot be trusted or written, told in one line.

    Parameters
    ----------
    code : str
        One of `CODES`: stable, for programs, and equal in the three languages.
    message, hint : str
        For people; see `H3AEError`.
    """

    def __init__(self, code: Code, message: str, hint: str | None = None) -> None:
        super().__init__(printable(message), hint)
        self.code: Code = code


def printable(text: str, limit: int = MAX_LINE) -> str:
    """Return `text` as one bounded line: a hostile file must not write to somebody's terminal."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean if len(clean) <= limit else f"{clean[: limit - 3]}..."
