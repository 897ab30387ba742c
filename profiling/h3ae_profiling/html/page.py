"""The page: what it embeds, and its rendering."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.compare import compare
from h3ae_profiling.gate import Limits, check, fits, untimed
from h3ae_profiling.html import charts
from h3ae_profiling.html.figures import Figures
from h3ae_profiling.report import Report
from h3ae_profiling.units import seconds

FOLDER = Path(__file__).parent
MAX_SHEET_BYTES = 2**25
MAX_KINDS = 8


@dataclass(frozen=True)
class PageInput:
    """A report and where it lies, since its contact sheet lies beside it."""

    report: Report
    path: Path


def render(inputs: Sequence[PageInput], limits: Limits) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    inputs : sequence of PageInput
        One report, or several to be compared; the first is the one that the others are held
        against.
    limits : Limits
        The target of the verdicts.
    """
    document = _document(inputs, limits)
    figures = Figures(document)
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja").render(
        document=document,
        figure=figures,
        charts=charts,
        figures=figures,
        style=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),
        script=Markup((FOLDER / "page.js").read_text(encoding="utf-8")),
        data=_embedded(document),
        sheets=[_sheet(one) for one in inputs],
        slowest_first=_slowest_first,
    )


def _document(inputs: Sequence[PageInput], limits: Limits) -> dict[str, Any]:
    reports = [one.report for one in inputs]
    verdicts = [_verdict(report, limits) for report in reports]
    outcomes = [one["outcome"] for one in verdicts]
    document = {
        "limits": {"max_latency_s": limits.max_latency_s},
        "target": _target(limits),
        "outcome": next((one for one in ("fail", "other") if one in outcomes), "pass"),
        "reports": [report.model_dump(mode="json") for report in reports],
        "counts": [
            {
                "clips": len(report.clip.samples_s),
                "untimed": untimed(report),
                "kinds": _kinds(report),
            }
            for report in reports
        ],
        "verdicts": verdicts,
        "comparisons": [_comparison(reports[0], other) for other in reports[1:]],
    }
    # As the page's readers get it: plain JSON.
    plain: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return plain


def _target(limits: Limits) -> str:
    """Return what the verdicts are about."""
    frames = "any number of" if limits.frames is None else limits.frames
    size = "any size" if limits.size is None else "{}x{}".format(*limits.size)
    latency = limits.max_latency_s
    return f"{frames} frames of {size}" + ("" if latency is None else f" in {seconds(latency)}")


def _verdict(report: Report, limits: Limits) -> dict[str, Any]:
    """Return a verdict: ``pass``, ``fail``, or ``other`` where another clip was measured.

    The time of another clip says nothing about the target; wrong pixels are wrong at any size.
    """
    comparable = fits(report, limits)
    verdict = check(report, limits if comparable else replace(limits, max_latency_s=None))
    wrong = [one for one in verdict.criteria if not one.passed and one.name != "workload"]
    outcome = "fail" if wrong else "pass" if comparable else "other"
    return {**verdict.as_json(), "comparable": comparable, "outcome": outcome}


def _kinds(report: Report) -> list[dict[str, Any]]:
    """Return the kinds of operations that take the most time, and all others as one."""
    if report.operations is None:
        return []
    totals: dict[str, float] = defaultdict(float)
    for one in report.operations.items:
        totals[one.kind] += one.seconds
    ranked = sorted(totals.items(), key=lambda item: -item[1])
    found = [{"kind": kind, "seconds": spent} for kind, spent in ranked[:MAX_KINDS]]
    rest = sum(spent for _, spent in ranked[MAX_KINDS:])
    return [*found, {"kind": "all others", "seconds": rest}] if rest else found


def _slowest_first(items: Sequence[dict[str, Any]]) -> list[int]:
    """Return the places of operations in a report, the slowest first."""
    return sorted(range(len(items)), key=lambda place: -float(items[place]["seconds"]))


def _comparison(first: Report, other: Report) -> dict[str, Any]:
    """Return the comparison of two reports, or why there is none."""
    try:
        return {**compare(first, other).as_json(), "refused": None}
    except H3AEError as error:
        return {"old": first.label, "new": other.label, "changes": [], "refused": error.message}


def _embedded(document: dict[str, Any]) -> Markup:
    # Inside a script element only its own end tag, or a comment, could end it early.
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))


def _sheet(one: PageInput) -> dict[str, str] | None:
    """Return the contact sheet as a data URL, or why it cannot be shown."""
    output = one.report.output
    if output is None or output.sheet is None:
        return None
    path = one.path.parent / output.sheet.file
    try:
        if path.stat().st_size > MAX_SHEET_BYTES:
            return {"reason": "The contact sheet is too large to embed."}
        data = path.read_bytes()
    except OSError:
        return {"reason": "The contact sheet is not beside the report."}
    if hashlib.sha256(data).hexdigest() != output.sheet.sha256:
        return {"reason": "The contact sheet beside the report is not the one it names."}
    return {"url": f"data:image/png;base64,{base64.b64encode(data).decode('ascii')}"}
