"""The shared corpus is current, and this reader judges it as its index says."""

from __future__ import annotations

import json

import pytest

from h3ae_mobile.bundle import BundleError, parse_manifest
from h3ae_mobile.bundle.errors import CODES
from tests.bundle.corpus import CASES, CORPUS, Case, files


def test_the_committed_corpus_is_current() -> None:
    expected = dict(files())
    found = {p.relative_to(CORPUS).as_posix(): p.read_bytes() for p in CORPUS.rglob("*.json")}
    assert found == expected, "run: python -m tests.bundle.corpus"


def test_names_are_unique() -> None:
    names = [case.file for case in CASES]
    assert len(set(names)) == len(names)


def test_every_manifest_code_occurs() -> None:
    told = {case.code for case in CASES if case.code}
    wanted = {code for code in CODES if code.startswith(("manifest.", "path."))}
    # These need a file system, or megabytes.
    assert wanted - told == {"manifest.missing", "manifest.size", "path.symlink"}


@pytest.mark.parametrize("case", [c for c in CASES if c.code is None], ids=lambda c: c.name)
def test_valid_manifests_are_read_and_survive_a_round_trip(case: Case) -> None:
    manifest = parse_manifest(case.content())
    assert parse_manifest(manifest.to_json()) == manifest


@pytest.mark.parametrize("case", [c for c in CASES if c.code], ids=lambda c: c.name)
def test_invalid_manifests_are_refused_in_one_line(case: Case) -> None:
    with pytest.raises(BundleError) as caught:
        parse_manifest(case.content())
    assert caught.value.code == case.code, str(caught.value)
    assert case.where in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(caught.value.message) <= 300


def test_the_index_is_readable_by_anyone() -> None:
    index = json.loads((CORPUS / "index.json").read_text())
    assert {entry["file"] for entry in index} == {case.file for case in CASES}
