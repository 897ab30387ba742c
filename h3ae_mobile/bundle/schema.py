"""The JSON Schema of the manifest; ``python -m h3ae_mobile.bundle.schema`` writes it anew.

It states every field, type and bound. What holds between fields is in `h3ae_mobile.bundle.rules`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from h3ae_mobile.bundle.manifest import MAJOR, Manifest
from h3ae_mobile.files import atomic_file

SCHEMA_FILE = Path(__file__).with_name("manifest.schema.json")


def schema_json() -> str:
    """Return the schema as the file's text."""
    return schema_text(Manifest, f"urn:h3ae:bundle-manifest:{MAJOR}")


def schema_text(model: type[BaseModel], identifier: str) -> str:
    """Return the published JSON Schema of any document of this project."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": identifier,
        **_tidy(model.model_json_schema()),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> Any:
    """Drop what only Python readers want, and close the maps whose keys have a pattern."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidy(value) for key, value in node.items() if key != "title"}
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    if isinstance(tidy.get("description"), str):
        tidy["description"] = " ".join(tidy["description"].partition("\n\n")[0].split())
    return tidy


def main() -> None:
    """Write the schema beside this module."""
    with atomic_file(SCHEMA_FILE) as temporary:
        temporary.write_text(schema_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
