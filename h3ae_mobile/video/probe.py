"""What a file says of its clip."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from h3ae_mobile.video.colour import Colour
from h3ae_mobile.video.fit import Size
from h3ae_mobile.video.images import is_image, open_image, upright_size
from h3ae_mobile.video.source import display_size, frame_rate, frames_of, open_video


@dataclass(frozen=True)
class VideoInfo:
    """A clip as it is meant to be seen.

    Parameters
    ----------
    height, width : int
        Pixels after rotation, with square pixels.
    fps : Fraction
        Frames per second; 1 for an image.
    frames : int, optional
        Frames the file declares; not every container does.
    codec : str
        FFmpeg's or Pillow's name.
    colour : Colour
    rotation : int
        Degrees counterclockwise by which a player turns the coded picture.
    """

    height: int
    width: int
    fps: Fraction
    frames: int | None
    codec: str
    colour: Colour
    rotation: int = 0

    @property
    def size(self) -> Size:
        """Height and width."""
        return self.height, self.width


def probe(path: Path | str) -> VideoInfo:
    """Describe a clip or an image by its header and first frame.

    Raises
    ------
    H3AEError
        If the file is missing, unreadable or without a picture.
    """
    path = Path(path)
    return _probe_image(path) if is_image(path) else _probe_video(path)


def _probe_image(path: Path) -> VideoInfo:
    with open_image(path) as image:
        height, width = upright_size(image)
        codec = (image.format or "").lower()
    return VideoInfo(height, width, Fraction(1), 1, codec, Colour("rgb", full_range=True))


def _probe_video(path: Path) -> VideoInfo:
    with open_video(path) as (container, stream):
        # The first frame knows more than the header: tags inside the stream, and the rotation.
        first = next(frames_of(path, container, stream))
        height, width = display_size(stream, first)
        return VideoInfo(
            height=height,
            width=width,
            fps=frame_rate(stream),
            frames=stream.frames or None,
            codec=stream.codec_context.name,
            colour=Colour.read(first, first.format, first.height),
            rotation=first.rotation,
        )
