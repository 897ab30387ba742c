"""Images: between the tensors of a program and the pixel buffers that an app exchanges.

Core ML takes channel values of 0 to 255 for an image output and stores bytes. How it rounds is not
documented; here values are clamped and rounded to the nearest byte, ties to even, so a comparison
with a device should allow one level.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from h3ae_export.mil.features import Colour, Feature


def pixels_to_tensor(pixels: npt.NDArray[np.generic], feature: Feature) -> Tensor:
    """Return the tensor that a program sees for an image.

    Parameters
    ----------
    pixels : numpy.ndarray
        Shape (H, W, 3) in RGB order or (H, W), values 0 to 255.
    feature : Feature
        The image feature.

    Returns
    -------
    torch.Tensor
        Shape (1, 3, H, W) or (1, 1, H, W), float32, channels in the feature's order.
    """
    image = torch.from_numpy(pixels.astype(np.float32))
    if image.ndim == 2:
        return image[None, None]
    image = image.permute(2, 0, 1)
    return (image.flip(0) if feature.colour is Colour.BGR else image)[None]


def tensor_to_values(tensor: Tensor, feature: Feature) -> npt.NDArray[np.float32]:
    """Return what a program computed for an image, before it becomes bytes.

    Parameters
    ----------
    tensor : torch.Tensor
        Shape (1, 3, H, W) or (1, 1, H, W), channels in the feature's order.
    feature : Feature
        The image feature.

    Returns
    -------
    numpy.ndarray
        Shape (H, W, 3) in RGB order or (H, W), float32, neither rounded nor clamped.
    """
    image = tensor.reshape(tensor.shape[-3:])
    image = image.flip(0) if feature.colour is Colour.BGR else image
    image = image.permute(1, 2, 0) if image.shape[0] == 3 else image[0]
    values: npt.NDArray[np.float32] = image.float().contiguous().numpy().copy()
    return values


def values_to_pixels(
    values: npt.NDArray[np.float32], feature: Feature
) -> npt.NDArray[np.uint8] | npt.NDArray[np.float16]:
    """Return the pixel buffer of an image: bytes, or float16 for that one colour space."""
    if feature.colour is Colour.GREY_FP16:
        return values.astype(np.float16)
    # NaN has no byte; Core ML's conversion saturates it to black.
    return np.clip(np.nan_to_num(values, nan=0.0), 0, 255).round().astype(np.uint8)
