"""Several packages as functions of one, with equal weights stored once (iOS 18)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from h3ae_export.targets.coreml.tools import coremltools
from h3ae_mobile.errors import H3AEError


def merge(packages: Mapping[str, Path], path: Path) -> None:
    """Merge packages of one function each.

    Parameters
    ----------
    packages : mapping of str to Path
        Packages by the names that their functions are to get; the first becomes the default.
    path : Path
        The package to write.

    Raises
    ------
    H3AEError
        coremltools failed.
    """
    with coremltools() as ct:
        try:
            functions = ct.utils.MultiFunctionDescriptor()
            for name, package in packages.items():
                functions.add_function(str(package), "main", name)
            functions.default_function_name = next(iter(packages))
            ct.utils.save_multifunction(functions, str(path))
        except Exception as error:  # as for a conversion
            raise H3AEError(f"coremltools cannot merge {path.name}: {error}") from error
