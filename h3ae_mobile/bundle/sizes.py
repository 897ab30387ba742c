"""Further sizes of a bundle."""

from __future__ import annotations

from h3ae_mobile.bundle.fields import Dim, Record
from h3ae_mobile.bundle.model import Golden
from h3ae_mobile.bundle.schedule import Schedule


class Size(Record):
    """A further size of the frames, with graphs of its own in files that it shares.

    All else that `Video` states holds for it too.
    """

    height: Dim
    width: Dim
    schedule: Schedule
    golden: Golden | None = None
