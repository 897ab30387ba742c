"""The interface of a model as an app sees it: named arrays and images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np


class Colour(Enum):
    """Order of the channels of an image feature's tensor."""

    RGB = "RGB"
    BGR = "BGR"
    GREY = "GRAYSCALE"
    GREY_FP16 = "GRAYSCALE_FLOAT16"


@dataclass(frozen=True)
class Feature:
    """One input, output or state.

    Parameters
    ----------
    name : str
        Its name.
    dtype : numpy.dtype
        Element type of the array that an app exchanges.
    shape : tuple of int
        Shape of that array; (H, W, 3) or (H, W) for an image. Empty where the file leaves it open.
    colour : Colour, optional
        Set if it is an image, which Core ML hands over as a pixel buffer.
    """

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    colour: Colour | None = None

    @property
    def is_image(self) -> bool:
        """Whether it is exchanged as a pixel buffer."""
        return self.colour is not None


_ARRAY_DTYPES = {
    "FLOAT16": np.float16,
    "FLOAT32": np.float32,
    "DOUBLE": np.float64,
    "INT8": np.int8,
    "INT32": np.int32,
}


def read_features(descriptions: Iterable[Any]) -> dict[str, Feature]:
    """Read the features of a model or function description.

    Parameters
    ----------
    descriptions : iterable of FeatureDescription
        Messages of Core ML's `Model.proto`.

    Returns
    -------
    dict of str to Feature
        By name, in the order of the file.

    Raises
    ------
    ValueError
        A feature is neither an array nor an image.
    """
    features = (_read_feature(description) for description in descriptions)
    return {feature.name: feature for feature in features}


def _read_feature(description: Any) -> Feature:
    kind = description.type.WhichOneof("Type")
    if kind == "imageType":
        return _read_image(description.name, description.type.imageType)
    if kind == "multiArrayType":
        array = description.type.multiArrayType
    elif kind == "stateType":
        array = description.type.stateType.arrayType
    else:
        raise ValueError(f"the feature {description.name!r} is neither an array nor an image")
    dtype = array.ArrayDataType.Name(array.dataType)
    if dtype not in _ARRAY_DTYPES:
        raise ValueError(f"the feature {description.name!r} has the unknown type {dtype}")
    return Feature(description.name, np.dtype(_ARRAY_DTYPES[dtype]), tuple(array.shape))


def _read_image(name: str, image: Any) -> Feature:
    colour = Colour(image.ColorSpace.Name(image.colorSpace))
    size = (image.height, image.width)
    dtype = np.dtype(np.float16 if colour is Colour.GREY_FP16 else np.uint8)
    grey = colour in (Colour.GREY, Colour.GREY_FP16)
    return Feature(name, dtype, size if grey else (*size, 3), colour)
