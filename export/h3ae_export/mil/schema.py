"""The protobuf schema of Core ML files, taken from coremltools without importing it.

`import coremltools` pulls in every converter it finds (torch's, scikit-learn's, ExecuTorch's):
seconds of work and a page of warnings that reading a file does not need. Protobuf registers
messages by file, so these are the very classes that coremltools itself uses when it is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from h3ae_mobile.errors import MissingExtraError

_ALIAS = "h3ae_export.mil._coreml_schema"


@cache
def schema(module: str) -> ModuleType:
    """Return a generated module of the schema.

    Parameters
    ----------
    module : str
        Its name, `Model_pb2` or `MIL_pb2`.

    Raises
    ------
    MissingExtraError
        coremltools is not installed.
    """
    found = importlib.util.find_spec("coremltools")
    if found is None or found.origin is None:
        raise MissingExtraError("coremltools", "coreml", "reading Core ML packages")
    if _ALIAS not in sys.modules:
        # The generated modules import each other relatively: they need a package, any package.
        package = ModuleType(_ALIAS)
        package.__path__ = [str(Path(found.origin).parent / "proto")]
        sys.modules[_ALIAS] = package
    return importlib.import_module(f"{_ALIAS}.{module}")
