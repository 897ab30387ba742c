"""The example in the documentation is a manifest."""

from __future__ import annotations

import re
from pathlib import Path

from h3ae_mobile.bundle import parse_manifest
from h3ae_mobile.bundle.errors import CODES

PAGE = (Path(__file__).parents[2] / "docs" / "bundle.md").read_text(encoding="utf-8")


def test_the_annotated_example_is_valid() -> None:
    (block,) = re.findall(r"```jsonc\n(.*?)```", PAGE, re.DOTALL)
    text = re.sub(r"(^|\s)//.*", "", block).replace('256": "..."', f'256": "{"ab" * 32}"')
    manifest = parse_manifest(text.encode())
    assert manifest.name == "demo"


def test_every_code_is_explained() -> None:
    (table,) = re.findall(r"### Codes\n\n(.*?)\n\n", PAGE, re.DOTALL)
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", table))
    named |= {code.replace("artifact.", "golden.") for code in named if code != "artifact.unknown"}
    named.add("golden.format")
    assert set(CODES) == named
