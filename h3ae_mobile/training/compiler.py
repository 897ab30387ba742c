"""Whether `compile = true` can work here: on a CPU it ends in a C++ compiler."""

from __future__ import annotations

import os
import shutil
import sys

from h3ae_mobile.errors import H3AEError


def check_compiler() -> None:
    """Look for the compiler that torch would call.

    Raises
    ------
    H3AEError
        If there is none.
    """
    name = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")
    if shutil.which(name) is None:
        raise H3AEError(
            f"compile = true needs the C++ compiler {name}, which is not there",
            "install it, name another in $CXX, or set compile = false",
        )
