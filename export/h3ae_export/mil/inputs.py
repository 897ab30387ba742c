"""Check the arrays of a call against the interface of a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from h3ae_export.mil.errors import InputError
from h3ae_export.mil.features import Feature


def check_inputs(inputs: Mapping[str, npt.NDArray[Any]], features: Mapping[str, Feature]) -> None:
    """Refuse what a function cannot take.

    Floating point arrays of any width are taken for floating point inputs, integers of any width
    for integer inputs, and both for images.

    Parameters
    ----------
    inputs : mapping of str to numpy.ndarray
        The arrays of the call.
    features : mapping of str to Feature
        What the function declares.

    Raises
    ------
    InputError
        An input is missing, unknown or of the wrong shape or type.
    """
    for problem, names in (
        ("missing", features.keys() - inputs.keys()),
        ("unknown", inputs.keys() - features.keys()),
    ):
        if names:
            raise InputError(
                f"{problem} input: {', '.join(sorted(names))}",
                f"the function takes: {', '.join(features) or 'none'}",
            )
    for name, feature in features.items():
        array = np.asarray(inputs[name])
        # A file may leave the shape of an array open.
        if feature.shape and array.shape != feature.shape:
            raise InputError(
                f"the input {name!r} has the shape {array.shape}, {feature.shape} is declared"
            )
        allowed = "iuf" if feature.is_image else "f" if feature.dtype.kind == "f" else "iu"
        if array.dtype.kind not in allowed:
            raise InputError(
                f"the input {name!r} holds {array.dtype} elements, {feature.dtype} is declared"
            )
