"""Scalar types of the manifest and the base of its models.

Every bound is a promise to the readers in Swift and Kotlin: whatever passes here fits their
fixed-width integers, needs no escaping and cannot name a place outside the bundle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from h3ae_mobile.bundle.errors import Code

MAX_DIM = 65_536
MAX_RANK = 5
MAX_ELEMENTS = 2**31 - 1
MAX_BYTES = 2**36
MAX_PATH = 255

# A segment starts with neither a dot nor a dash: that excludes "..", hidden files and options,
# while the alphabet excludes backslashes, drive letters, NUL and names that differ by encoding.
PATH_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$"
_PATH = re.compile(PATH_PATTERN)


class Record(BaseModel):
    """Immutable, finite, never coerced; a field that the format does not know is an error."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


def violation(code: Code, message: str) -> PydanticCustomError:
    """Return the error of a rule that JSON Schema cannot tell, for use inside validators."""
    return PydanticCustomError(code, "{reason}", {"reason": message})


def is_safe_path(path: str) -> bool:
    """Tell whether `path` is a relative POSIX path of portable names that stays where it is."""
    return len(path) <= MAX_PATH and _PATH.fullmatch(path) is not None


def first_repeated(names: Iterable[str]) -> str | None:
    """Return the first name that came before, or None."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _inside(folder: str, path: str) -> str:
    if not is_safe_path(path) or not path.startswith(f"{folder}/"):
        raise violation("path.escape", f"{path!r} is not a plain relative path inside {folder}/")
    return path


def _in_artifacts(path: str) -> str:
    return _inside("artifacts", path)


def _in_golden(path: str) -> str:
    return _inside("golden", path)


_PATH_SCHEMA = {"pattern": PATH_PATTERN, "maxLength": MAX_PATH}

ArtifactPath = Annotated[
    str, AfterValidator(_in_artifacts), Field(json_schema_extra={**_PATH_SCHEMA})
]
GoldenPath = Annotated[str, AfterValidator(_in_golden), Field(json_schema_extra={**_PATH_SCHEMA})]

# Open vocabularies: a minor version may add words, and a reader skips what it does not know.
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}$")]
# What a graph, a tensor or a function may be called in every runtime.
Symbol = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Text = Annotated[str, Field(max_length=1000)]
Label = Annotated[str, Field(min_length=1, max_length=200)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Release = Annotated[str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){0,2}$")]

Dim = Annotated[int, Field(ge=1, le=MAX_DIM)]
Bytes = Annotated[int, Field(ge=0, le=MAX_BYTES)]
FileBytes = Annotated[int, Field(ge=1, le=MAX_BYTES)]
Decibels = Annotated[float, Field(ge=-200, le=200)]
