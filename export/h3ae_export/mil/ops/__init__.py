"""Kernels for the operations of ML programs, one family a file.

Importing the package registers them all; `registry.find` looks one up.
"""

from h3ae_export.mil.ops import (
    activation,
    attention,
    conv,
    elementwise,
    indexing,
    layout,
    linear,
    normalisation,
    pooling,
    quantisation,
    reduction,
    resampling,
    slicing,
    state,
)

__all__ = [
    "activation",
    "attention",
    "conv",
    "elementwise",
    "indexing",
    "layout",
    "linear",
    "normalisation",
    "pooling",
    "quantisation",
    "reduction",
    "resampling",
    "slicing",
    "state",
]
