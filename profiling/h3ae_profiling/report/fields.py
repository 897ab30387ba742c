"""Scalar types of the report; every unit is part of a field's name (`_s`, `_bytes`, `_db`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from h3ae_mobile.bundle.fields import MAX_PATH, PATH_PATTERN, is_safe_path
from h3ae_profiling.report.errors import inconsistent

MAX_SAMPLES = 100_000

# A clock that stood still or ran backwards is a broken measurement, not a fast one.
Latency = Annotated[float, Field(gt=0, le=1e6)]
Moment = Annotated[float, Field(ge=0, le=1e7)]
Rate = Annotated[float, Field(gt=0, le=1e6)]
Share = Annotated[float, Field(ge=0, le=1)]
Bytes = Annotated[int, Field(ge=0, le=2**50)]
Operations = Annotated[int, Field(ge=0, le=2**62)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


def _beside(path: str) -> str:
    if not is_safe_path(path):
        raise inconsistent(f"{path!r} is not a plain relative path beside the report")
    return path


RelativePath = Annotated[
    str,
    AfterValidator(_beside),
    Field(json_schema_extra={"pattern": PATH_PATTERN, "maxLength": MAX_PATH}),
]

# Stored figures that follow from others may differ by rounding, in any language's printing.
RELATIVE_TOLERANCE = 1e-4
ABSOLUTE_TOLERANCE = 1e-9


def agree(stated: float, derived: float) -> bool:
    """Tell whether a stored figure is the one that follows from the others."""
    return abs(stated - derived) <= ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * abs(derived)
