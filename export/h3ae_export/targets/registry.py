"""The targets by name, each imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from h3ae_export.targets.base import Target
from h3ae_mobile.errors import H3AEError

# Name to module and class.
TARGETS: dict[str, tuple[str, str]] = {
    "coreml": ("h3ae_export.targets.coreml", "CoreMLTarget"),
    "coreai": ("h3ae_export.targets.coreai", "CoreAITarget"),
    "executorch": ("h3ae_export.targets.executorch", "ExecuTorchTarget"),
    "onnx": ("h3ae_export.targets.onnx", "OnnxTarget"),
}


def get_target(name: str) -> Target:
    """Return the target called `name`.

    Raises
    ------
    H3AEError
        If there is none; the message lists those there are.
    """
    if name not in TARGETS:
        raise H3AEError(f"there is no target {name!r}", f"choose of {', '.join(TARGETS)}")
    module, factory = TARGETS[name]
    return cast(Target, getattr(import_module(module), factory)())
