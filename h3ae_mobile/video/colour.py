"""What the numbers of a video frame mean, and how they become RGB.

Nearly every wrong colour in a video pipeline is a matrix or a range that was assumed. Here both
come from the file; where the file is silent they follow the convention that players use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import av
import numpy as np
import numpy.typing as npt
from av.video.format import VideoFormat
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

Matrix = Literal["rgb", "bt601", "bt709", "bt2020", "smpte240m", "fcc"]
Transfer = Literal["sdr", "pq", "hlg"]

# Numbers of ITU-T H.273, which FFmpeg uses for its tags.
_H273_MATRIX: dict[int, Matrix] = {
    0: "rgb",
    1: "bt709",
    4: "fcc",
    5: "bt601",
    6: "bt601",
    7: "smpte240m",
    9: "bt2020",
    10: "bt2020",
}
_H273_TRANSFER: dict[int, Transfer] = {16: "pq", 18: "hlg"}
_BT709 = 1

# libswscale's own numbers for the same matrices.
_SWSCALE: dict[Matrix, int] = {
    "rgb": Colorspace.DEFAULT,
    "bt601": Colorspace.ITU601,
    "bt709": Colorspace.ITU709,
    "bt2020": 9,  # SWS_CS_BT2020, which PyAV 17 does not name
    "smpte240m": Colorspace.SMPTE240M,
    "fcc": Colorspace.FCC,
}

# libswscale's flags, by number as PyAV 17 does not name them: SWS_BICUBIC, SWS_ACCURATE_RND,
# SWS_FULL_CHR_H_INT and SWS_BITEXACT. Exact rounding and full chroma keep a flat colour within one
# step of its definition; bit-exact code gives the same frames on every processor.
_SCALER = 0x4 | 0x40000 | 0x2000 | 0x80000

# From this height on an untagged file counts as BT.709, below as BT.601.
_HD_HEIGHT = 720


class _Tagged(Protocol):
    """Anything with FFmpeg's colour tags: a frame or a codec context."""

    @property
    def colorspace(self) -> int: ...
    @property
    def color_range(self) -> int: ...
    @property
    def color_trc(self) -> int: ...


@dataclass(frozen=True)
class Colour:
    """The colour encoding of a source.

    Parameters
    ----------
    matrix : str
        RGB to YCbCr matrix; `rgb` for sources that hold RGB.
    full_range : bool
        Whether black and white are 0 and 255 rather than 16 and 235.
    transfer : str
        `sdr`, or the HDR curves `pq` and `hlg`.
    assumed : bool
        Whether the matrix is a convention, as the file does not tell.
    """

    matrix: Matrix
    full_range: bool
    transfer: Transfer = "sdr"
    assumed: bool = False

    @staticmethod
    def read(source: _Tagged, pixel_format: VideoFormat | None, height: int) -> Colour:
        """Read the tags of a frame or a codec context whose pictures are `height` pixels high."""
        name = pixel_format.name if pixel_format else ""
        transfer = _H273_TRANSFER.get(source.color_trc, "sdr")
        if pixel_format and (pixel_format.is_rgb or pixel_format.has_palette):
            return Colour("rgb", full_range=True, transfer=transfer)
        full = source.color_range == ColorRange.JPEG or name.startswith("yuvj")
        matrix = _H273_MATRIX.get(source.colorspace, "rgb")
        if matrix == "rgb":
            guess: Matrix = "bt709" if height >= _HD_HEIGHT else "bt601"
            return Colour(guess, full_range=full, transfer=transfer, assumed=True)
        return Colour(matrix, full_range=full, transfer=transfer)


class RGBConverter:
    """Turns decoded frames into RGB arrays, scaling on the way.

    HDR sources are brought to BT.709 with diffuse white at full white; what is brighter clips.
    PyAV 17, the last for Python 3.10, leaves their curve as it is, and they look dull.
    One converter serves one stream, for libswscale keeps its tables between frames.
    """

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def __call__(self, frame: av.VideoFrame, height: int, width: int) -> npt.NDArray[np.uint8]:
        """Return `frame` as an RGB array of shape (height, width, 3)."""
        colour = Colour.read(frame, frame.format, frame.height)
        matrix = _SWSCALE[colour.matrix]
        hdr: dict[str, Any] = {}
        if colour.transfer != "sdr":
            hdr = {"dst_color_trc": _BT709, "dst_color_primaries": _BT709}
        rgb = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format="rgb24",
            src_colorspace=matrix,
            dst_colorspace=matrix,
            src_color_range=ColorRange.JPEG if colour.full_range else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=_SCALER,
            **hdr,
        )
        array: npt.NDArray[np.uint8] = np.asarray(rgb.to_ndarray(), dtype=np.uint8)
        return array


class BT709Converter:
    """Turns RGB arrays into yuv420p frames with BT.709 matrix and limited range, and tags them."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def __call__(self, rgb: npt.NDArray[np.uint8]) -> av.VideoFrame:
        """Return the array of shape (H, W, 3), both even, as a frame for an encoder."""
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24"),
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=_SCALER,
        )
        tag_bt709(frame)
        return frame


def tag_bt709(target: Any) -> None:
    """Write BT.709, limited range, on a frame or a codec context."""
    target.colorspace = _BT709
    target.color_range = int(ColorRange.MPEG)
    target.color_primaries = _BT709
    target.color_trc = _BT709
