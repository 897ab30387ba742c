"""The one exception that a user is meant to read."""

from __future__ import annotations


class H3AEError(Exception):
    """A failure told in one line, with a way out where there is one.

    Command line tools print it on stderr and end with `exit_code`; library users may catch it
    as the root of everything this project raises on purpose.

    Parameters
    ----------
    message : str
        What went wrong, naming the thing that is wrong.
    hint : str, optional
        What to do about it.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = " ".join(message.split())
        self.hint = " ".join(hint.split()) if hint else None

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class MissingExtraError(H3AEError):
    """An optional dependency is needed and not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed",
            f'install it with: pip install "h3ae-mobile[{extra}]"',
        )
        self.package = package
        self.extra = extra
