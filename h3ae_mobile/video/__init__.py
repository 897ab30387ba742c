"""Clips: read from any file, written as H.264, laid side by side, or made up from nothing."""

from h3ae_mobile.video.clip import VideoClip, from_tensor, quantise, to_tensor
from h3ae_mobile.video.colour import Colour
from h3ae_mobile.video.fit import Fit, Size, largest_multiple
from h3ae_mobile.video.images import write_image
from h3ae_mobile.video.probe import VideoInfo, probe
from h3ae_mobile.video.read import iter_frames, read_at_most, read_clip
from h3ae_mobile.video.sheet import contact_sheet
from h3ae_mobile.video.synthetic import synthetic_clip, synthetic_frames
from h3ae_mobile.video.write import write_clip

__all__ = [
    "Colour",
    "Fit",
    "Size",
    "VideoClip",
    "VideoInfo",
    "contact_sheet",
    "from_tensor",
    "iter_frames",
    "largest_multiple",
    "probe",
    "quantise",
    "read_at_most",
    "read_clip",
    "synthetic_clip",
    "synthetic_frames",
    "to_tensor",
    "write_clip",
    "write_image",
]
