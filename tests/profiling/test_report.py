"""The report: the shared corpus is current, and this reader judges it as its index says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from h3ae_profiling.report import Distribution, ReportError, parse_report, quantile, read_report
from h3ae_profiling.report.errors import CODES
from h3ae_profiling.report.report import MAX_REPORT_BYTES
from h3ae_profiling.report.schema import SCHEMA_FILE, schema_json
from tests.profiling.corpus import CASES, CORPUS, SCHEMA, Case, files
from tests.profiling.samples import full, minimal

VALID = [case for case in CASES if case.code is None]
INVALID = [case for case in CASES if case.code is not None]


def named(case: Case) -> str:
    return case.name


def test_the_committed_corpus_is_current() -> None:
    expected = dict(files())
    found = {p.relative_to(CORPUS).as_posix(): p.read_bytes() for p in CORPUS.rglob("*.json")}
    assert found == expected, "run: python -m tests.profiling.corpus"


def test_names_are_unique_and_every_code_occurs() -> None:
    assert len({case.file for case in CASES}) == len(CASES)
    # These need a file system, or megabytes.
    assert set(CODES) - {case.code for case in CASES} == {"report.missing", "report.size"}


@pytest.mark.parametrize("case", VALID, ids=named)
def test_valid_reports_are_read_and_survive_a_round_trip(case: Case) -> None:
    report = parse_report(case.content())
    assert parse_report(report.to_json()) == report


@pytest.mark.parametrize("case", INVALID, ids=named)
def test_invalid_reports_are_refused_in_one_line(case: Case) -> None:
    with pytest.raises(ReportError) as caught:
        parse_report(case.content())
    assert caught.value.code == case.code, str(caught.value)
    assert case.where in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(caught.value.message) <= 300


def test_a_missing_and_a_huge_file(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"nothing\.json") as caught:
        read_report(tmp_path / "nothing.json")
    assert caught.value.code == "report.missing"
    huge = tmp_path / "huge.json"
    with huge.open("wb") as stream:
        stream.truncate(MAX_REPORT_BYTES + 1)
    with pytest.raises(ReportError) as caught:
        read_report(huge)
    assert caught.value.code == "report.size"


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_committed_schema_is_current() -> None:
    told = SCHEMA_FILE.read_text(encoding="utf-8")
    assert told == schema_json(), "run: python -m h3ae_profiling.report.schema"


@pytest.mark.parametrize("case", [c for c in VALID if c.name != "newer-minor"], ids=named)
def test_the_schema_accepts_valid_reports(validator: Any, case: Case) -> None:
    validator.validate(json.loads(case.content()))


@pytest.mark.parametrize("case", SCHEMA, ids=named)
def test_the_schema_refuses_what_the_models_refuse(validator: Any, case: Case) -> None:
    assert not validator.is_valid(json.loads(case.content()))


def test_every_field_of_the_format_occurs_in_the_full_sample() -> None:
    report = parse_report(json.dumps(full()).encode())

    def gaps(model: Any, where: str) -> set[str]:
        if isinstance(model, tuple):
            found = [gaps(item, f"{where}[]") for item in model]
            return set.intersection(*found) if found else {where}
        if not hasattr(type(model), "model_fields"):
            return set()
        missing = {
            f"{where}.{n}" for n in type(model).model_fields if n not in model.model_fields_set
        }
        for name in model.model_fields_set:
            missing |= gaps(getattr(model, name), f"{where}.{name}")
        return missing

    assert gaps(report, "report") == set()


def test_a_report_with_nothing_optional_has_no_figure_that_was_not_measured() -> None:
    report = parse_report(json.dumps(minimal()).encode())
    assert report.output is None
    assert report.memory is None
    assert report.load.first_s is None


@given(
    st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=60),
    st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]),
)
def test_quantiles_are_those_of_numpy(samples: list[float], q: float) -> None:
    assert quantile(samples, q) == pytest.approx(float(np.quantile(samples, q)))
    assert Distribution.of([s + 1e-6 for s in samples]).samples_s
