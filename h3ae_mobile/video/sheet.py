"""Contact sheets: what went in above what came out, for a person to judge."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.files import atomic_file
from h3ae_mobile.video.clip import check_frames
from h3ae_mobile.video.psnr import frame_psnr

_PAPER = (250, 250, 249)
_INK = (28, 28, 30)
_PALE_INK = (110, 110, 116)
_MARGIN = 20
_GAP = 6
_LINE = 24
_GUTTER = 26

# Errors of a good reconstruction are a few grey levels: invisible unless magnified.
_ERROR_GAIN = 8

Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont


def contact_sheet(
    original: npt.NDArray[np.uint8],
    reconstruction: npt.NDArray[np.uint8],
    path: Path | str,
    *,
    title: str = "",
    columns: int = 6,
    cell: int = 288,
    error_map: bool = False,
) -> Path:
    """Draw originals above reconstructions as a PNG, with frame numbers and the PSNR of each.

    Parameters
    ----------
    original, reconstruction : ndarray of shape (T, H, W, 3), uint8, RGB
    path : path-like
        Ends in .png. Written beside and moved into place.
    title : str
        For instance the model, the engine and the precision.
    columns : int
        Frames to show, spread evenly from the first to the last.
    cell : int
        Longer side of a picture in the sheet, in pixels; pictures are never enlarged.
    error_map : bool
        Add a row with the absolute error, magnified eight times.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    H3AEError
        If the clips differ in shape or the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise H3AEError(f"cannot write a contact sheet as {path.name!r}", "use .png")
    check_frames(original)
    check_frames(reconstruction)
    if original.shape != reconstruction.shape:
        raise H3AEError(
            f"the original is {original.shape} and the reconstruction {reconstruction.shape}"
        )
    psnr = frame_psnr(original, reconstruction)
    shown = np.unique(np.linspace(0, len(original) - 1, max(columns, 1)).round().astype(int))
    rows = {"original": original[shown], "reconstruction": reconstruction[shown]}
    if error_map:
        rows[f"error x{_ERROR_GAIN}"] = _magnified_error(*rows.values())
    sheet = _compose(
        rows,
        # Pillow's built-in font has no multiplication sign.
        header=title.replace("\N{MULTIPLICATION SIGN}", "x"),
        summary=_summary(psnr),
        above=[f"frame {index}" for index in shown],
        below=[_decibels(psnr[index]) for index in shown],
        cell=cell,
    )
    with atomic_file(path) as temporary:
        sheet.save(temporary, "PNG")
    return path


def _compose(
    rows: dict[str, npt.NDArray[np.uint8]],
    *,
    header: str,
    summary: str,
    above: list[str],
    below: list[str],
    cell: int,
) -> Image.Image:
    """Lay out a header, the column captions, the rows of pictures and the figures below them."""
    height, width = next(iter(rows.values())).shape[1:3]
    scale = min(1.0, cell / max(height, width))
    cell_width, cell_height = max(1, round(width * scale)), max(1, round(height * scale))
    title_font, font = ImageFont.load_default(19), ImageFont.load_default(14)

    left, top = _MARGIN + _GUTTER, _MARGIN + 2 * _LINE + _GAP
    pictures_width = len(above) * (cell_width + _GAP) - _GAP
    inner_width = round(max(pictures_width, title_font.getlength(header), font.getlength(summary)))
    pictures_bottom = top + _LINE + len(rows) * (cell_height + _GAP)
    sheet = Image.new(
        "RGB", (left + inner_width + _MARGIN, pictures_bottom + _LINE + _MARGIN), _PAPER
    )
    draw = ImageDraw.Draw(sheet)

    draw.text((left, _MARGIN), header, fill=_INK, font=title_font)
    draw.text((left, _MARGIN + _LINE + 2), summary, fill=_PALE_INK, font=font)
    for column, (caption, figure) in enumerate(zip(above, below, strict=True)):
        centre = left + column * (cell_width + _GAP) + cell_width / 2
        draw.text((centre, top + _LINE / 2), caption, fill=_PALE_INK, font=font, anchor="mm")
        draw.text((centre, pictures_bottom + _LINE / 2), figure, fill=_INK, font=font, anchor="mm")
    for row, (label, pictures) in enumerate(rows.items()):
        y = top + _LINE + row * (cell_height + _GAP)
        _paste_sideways(sheet, label, (_MARGIN, y, _GUTTER - _GAP, cell_height), font)
        for column, picture in enumerate(pictures):
            image = Image.fromarray(picture)
            if scale < 1:
                image = image.resize((cell_width, cell_height), Image.Resampling.LANCZOS)
            sheet.paste(image, (left + column * (cell_width + _GAP), y))
    return sheet


def _paste_sideways(
    sheet: Image.Image, text: str, box: tuple[int, int, int, int], font: Font
) -> None:
    """Write `text` upwards, centred in a box of (left, top, width, height)."""
    left, top, width, height = box
    strip = Image.new("RGB", (height, width), _PAPER)
    ImageDraw.Draw(strip).text(
        (height / 2, width / 2), text, fill=_PALE_INK, font=font, anchor="mm"
    )
    sheet.paste(strip.transpose(Image.Transpose.ROTATE_90), (left, top))


def _magnified_error(
    original: npt.NDArray[np.uint8], reconstruction: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    difference = np.abs(original.astype(np.int16) - reconstruction)
    return np.minimum(difference * _ERROR_GAIN, 255).astype(np.uint8)


def _summary(psnr: npt.NDArray[np.float64]) -> str:
    worst = int(psnr.argmin())
    if np.isinf(psnr[worst]):
        return "all frames identical"
    # Decibels of equal frames are infinite and would swallow the mean.
    mean = float(psnr[np.isfinite(psnr)].mean())
    return f"PSNR mean {mean:.2f} dB, worst {psnr[worst]:.2f} dB (frame {worst})"


def _decibels(value: float) -> str:
    return "identical" if np.isinf(value) else f"{value:.2f} dB"
