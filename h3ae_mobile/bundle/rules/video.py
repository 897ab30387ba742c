"""The video format and the memory table agree with the model and its graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h3ae_mobile.bundle.fields import violation

if TYPE_CHECKING:
    from h3ae_mobile.bundle.manifest import Manifest


def check_video(manifest: Manifest) -> None:
    """Frame law and size follow from the model's compression."""
    video = manifest.video
    time, down, across = manifest.model.compression
    if video.frame_law.temporal != time:
        raise violation(
            "manifest.frames",
            f"video.frame_law.temporal is {video.frame_law.temporal}, the model compresses by "
            f"{time}",
        )
    for name, length, factor in (("height", video.height, down), ("width", video.width, across)):
        if length % factor:
            raise violation("manifest.shape", f"video.{name} {length} is not divisible by {factor}")


def check_memory(manifest: Manifest) -> None:
    """Refuse memory figures of graphs that do not exist."""
    stages = manifest.memory.stages if manifest.memory is not None else ()
    for name in stages:
        if name not in manifest.graphs:
            raise violation("manifest.reference", f"memory.stages: no graph {name!r}")
