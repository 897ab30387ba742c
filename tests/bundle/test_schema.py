"""The published JSON Schema says what the models say."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from h3ae_mobile.bundle.schema import SCHEMA_FILE, schema_json
from tests.bundle.corpus import CASES, PATHS, SCHEMA, Case
from tests.bundle.samples import full


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_committed_schema_is_current() -> None:
    told = SCHEMA_FILE.read_text(encoding="utf-8")
    assert told == schema_json(), "run: python -m h3ae_mobile.bundle.schema"


@pytest.mark.parametrize("case", [c for c in CASES if c.code is None], ids=lambda c: c.name)
def test_the_schema_accepts_valid_manifests(validator: Any, case: Case) -> None:
    if case.name == "newer-minor":
        pytest.skip("the schema is that of one minor version")
    validator.validate(json.loads(case.content()))


# The pattern does not name the folder; and Python's "$", unlike that of JSON Schema, matches
# before a line feed.
PATTERN_CANNOT_TELL = {"path-elsewhere", "path-top", "path-folder", "golden-path", "path-newline"}


@pytest.mark.parametrize(
    "case",
    [*SCHEMA, *(c for c in PATHS if c.code == "path.escape" and c.name not in PATTERN_CANNOT_TELL)],
    ids=lambda c: c.name,
)
def test_the_schema_refuses_what_the_models_refuse(validator: Any, case: Case) -> None:
    assert not validator.is_valid(json.loads(case.content()))


def test_every_field_of_the_format_occurs_in_the_full_sample() -> None:
    schema = json.loads(schema_json())

    def resolve(node: dict[str, Any]) -> dict[str, Any]:
        for option in node.get("anyOf", []):
            if "$ref" in option or "properties" in option:
                node = option
        return schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node

    def compare(node: dict[str, Any], value: Any, where: str) -> set[str]:
        node, missing = resolve(node), set()
        if isinstance(value, list) and isinstance(node.get("items"), dict):
            # A field counts if any element has it.
            gaps = [compare(node["items"], item, f"{where}[]") for item in value]
            return set.intersection(*gaps) if gaps else set()
        if isinstance(value, dict) and "patternProperties" in node:
            (item_schema,) = node["patternProperties"].values()
            gaps = [compare(item_schema, item, f"{where}.*") for item in value.values()]
            return set.intersection(*gaps) if gaps else set()
        for name, child in node.get("properties", {}).items():
            if name not in value:
                missing.add(f"{where}.{name}")
            elif value[name] is not None:
                missing |= compare(child, value[name], f"{where}.{name}")
        return missing

    assert compare(schema, full(), "manifest") == set()
