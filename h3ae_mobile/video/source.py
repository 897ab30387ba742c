"""Opening video files, with every way in which that fails told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.video.fit import Size

# A frame of 8192 x 8192: beyond it a header is wrong or hostile.
MAX_PIXELS = 1 << 26

# FFmpeg would draw a text file, known by its ending alone, as ANSI art.
_TEXT_ART = frozenset({"tty", "bin", "xbin", "adf", "idf"})


def require_file(path: Path) -> None:
    """Refuse a path that is missing, a directory, or no file at all."""
    if path.is_dir():
        raise H3AEError(f"{path} is a directory, not a clip", "name one file")
    if not path.exists():
        raise H3AEError(f"{path} does not exist")
    if not path.is_file():
        raise H3AEError(f"{path} is not a file")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what FFmpeg and the system raise while `path` is read into one line."""
    try:
        yield
    except PermissionError as error:
        raise H3AEError(f"{path} cannot be read: permission denied") from error
    except (FFmpegError, OSError) as error:
        reason = (error.strerror or str(error)).lower()
        raise H3AEError(
            f"{path} cannot be read as a video: {reason}", "the file may be damaged or incomplete"
        ) from error


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open the first video stream of a file.

    Raises
    ------
    H3AEError
        If the file is missing, unreadable, without a video stream, or of an absurd size.
    """
    require_file(path)
    # The prefix keeps names with a colon from being taken for a protocol; the whitelist keeps
    # playlists from reaching the network.
    with (
        reading(path),
        av.open(
            f"file:{path}", mode="r", container_options={"protocol_whitelist": "file"}
        ) as container,
    ):
        if container.format.name in _TEXT_ART:
            raise H3AEError(f"{path} is not a video")
        if not container.streams.video:
            raise H3AEError(f"{path} has no video stream")
        stream = container.streams.video[0]
        height, width = stream.codec_context.height, stream.codec_context.width
        if height * width > MAX_PIXELS:
            raise H3AEError(f"{path} has frames of {height}x{width}, more than can be decoded")
        stream.thread_type = "AUTO"
        yield container, stream


def frames_of(
    path: Path, container: InputContainer, stream: VideoStream
) -> Iterator[av.VideoFrame]:
    """Yield the decoded frames in order and refuse what the decoder had to make up.

    FFmpeg conceals damage by repeating and smearing; such frames would pass for the clip in every
    measurement made with them.
    """
    count = 0
    for packet in container.demux(stream):
        # An incomplete packet ends a truncated file: the decoder still holds frames before it.
        for frame in stream.decode(None) if packet.is_corrupt else packet.decode():
            if frame.is_corrupt:
                raise H3AEError(f"frame {count} of {path} is damaged")
            yield frame
            count += 1
        if packet.is_corrupt:
            raise _incomplete(path, count)
    # A file that was cut between two frames, or within its sound, just seems to be shorter.
    indexed = max((entry.pos + entry.size for entry in stream.index_entries), default=0)
    if indexed > path.stat().st_size:
        raise _incomplete(path, count)
    if count == 0:
        raise H3AEError(f"{path} has no frames")


def _incomplete(path: Path, count: int) -> H3AEError:
    return H3AEError(f"{path} breaks off at frame {count}", "the file is incomplete")


def frame_rate(stream: VideoStream) -> Fraction:
    """Return the frames per second, 25 where the file does not tell."""
    return stream.average_rate or stream.guessed_rate or Fraction(25)


def quarter_turns(frame: av.VideoFrame) -> int:
    """Return how often a player turns the coded frame by 90 degrees counterclockwise."""
    return round(frame.rotation / 90) % 4


def display_size(stream: VideoStream, frame: av.VideoFrame) -> Size:
    """Return the height and width at which a player shows the frame.

    Pixels that are not square are stretched to their width, and phones store upright clips lying.
    """
    width = round(frame.width * (stream.sample_aspect_ratio or 1))
    return (width, frame.height) if quarter_turns(frame) % 2 else (frame.height, width)
