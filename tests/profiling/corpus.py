"""Reports that Python, Swift and Kotlin must judge alike.

``python -m tests.profiling.corpus`` writes ``tests/golden/reports`` anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from h3ae_mobile.bundle import strict_json
from tests.bundle.edits import DROP, edit
from tests.profiling.samples import distribution, full, minimal, stage

CORPUS = Path(__file__).parents[1] / "golden" / "reports"


@dataclass(frozen=True)
class Case:
    """A report made from a valid one by changing a few fields.

    Attributes
    ----------
    reason : str
        What is special about it, for the person whose reader disagrees.
    code : str, optional
        Error code; None if it is valid.
    where : str
        What every reader's message ought to name.
    changes : dict
        Dotted paths to values.
    raw : bytes, optional
        The file itself, where it is not JSON of the usual kind.
    """

    name: str
    reason: str
    code: str | None = None
    where: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    base: Callable[[], dict[str, Any]] = minimal
    raw: bytes | None = None

    @property
    def file(self) -> str:
        return f"{'invalid' if self.code else 'valid'}/{self.name}.json"

    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        document = edit(self.base(), self.changes)
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _text(old: str = "", new: str = "") -> bytes:
    """Return the minimal report as text, once replaced."""
    text = strict_json.dump(minimal()).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


VALID = [
    Case("minimal", "nothing optional"),
    Case("full", "every field", base=full),
    Case("indented", "layout of the text does not matter", raw=strict_json.dump(full())),
    Case(
        "newer-minor",
        "fields of a later minor version, at every level, are ignored",
        changes={
            "schema_version": "1.4",
            "energy": {"joules": 3.5},
            "device.skin_celsius": 31,
            "clip.stddev_s": 0.01,
        },
    ),
    Case(
        "one-sample",
        "one repetition; every percentile is that sample",
        changes={
            "protocol.repetitions": 1,
            "clip": distribution(0.5),
            "frames_per_second": 34,
        },
    ),
    Case(
        "failed-output",
        "wrong pixels make a valid report, which no gate passes",
        base=full,
        changes={"output.psnr_db": 12.5, "output.passed": False},
    ),
    Case(
        "black-frames",
        "NaN frames",
        base=full,
        changes={
            "output.finite": False,
            "output.psnr_db": -200.0,
            "output.max_abs": 2.0,
            "output.passed": False,
        },
    ),
    Case("checker", "a runtime that only checks", changes={"engine.checker": True}),
    Case(
        "overlap",
        "stages that run at the same time may add up to more than the clip",
        changes={
            "protocol.stages_overlap": True,
            "stages": [stage("a", 1, 0.4, 0.4, 0.4, 0.4), stage("b", 1, 0.4, 0.4, 0.4, 0.4)],
        },
    ),
    Case("unicode", "text for people is any Unicode", changes={"device.name": "手机 · 1"}),
    Case("rounded", "figures may be rounded to five digits", changes={"frames_per_second": 39.08}),
]

JSON = [
    Case("empty", "no bytes", "report.json", raw=b""),
    Case("truncated", "half a file", "report.json", raw=_text()[:300]),
    Case("not-an-object", "an array", "report.json", raw=b"[1]\n"),
    Case("bom", "a byte order mark", "report.json", raw=b"\xef\xbb\xbf" + _text()),
    Case("utf-16", "UTF-16", "report.encoding", raw=_text().decode().encode("utf-16")),
    Case("nan", "NaN is not JSON", "report.json", "NaN", raw=_text("39.08046", "NaN")),
    Case("infinity", "nor is Infinity", "report.json", raw=_text("39.08046", "Infinity")),
    Case("overflow", "1e999 is infinite", "report.json", raw=_text("39.08046", "1e999")),
    Case(
        "duplicate-key",
        "two values for one key; parsers disagree on which",
        "report.json",
        "label",
        raw=_text('"created":', '"label": "another",\n  "created":'),
    ),
    Case("deep", "nested 5000 deep", "report.json", raw=b'{"a":' + b"[" * 5000 + b"]" * 5000),
]

VERSION = [
    Case("newer-major", "another format", "report.version", "2.0", {"schema_version": "2.0"}),
    Case("older-major", "before the first", "report.version", "0.9", {"schema_version": "0.9"}),
    Case(
        "newer-major-unknown",
        "nothing else of a newer format is looked at",
        "report.version",
        "3.1",
        raw=b'{"schema_version": "3.1", "runs": []}\n',
    ),
    Case("no-version", "no version", "report.version", "schema_version", {"schema_version": DROP}),
    Case("number-version", "a number", "report.version", "schema_version", {"schema_version": 1.0}),
    Case("odd-version", "three numbers", "report.version", "1.0.0", {"schema_version": "1.0.0"}),
]


def _schema(name: str, reason: str, path: str, value: Any, base: Any = minimal) -> Case:
    """Return a case whose one change breaks the schema at `path`."""
    parts = [f"[{part}]" if part.isdigit() else f".{part}" for part in path.split(".")]
    return Case(name, reason, "report.schema", "".join(parts)[1:], {path: value}, base)


SCHEMA = [
    _schema("unknown-field", "misspelt, in a version this reader knows", "lable", "x"),
    _schema("unknown-field-deep", "likewise", "clip.p95_s", 0.4),
    _schema("missing-clip", "required", "clip", DROP),
    _schema("missing-samples", "required", "clip.samples_s", DROP),
    _schema("missing-p99", "required", "clip.p99_s", DROP),
    _schema("missing-hash", "required", "subject.bundle_sha256", DROP),
    _schema("missing-protocol", "required", "protocol", DROP),
    _schema("missing-isolated", "required", "protocol.isolated", DROP),
    _schema("missing-finite", "required", "output.finite", DROP, full),
    _schema("null-label", "not optional", "label", None),
    _schema("empty-label", "at least a character", "label", ""),
    _schema("string-for-number", "no coercion", "clip.p50_s", "0.43"),
    _schema("string-for-sample", "no coercion", "clip.samples_s.1", "0.44"),
    _schema("null-sample", "no holes", "clip.samples_s.1", None),
    _schema("bool-for-int", "no coercion", "device.cores", True),
    _schema("float-for-int", "no coercion", "protocol.repetitions", 4.5),
    _schema("int-for-bool", "no coercion", "protocol.isolated", 1),
    _schema("object-for-list", "wrong container", "stages", {}),
    _schema("list-for-object", "wrong container", "device", []),
    _schema("no-samples", "at least one", "clip.samples_s", []),
    _schema("negative-time", "clocks run forwards", "clip.samples_s.0", -0.42),
    _schema("zero-time", "nothing takes no time", "clip.samples_s.0", 0),
    _schema("negative-percentile", "likewise", "clip.p50_s", -0.43),
    _schema("eternal", "over eleven days", "clip.samples_s.0", 2e6),
    _schema("negative-first-load", "likewise", "load.first_s", -1, full),
    _schema("negative-operation", "likewise", "operations.items.0.seconds", -0.1, full),
    _schema("negative-rate", "positive", "frames_per_second", -39.0),
    _schema("zero-frames", "at least one", "workload.frames", 0),
    _schema("no-repetitions", "at least one", "protocol.repetitions", 0),
    _schema("negative-memory", "bytes", "memory.peak_bytes", -1, full),
    _schema("float-memory", "whole bytes", "memory.peak_bytes", 1.5, full),
    _schema("negative-moment", "from the start on", "memory.samples.0.at_s", -1, full),
    _schema("zero-interval", "positive", "sustained.intervals.0.duration_s", 0, full),
    _schema("no-intervals", "at least one", "sustained.intervals", [], full),
    _schema("unknown-thermal", "a closed vocabulary", "protocol.thermal_before", "hot"),
    _schema("unknown-kind", "a closed vocabulary", "device.kind", "fridge"),
    _schema("unknown-power", "a closed vocabulary", "protocol.power", "solar"),
    _schema("unknown-mode", "a closed vocabulary", "workload.mode", "batch"),
    _schema("bad-hash", "64 hexadecimal digits", "subject.bundle_sha256", "abc"),
    _schema("local-time", "UTC only", "created", "2026-11-20T19:47:23+01:00"),
    _schema("no-tools", "at least one", "created_by", {}),
    _schema("share-above-one", "a share", "placement.items.0.cost", 1.5, full),
    _schema("psnr-out-of-range", "-200 to 200 dB", "output.psnr_db", 1e6, full),
]


def _contradiction(
    name: str, reason: str, where: str, changes: dict[str, Any], base: Any = full
) -> Case:
    return Case(name, reason, "report.consistency", where, changes, base)


CONSISTENCY = [
    _contradiction("wrong-p50", "a flattered median", "p50_s", {"clip.p50_s": 0.3}),
    _contradiction("wrong-p90", "a flattered tail", "p90_s", {"clip.p90_s": 0.43}),
    _contradiction("wrong-p99", "a flattered tail", "p99_s", {"clip.p99_s": 0.43}),
    _contradiction("wrong-load", "likewise", "load.cold", {"load.cold.p50_s": 1.0}),
    _contradiction(
        "wrong-rate", "17 frames in 0.435 s", "frames_per_second", {"frames_per_second": 60}
    ),
    _contradiction("repetitions", "four samples", "clip.samples_s", {"protocol.repetitions": 5}),
    _contradiction(
        "first-count", "a sample a clip", "first_frame", {"first_frame": distribution(0.3)}
    ),
    _contradiction(
        "first-after-last",
        "the first frame after the last",
        "first_frame.samples_s[1]",
        {"first_frame": distribution(0.31, 0.5, 0.31, 0.33)},
    ),
    _contradiction("stage-twice", "which one?", "stages", {"stages.1.graph": "decoder_temporal"}),
    _contradiction(
        "stage-count", "a sample a clip", "stages[1]", {"stages.1.clip": distribution(0.1)}
    ),
    _contradiction(
        "stage-sum",
        "parts longer than the whole",
        "stages",
        {"stages.1.clip": distribution(0.1, 0.11, 0.11, 0.2)},
    ),
    _contradiction(
        "below-base", "a peak below its base", "memory", {"memory.base_bytes": 400_000_000}
    ),
    _contradiction("above-base", "not the difference", "memory", {"memory.above_base_bytes": 1}),
    _contradiction("memory-time", "backwards", "memory", {"memory.samples.0.at_s": 9.0}),
    _contradiction("sustained-frames", "not the sum", "sustained", {"sustained.frames": 6000}),
    _contradiction(
        "sustained-rate", "the first minute's", "sustained", {"sustained.frames_per_second": 38.0}
    ),
    _contradiction(
        "sustained-lowest", "30", "sustained", {"sustained.lowest_frames_per_second": 34.0}
    ),
    _contradiction(
        "sustained-overlap", "two at once", "sustained", {"sustained.intervals.1.start_s": 30.0}
    ),
    _contradiction("passed-wrongly", "12 dB do not pass", "passed", {"output.psnr_db": 12.0}),
    _contradiction("passed-nan", "NaN never passes", "passed", {"output.finite": False}),
    _contradiction("failed-wrongly", "61 dB pass", "passed", {"output.passed": False}),
    _contradiction("no-such-day", "30 February", "created", {"created": "2026-02-30T00:00:00Z"}),
    _contradiction("placement-cost", "1.2 of 1", "placement", {"placement.items.1.cost": 0.3}),
    _contradiction(
        "placement-twice", "twice", "placement", {"placement.items.1.unit": "neural_engine"}
    ),
    _contradiction(
        "sheet-parent", "a path that leaves", "sheet", {"output.sheet.file": "../demo.png"}
    ),
    _contradiction("sheet-absolute", "likewise", "sheet", {"output.sheet.file": "/demo.png"}),
]

CASES = [*VALID, *JSON, *VERSION, *SCHEMA, *CONSISTENCY]


def files() -> Iterator[tuple[str, bytes]]:
    """Yield every file of the corpus, by its relative path."""
    index = [
        {"file": c.file, "reason": c.reason, "code": c.code, "field": c.where or None}
        for c in CASES
    ]
    yield "index.json", strict_json.dump(index)
    for case in CASES:
        yield case.file, case.content()


def main() -> None:
    shutil.rmtree(CORPUS, ignore_errors=True)
    for name, content in files():
        path = CORPUS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
