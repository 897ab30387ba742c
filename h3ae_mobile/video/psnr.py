"""Peak signal-to-noise ratio of 8-bit frames."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def frame_psnr(
    original: npt.NDArray[np.uint8], reconstruction: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float64]:
    """Return the PSNR of each frame in dB, infinite where two frames are equal.

    Parameters
    ----------
    original, reconstruction : ndarray of shape (T, H, W, 3), uint8

    Returns
    -------
    ndarray of shape (T,), float64
    """
    # Frame by frame: a whole clip in wide integers would take eight times its memory.
    errors = [
        np.square(a.astype(np.int32) - b).mean()
        for a, b in zip(original, reconstruction, strict=True)
    ]
    with np.errstate(divide="ignore"):
        return 10 * np.log10(255.0**2 / np.asarray(errors, dtype=np.float64))
