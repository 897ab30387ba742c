"""Golden vectors: real latents and what the reference makes of them.

Each tensor is a safetensors file of its own: eight bytes of little-endian header length, a JSON
header ``{"name": {"dtype": "F16", "shape": [...], "data_offsets": [0, n]}}``, then the numbers,
row-major and little-endian. A phone reads that without a library.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log10
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from h3ae_mobile.bundle.artifacts import EQUAL_DB
from h3ae_mobile.bundle.bundle import Bundle
from h3ae_mobile.bundle.errors import BundleError
from h3ae_mobile.bundle.integrity import digest
from h3ae_mobile.bundle.manifest import build
from h3ae_mobile.bundle.model import GoldenTensor, Tolerance

# Peak to peak of video in [-1, 1].
PEAK = 2.0


@dataclass(frozen=True)
class GoldenVectors:
    """Golden tensors in memory.

    Attributes
    ----------
    latents : ndarray
        ``[T', Z, H', W']``, normalised.
    frames : ndarray
        ``[n, 3, H, W]`` float32 in [-1, 1].
    frame_indices : tuple of int
        Which frames of the clip those are.
    image : ndarray, optional
        ``[1, 3, H, W]`` float32 in [-1, 1].
    conditioned : ndarray, optional
        As `frames`, decoded with the features of `image`.
    """

    latents: NDArray[np.float32]
    frames: NDArray[np.float32]
    frame_indices: tuple[int, ...]
    image: NDArray[np.float32] | None = None
    conditioned: NDArray[np.float32] | None = None

    @property
    def first_frame(self) -> GoldenVectors | None:
        """What a decode with the first frame is compared with; None where nobody knows."""
        return None if self.conditioned is None else replace(self, frames=self.conditioned)


@dataclass(frozen=True)
class GoldenResult:
    """Outcome of `compare`.

    Attributes
    ----------
    max_abs : float
        Largest absolute difference.
    psnr_db : float
        Of the worst frame, for a peak-to-peak range of 2; 200 for equal frames.
    finite : bool
        Whether there is neither NaN nor infinity; if there is, the other two are 2 and -200.
    """

    max_abs: float
    psnr_db: float
    finite: bool = True

    def within(self, tolerance: Tolerance) -> bool:
        """Whether the decode may be trusted."""
        return (
            self.finite and self.max_abs <= tolerance.max_abs and self.psnr_db >= tolerance.psnr_db
        )


def load_golden(bundle: Bundle) -> GoldenVectors:
    """Read the golden vectors of a bundle.

    Raises
    ------
    BundleError
        With code ``golden.missing`` if it has none, ``golden.format`` if a file is not what the
        manifest says.
    """
    golden = bundle.manifest.golden
    if golden is None:
        raise BundleError("golden.missing", f"{bundle.manifest.name} holds no golden vectors")

    def pixels(record: GoldenTensor | None) -> NDArray[np.float32] | None:
        return None if record is None else to_signed(_read(bundle, record))

    return GoldenVectors(
        latents=_read(bundle, golden.latents).astype(np.float32),
        frames=to_signed(_read(bundle, golden.frames)),
        frame_indices=golden.frame_indices,
        image=pixels(golden.image),
        conditioned=pixels(golden.conditioned),
    )


def compare(frames: NDArray[np.generic], golden: GoldenVectors) -> GoldenResult:
    """Compare a decoded clip with the golden frames.

    Parameters
    ----------
    frames : ndarray
        ``[T, 3, H, W]``, all frames of the decode: floats in [-1, 1] or uint8.
    golden : GoldenVectors
        What they ought to be.

    Raises
    ------
    BundleError
        With code ``golden.format`` if the clip has another size or too few frames.
    """
    expected = golden.frames
    if frames.shape[1:] != expected.shape[1:] or len(frames) <= golden.frame_indices[-1]:
        raise BundleError(
            "golden.format",
            f"frames of shape {list(frames.shape)} cannot be compared with golden frames "
            f"{list(golden.frame_indices)} of shape {list(expected.shape)}",
        )
    chosen = to_signed(frames[list(golden.frame_indices)])
    if not np.isfinite(chosen).all():
        return GoldenResult(max_abs=PEAK, psnr_db=-EQUAL_DB, finite=False)
    difference = chosen.astype(np.float64) - expected
    worst = float(np.square(difference).mean(axis=(1, 2, 3)).max())
    psnr = EQUAL_DB if worst == 0 else min(EQUAL_DB, 10 * log10(PEAK**2 / worst))
    return GoldenResult(max_abs=float(np.abs(difference).max()), psnr_db=psnr)


def write_tensor(
    folder: Path, name: str, array: NDArray[np.generic], suffix: str = ""
) -> GoldenTensor:
    """Write `array` as ``golden/NAME{suffix}.safetensors`` of a bundle and return its record."""
    path = folder / f"{name}{suffix}.safetensors"
    path.write_bytes(save({name: np.ascontiguousarray(array)}))
    stored = digest(path)
    return build(
        GoldenTensor,
        file=f"golden/{path.name}",
        tensor=name,
        dtype=array.dtype.name,
        shape=array.shape,
        bytes=stored.bytes,
        sha256=stored.sha256,
    )


def to_signed(pixels: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return frames in [-1, 1] as float32; uint8 maps by 2 x / 255 - 1."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
    return pixels.astype(np.float32)


def _read(bundle: Bundle, record: GoldenTensor) -> NDArray[np.generic]:
    path = bundle.path(record)
    try:
        tensors = load(path.read_bytes())
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise BundleError("golden.format", f"cannot read {record.file}: {error}") from None
    array = tensors.get(record.tensor)
    if array is None or array.dtype.name != record.dtype or array.shape != record.shape:
        raise BundleError(
            "golden.format",
            f"{record.file} does not hold {record.tensor!r} as {record.dtype} {list(record.shape)}",
        )
    return array
