"""Rules between the parts of a manifest, which JSON Schema cannot tell.

Every check returns None or raises a `violation` whose message starts with the field at fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from h3ae_mobile.bundle.rules.files import check_artifacts, check_files
from h3ae_mobile.bundle.rules.golden import check_golden
from h3ae_mobile.bundle.rules.schedule import check_schedule
from h3ae_mobile.bundle.rules.sizes import check_sizes
from h3ae_mobile.bundle.rules.video import check_memory, check_video

if TYPE_CHECKING:
    from h3ae_mobile.bundle.manifest import Manifest


def check_manifest(manifest: Manifest) -> None:
    """Check everything, the video format first, since the rest builds on it."""
    check_video(manifest)
    check_schedule(manifest)
    check_sizes(manifest)
    check_artifacts(manifest)
    check_files(manifest)
    check_memory(manifest)
    check_golden(manifest)
