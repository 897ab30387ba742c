"""Further sizes differ from one another, and each is run as the bundle's own size is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pydantic_core import PydanticCustomError

from h3ae_mobile.bundle.errors import Code
from h3ae_mobile.bundle.fields import violation
from h3ae_mobile.bundle.rules.golden import check_golden
from h3ae_mobile.bundle.rules.schedule import check_schedule
from h3ae_mobile.bundle.rules.video import check_video

if TYPE_CHECKING:
    from h3ae_mobile.bundle.manifest import Manifest


def check_sizes(manifest: Manifest) -> None:
    """No size comes twice; the rules of video, schedule and golden vectors hold for every one."""
    known = {(manifest.video.height, manifest.video.width)}
    for index, size in enumerate(manifest.sizes):
        if (size.height, size.width) in known:
            raise violation(
                "manifest.reference", f"sizes[{index}] repeats {size.height}x{size.width}"
            )
        known.add((size.height, size.width))
        view = manifest.at(size.height, size.width)
        try:
            check_video(view)
            check_schedule(view)
            check_golden(view)
        except PydanticCustomError as error:
            reason = (error.context or {})["reason"]
            raise violation(cast(Code, error.type), f"sizes[{index}]: {reason}") from None
