"""What was measured, and on which work."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from h3ae_mobile.bundle.fields import Dim, Identifier, Name, Record, Sha256

Mode = Literal["clip", "stream", "i2v"]


class Subject(Record):
    """The artifacts of a bundle that ran.

    Attributes
    ----------
    bundle : str
        Its name.
    bundle_sha256 : str
        Hash of its manifest, and with it of everything the manifest lists.
    model : str
        For instance ``h3ae-8x32x32``.
    target, backend, precision : str
        Which of the bundle's artifacts.
    """

    bundle: Name
    bundle_sha256: Sha256
    model: Name
    target: Identifier
    backend: Identifier
    precision: Identifier


class Workload(Record):
    """One clip.

    Attributes
    ----------
    mode : str
        ``clip`` in one call of the temporal stage, ``stream`` latent by latent, ``i2v`` with a
        first frame.
    frames : int
        That come out of one clip.
    frames_per_call : int
        Frames that the frame stage turns into pixels at once.
    """

    mode: Mode
    frames: Annotated[int, Field(ge=1, le=65_536)]
    height: Dim
    width: Dim
    frames_per_call: Dim = 1
