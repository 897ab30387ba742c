"""coremltools, imported late and kept quiet."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import platform
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partialmethod
from typing import Any
from unittest.mock import patch

from h3ae_mobile.errors import MissingExtraError

_MACHINES = {("Darwin", "arm64"), ("Darwin", "x86_64"), ("Linux", "x86_64")}
# The second complains of torchao, which coremltools imports where it finds it.
_TALKATIVE = ("coremltools", "torch.utils._pytree")


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
    if (platform.system(), platform.machine()) not in _MACHINES:
        error.hint = "it exists for macOS and x86-64 Linux only"
    raise error


@contextmanager
def coremltools() -> Iterator[Any]:
    """Import coremltools and keep it quiet: no bars, no warnings of every newer library."""
    bars = importlib.import_module("tqdm").tqdm  # coremltools brings it, without types

    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    # coremltools offers no switch for its bars.
    no_bars = patch.object(bars, "__init__", partialmethod(bars.__init__, disable=True))
    try:
        with no_bars, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import coremltools as ct

            yield ct
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
