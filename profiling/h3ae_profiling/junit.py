"""Verdicts as JUnit XML, which every CI shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from h3ae_mobile.bundle.errors import printable
from h3ae_profiling.gate import Verdict


def junit_xml(verdicts: Sequence[Verdict], unread: Mapping[str, str] | None = None) -> bytes:
    """Return a `testsuites` document: a suite a report, a test a criterion.

    Parameters
    ----------
    verdicts : sequence of Verdict
        Of the reports that could be read.
    unread : mapping of str to str, optional
        Paths of the others, and why they could not.
    """
    unread = unread or {}
    root = ElementTree.Element("testsuites", name="h3ae-profile check")
    total = failures = 0
    for verdict in verdicts:
        failed = sum(not one.passed for one in verdict.criteria)
        total, failures = total + len(verdict.criteria), failures + failed
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=printable(verdict.label),
            tests=str(len(verdict.criteria)),
            failures=str(failed),
            errors="0",
            skipped="0",
        )
        for one in verdict.criteria:
            case = ElementTree.SubElement(
                suite, "testcase", classname="h3ae-profile.check", name=one.name
            )
            if one.passed:
                ElementTree.SubElement(case, "system-out").text = printable(one.detail)
            else:
                ElementTree.SubElement(case, "failure", message=printable(one.detail))
    for path, reason in unread.items():
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=printable(path),
            tests="1",
            failures="0",
            errors="1",
            skipped="0",
        )
        case = ElementTree.SubElement(
            suite, "testcase", classname="h3ae-profile.check", name="report"
        )
        ElementTree.SubElement(case, "error", message=printable(reason))
    root.set("tests", str(total + len(unread)))
    root.set("failures", str(failures))
    root.set("errors", str(len(unread)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
