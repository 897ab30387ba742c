"""The exception of a report, with codes that Swift and Kotlin share."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic_core import PydanticCustomError

from h3ae_mobile.bundle.errors import printable
from h3ae_mobile.errors import H3AEError

Code = Literal[
    "report.missing",
    "report.size",
    "report.encoding",
    "report.json",
    "report.version",
    "report.schema",
    "report.consistency",
]
CODES: tuple[Code, ...] = get_args(Code)


class ReportError(H3AEError):
    """A report that cannot be believed, told in one line that names the field.

    Parameters
    ----------
    code : str
        One of `CODES`: stable, for programs.
    message, hint : str
        For people; see `H3AEError`.
    """

    # A gate that could not judge is told from one that said no.
    exit_code = 2

    def __init__(self, code: Code, message: str, hint: str | None = None) -> None:
        super().__init__(printable(message), hint)
        self.code: Code = code


def inconsistent(message: str) -> PydanticCustomError:
    """Return the error of a figure that contradicts another, for use inside validators."""
    return PydanticCustomError("report.consistency", "{reason}", {"reason": message})
