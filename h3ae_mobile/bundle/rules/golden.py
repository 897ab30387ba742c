"""Golden vectors have the shapes and frames of this model and video."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

from h3ae_mobile.bundle.fields import violation
from h3ae_mobile.bundle.rules.expect import expect_shape
from h3ae_mobile.bundle.tensors import ITEM_BYTES, DType

if TYPE_CHECKING:
    from h3ae_mobile.bundle.manifest import Manifest
    from h3ae_mobile.bundle.model import Golden

FLOATS: frozenset[DType] = frozenset({"float32", "float16"})
PIXELS: frozenset[DType] = FLOATS | {"uint8"}


def check_golden(manifest: Manifest) -> None:
    """Shapes, types and frame indices of the golden tensors."""
    golden = manifest.golden
    if golden is None:
        return
    latents = golden.latents.shape[0]
    expect_shape("golden.latents", golden.latents.shape, manifest.latent_shape(latents))
    expect_shape(
        "golden.frames", golden.frames.shape, manifest.frame_shape(len(golden.frame_indices))
    )
    if golden.image is not None:
        expect_shape("golden.image", golden.image.shape, manifest.frame_shape(1))
    if golden.conditioned is not None:
        if golden.image is None:
            raise violation(
                "manifest.reference", "golden.conditioned is of no image: golden.image is missing"
            )
        expect_shape("golden.conditioned", golden.conditioned.shape, golden.frames.shape)
    frames = manifest.video.law.frames(latents)
    if manifest.video.frames not in (None, frames):
        raise violation(
            "manifest.frames",
            f"golden.latents decode to {frames} frames, video.frames is {manifest.video.frames}",
        )
    _check_tensors(golden)
    _check_indices(golden.frame_indices, frames)


def _check_tensors(golden: Golden) -> None:
    for name, tensor, allowed in (
        ("latents", golden.latents, FLOATS),
        ("frames", golden.frames, PIXELS),
        ("image", golden.image, PIXELS),
        ("conditioned", golden.conditioned, PIXELS),
    ):
        if tensor is None:
            continue
        if tensor.dtype not in allowed:
            raise violation(
                "manifest.shape",
                f"golden.{name}.dtype is {tensor.dtype}, not one of {', '.join(sorted(allowed))}",
            )
        if tensor.bytes <= prod(tensor.shape) * ITEM_BYTES[tensor.dtype]:
            raise violation(
                "manifest.shape",
                f"golden.{name}.bytes {tensor.bytes} cannot hold {tensor.dtype} "
                f"{list(tensor.shape)}",
            )


def _check_indices(indices: tuple[int, ...], frames: int) -> None:
    if any(later <= earlier for earlier, later in pairwise(indices)):
        raise violation("manifest.frames", "golden.frame_indices do not ascend")
    if indices[-1] >= frames:
        raise violation(
            "manifest.frames",
            f"golden.frame_indices name frame {indices[-1]}, the latents decode to {frames}",
        )
