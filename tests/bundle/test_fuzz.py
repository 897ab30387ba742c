"""Whatever the bytes of a manifest: it is read, or refused in one line."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from h3ae_mobile.bundle import BundleError, parse_manifest
from h3ae_mobile.bundle.errors import CODES
from tests.bundle.samples import full, minimal

SAMPLES = [minimal(), full()]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 1, 65536, 65537, 2**31, 2**36, 2**53, 2**63, -(2**63), 10**40]),
    st.floats(),
    st.sampled_from([1e308, -0.0, 5e-324, float("nan"), float("inf")]),
    st.text(max_size=20),
    st.sampled_from(
        ["", "1", "../x", "artifacts/x", "/x", "a\0b", "\ud800", "é", "decoder_frame", "x" * 5000]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=6,
)


def places(node: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return every (container, key) below `node`."""
    if isinstance(node, list | dict):
        for key in node if isinstance(node, dict) else range(len(node)):
            found.append((node, key))
            places(node[key], found)
    return found


def check(data: bytes) -> None:
    manifest, error = None, None
    try:
        manifest = parse_manifest(data)
    except BundleError as caught:
        error = caught
    if manifest is not None:
        assert parse_manifest(manifest.to_json()) == manifest
    else:
        assert error is not None
        assert error.code in CODES
        assert str(error).isprintable()
        assert len(str(error)) < 500


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_random_bytes(data: bytes) -> None:
    check(data)


@given(values)
@settings(max_examples=50, deadline=None)
def test_random_json(value: Any) -> None:
    check(json.dumps(value).encode())


@given(st.dictionaries(st.sampled_from(sorted(full())), values))
@settings(max_examples=50, deadline=None)
def test_random_values_of_known_fields(document: dict[str, Any]) -> None:
    check(json.dumps({"schema_version": "1.0", **document}).encode())


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_mutated_manifests(data: st.DataObject) -> None:
    document = json.loads(json.dumps(data.draw(st.sampled_from(SAMPLES))))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(document, [])))
        operation = data.draw(st.sampled_from(["drop", "set", "rename", "copy", "wrap", "grow"]))
        if operation == "drop":
            del container[key]
        elif operation == "set":
            container[key] = data.draw(values)
        elif operation == "rename" and isinstance(container, dict):
            container[data.draw(st.text(max_size=12))] = container.pop(key)
        elif operation == "copy":
            source, name = data.draw(st.sampled_from(places(document, [])))
            container[key] = json.loads(json.dumps(source[name]))
        elif operation == "wrap":
            for _ in range(data.draw(st.sampled_from([1, 30, 300]))):
                container[key] = [container[key]]
        elif operation == "grow" and isinstance(container[key], list):
            container[key] = container[key] * data.draw(st.sampled_from([2, 100]))
        if not places(document, []):
            break
    check(json.dumps(document).encode())


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_mutated_bytes(data: st.DataObject) -> None:
    content = bytearray(json.dumps(data.draw(st.sampled_from(SAMPLES))).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content)))
        count = data.draw(st.integers(0, 20))
        content[place : place + count] = data.draw(
            st.one_of(
                st.binary(max_size=10),
                st.sampled_from([b"NaN", b"1e999", b"[[[[", b"}", b'"', b"\\u0000", b"\xff"]),
            )
        )
    check(bytes(content))
