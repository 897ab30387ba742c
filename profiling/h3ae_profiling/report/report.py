"""The report as a whole: the model, reading and writing it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from h3ae_mobile.bundle import strict_json
from h3ae_mobile.bundle.fields import Identifier, Label, Record
from h3ae_mobile.bundle.validation import first_problem, parse_version
from h3ae_mobile.files import atomic_file
from h3ae_profiling.report.device import Device, Engine, Protocol
from h3ae_profiling.report.distribution import Distribution
from h3ae_profiling.report.errors import CODES, Code, ReportError, inconsistent
from h3ae_profiling.report.fields import Rate
from h3ae_profiling.report.memory import Memory
from h3ae_profiling.report.output import OutputCheck
from h3ae_profiling.report.rules import check_report
from h3ae_profiling.report.subject import Subject, Workload
from h3ae_profiling.report.sustained import Sustained
from h3ae_profiling.report.timing import Loads, Operations, Placement, Stage

MAJOR, MINOR = 1, 0
SCHEMA_VERSION = f"{MAJOR}.{MINOR}"
MAX_REPORT_BYTES = 2**26

TIMESTAMP = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"


class Report(Record):
    """What one engine did with one bundle on one device. Times are in seconds.

    Attributes
    ----------
    schema_version : str
        ``"major.minor"``, with the rules of the bundle's manifest.
    label : str
        What a table calls this run.
    session : str, optional
        Equal in reports whose clips took turns in one run: only those can be compared pair by
        pair.
    created : str
        UTC, ``2026-11-20T19:47:23Z``.
    created_by : dict
        Tool to version.
    load : Loads
        Until ready.
    first_frame : Distribution, optional
        From handing over the latents to holding the first frame, in the same clips as `clip`.
    clip : Distribution
        From handing over the latents to holding the last frame.
    frames_per_second : float
        Frames of a clip by its median latency.
    stages : tuple of Stage
        The clip's parts.
    operations, placement, memory, sustained, output : optional
        Absent where they were not measured; a gate that asks for them fails then.
    """

    schema_version: Annotated[str, Field(pattern=r"^1\.(0|[1-9][0-9]{0,3})$")]
    label: Label
    session: Identifier | None = None
    created: Annotated[str, Field(pattern=TIMESTAMP)]
    created_by: Annotated[dict[Identifier, Label], Field(min_length=1, max_length=64)]
    subject: Subject
    workload: Workload
    device: Device
    engine: Engine
    protocol: Protocol
    load: Loads
    first_frame: Distribution | None = None
    clip: Distribution
    frames_per_second: Rate
    stages: Annotated[tuple[Stage, ...], Field(max_length=64)] = ()
    operations: Operations | None = None
    placement: Placement | None = None
    memory: Memory | None = None
    sustained: Sustained | None = None
    output: OutputCheck | None = None

    @model_validator(mode="after")
    def _check(self) -> Report:
        try:
            datetime.strptime(self.created, "%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            raise inconsistent(f"created: {self.created!r} is no date") from None
        check_report(self)
        return self

    def to_json(self) -> bytes:
        """Return the file's bytes."""
        return strict_json.dump(self.model_dump(mode="json"))


def timestamp() -> str:
    """Return now, as `Report.created` wants it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def slug(label: str) -> str:
    """Return a file name's stem for a label."""
    return re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-").lower() or "report"


def parse_report(data: bytes) -> Report:
    """Read the bytes of a report.

    Raises
    ------
    ReportError
        One line that names the first field at fault.
    """
    if len(data) > MAX_REPORT_BYTES:
        raise ReportError(
            "report.size", f"the report has {len(data)} bytes, over {MAX_REPORT_BYTES}"
        )
    try:
        document = strict_json.parse(data)
    except strict_json.StrictJsonError as error:
        code: Code = "report.encoding" if error.fault == "encoding" else "report.json"
        raise ReportError(code, f"the report is {error}") from None
    newer = _check_version(document)
    try:
        return Report.model_validate_json(data, extra="ignore" if newer else "forbid")
    except ValidationError as error:
        found, line = first_problem(error)
        kind = "report.json" if found == "json_invalid" else found
        raise ReportError(kind if kind in CODES else "report.schema", f"report: {line}") from None


def read_report(path: Path) -> Report:
    """Read a report file.

    Raises
    ------
    ReportError
        If it is not there, or no report.
    """
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_REPORT_BYTES + 1)
    except OSError as error:
        raise ReportError("report.missing", f"cannot read {path}: {error.strerror}") from None
    try:
        return parse_report(data)
    except ReportError as error:
        raise ReportError(error.code, f"{path}: {error.message}", error.hint) from None


def write_report(report: Report, path: Path) -> None:
    """Write a report, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(report.to_json())


def _check_version(document: dict[str, Any]) -> bool:
    """Refuse other major versions; tell whether the minor one is newer than this reader."""
    version = document.get("schema_version")
    if not isinstance(version, str):
        raise ReportError("report.version", "the report states no schema_version")
    parsed = parse_version(version)
    if parsed is None:
        raise ReportError("report.version", f"schema_version {version!r} is not major.minor")
    major, minor = parsed
    if major != MAJOR:
        raise ReportError(
            "report.version",
            f"the report has format version {version}, this reader knows {MAJOR}.x",
            "update h3ae-mobile" if major > MAJOR else "measure again",
        )
    return minor > MINOR
