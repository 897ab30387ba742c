"""Whether what was decoded so fast is right."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from h3ae_mobile.bundle.fields import Decibels, Record, Sha256
from h3ae_mobile.bundle.model import Tolerance
from h3ae_profiling.report.errors import inconsistent
from h3ae_profiling.report.fields import Count, RelativePath


class Sheet(Record):
    """A PNG beside the report: decoded frames, golden frames and their difference."""

    file: RelativePath
    sha256: Sha256


class OutputCheck(Record):
    """The decode of the golden latents against the golden frames.

    Attributes
    ----------
    frames : int
        Compared.
    finite : bool
        Neither NaN nor infinity; if not, `psnr_db` is -200 and `max_abs` 2.
    psnr_db : float
        Of the worst frame, for a peak-to-peak range of 2; 200 for equal frames.
    max_abs : float
        Largest absolute difference.
    tolerance : Tolerance
        The bundle's for this precision.
    passed : bool
        Whether both are within it. No gate passes a report that says no.
    sheet : Sheet, optional
        For people to look at.
    """

    frames: Count
    finite: bool
    psnr_db: Decibels
    max_abs: Annotated[float, Field(ge=0, le=1e6)]
    tolerance: Tolerance
    passed: bool
    sheet: Sheet | None = None

    @model_validator(mode="after")
    def _check(self) -> OutputCheck:
        within = (
            self.finite
            and self.max_abs <= self.tolerance.max_abs
            and self.psnr_db >= self.tolerance.psnr_db
        )
        if self.passed != within:
            raise inconsistent(
                f"passed is {str(self.passed).lower()}, but {self.psnr_db:g} dB and "
                f"{self.max_abs:g} {'are' if within else 'are not'} within the tolerance"
            )
        return self
