"""coremltools, imported late and kept quiet."""

from __future__ import annotations

import importlib.util
import io
import logging
import platform
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Any

from h3ae_mobile.errors import MissingExtraError


# The second complains of torchao, which coremltools imports where it finds it.
_TALKATIVE = ("coremltools", "torch.utils._pytree")
_WHEELS = {("Darwin", "arm64"), ("Darwin", "x86_64"), ("Linux", "x86_64")}


def require_coremltools() -> None:
    """Refuse to go on without coremltools.

    Raises
    ------
    MissingExtraError
        It is not installed, or there is none for this machine.
    """
    if importlib.util.find_spec("coremltools") is not None:
        return
    error = MissingExtraError("coremltools", "coreml", "exporting to Core ML")
    if (platform.system(), platform.machine()) not in _WHEELS:
        error.hint = "it exists for macOS and x86-64 Linux only"
    raise error


@contextmanager
def coremltools() -> Iterator[Any]:
    """Import coremltools and keep it quiet: it warns of every library newer than itself.

    Its progress bars and warnings, all of them on stderr, are dropped; errors are exceptions.
    """
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with redirect_stderr(io.StringIO()):
            import coremltools as ct

            yield ct
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
