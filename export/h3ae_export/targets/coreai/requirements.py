"""Whether Apple's packages can be had on this machine, and are."""

from __future__ import annotations

import importlib.util
import platform
import sys

from h3ae_mobile.errors import MissingExtraError

_MACHINES = {("Darwin", "arm64"), ("Linux", "x86_64")}
_OLDEST_PYTHON = (3, 11)


def require_coreai() -> None:
    """Refuse to go on without the converter.

    Raises
    ------
    MissingExtraError
        It is not installed, or there is none for this Python or this machine.
    """
    if importlib.util.find_spec("coreai_torch") is not None:
        return
    error = MissingExtraError("coreai-torch", "coreai", "exporting to Core AI")
    if sys.version_info < _OLDEST_PYTHON:
        error.hint = "it exists for Python 3.11 and later only"
    elif (platform.system(), platform.machine()) not in _MACHINES:
        error.hint = "it exists for x86-64 Linux and for Macs with Apple silicon only"
    raise error
