"""What the corpus cannot hold: wording, counts, sizes, and manifests built in Python."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from pydantic import ValidationError

from h3ae_mobile.bundle import BundleError, Manifest, TensorSpec, parse_manifest, strict_json
from h3ae_mobile.bundle.manifest import MAX_MANIFEST_BYTES
from tests.bundle.edits import DROP, edit
from tests.bundle.samples import CLIP_GRAPHS, OTHER_GRAPHS, full, minimal


def refusal(changes: dict[str, Any], base: dict[str, Any] | None = None) -> BundleError:
    with pytest.raises(BundleError) as caught:
        parse_manifest(json.dumps(edit(base or minimal(), changes)).encode())
    return caught.value


def test_the_first_problem_is_told_and_the_others_counted() -> None:
    error = refusal({"model.parameters": 0, "video.fps": 0, "name": DROP})
    assert str(error) == "manifest: name: field required (and 2 more)"


def test_the_place_is_written_as_in_code() -> None:
    error = refusal({"graphs.decoder_next.inputs.1.shape.2": "2"}, full())
    assert "graphs.decoder_next.inputs[1].shape[2]: input should be a valid integer" in str(error)


def test_a_newer_major_says_what_to_do() -> None:
    assert "update h3ae-mobile" in str(refusal({"schema_version": "2.0"}))


def test_a_newer_minor_is_still_checked() -> None:
    changes = {"schema_version": "1.9", "surprise": 1, "video.height": "64"}
    assert refusal(changes).code == "manifest.schema"
    changes = {"schema_version": "1.9", "surprise": 1, "schedule.clip.frame": "nowhere"}
    assert refusal(changes).code == "manifest.reference"


def test_hostile_text_does_not_reach_the_terminal() -> None:
    error = refusal({"\x1b[2J\r\nroot@host:~# " + "x" * 5000: 1})
    assert str(error).isprintable()
    assert len(str(error)) < 400
    error = refusal({"artifacts.0.file": "../\x1b]0;title\x07\n" + "y" * 5000})
    assert str(error).isprintable()
    assert len(str(error)) < 400


def test_size_is_bounded() -> None:
    with pytest.raises(BundleError) as caught:
        parse_manifest(b" " * (MAX_MANIFEST_BYTES + 1))
    assert caught.value.code == "manifest.size"


@pytest.mark.parametrize(
    "hostile",
    [
        b'{"a":' * 100_000,
        b"[" * MAX_MANIFEST_BYTES,
        b'"' * MAX_MANIFEST_BYTES,
        b'"' + b'\\"' * (MAX_MANIFEST_BYTES // 2 - 1),
        b'{"a":' + b"9" * (MAX_MANIFEST_BYTES - 6) + b"}",
        b"{" + b",".join(b'"%d":0' % i for i in range(90_000)) + b',"0":1}',
        b'{"schema_version":"1.0","x":[' + b",".join(b"{}" for _ in range(300_000)) + b"]}",
    ],
    ids=["objects", "arrays", "quotes", "escapes", "digits", "keys", "elements"],
)
def test_hostile_megabytes_take_little_time(hostile: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(BundleError):
        parse_manifest(hostile)
    assert time.perf_counter() - start < 30


def test_models_are_frozen_and_never_coerce() -> None:
    manifest = parse_manifest(json.dumps(minimal()).encode())
    with pytest.raises(ValidationError):
        manifest.name = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        TensorSpec(name="x", shape=("1",), dtype="float32", layout="C", kind="x")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        TensorSpec(name="x", shape=(1.0,), dtype="float32", layout="C", kind="x")  # type: ignore[arg-type]


def test_python_cannot_build_what_no_reader_would_take() -> None:
    manifest = parse_manifest(json.dumps(full()).encode())
    with pytest.raises(ValidationError, match="nothing to run"):
        Manifest(**{**dict(manifest), "schedule": type(manifest.schedule)()})


def test_shapes_follow_from_model_and_video() -> None:
    manifest = parse_manifest(json.dumps(minimal()).encode())
    assert manifest.latent_shape(3) == (3, 4, 2, 2)
    assert manifest.frame_shape(17) == (17, 3, 64, 64)
    assert manifest.video.law.frames(3) == 17


def test_a_further_size_is_a_manifest_of_its_own() -> None:
    manifest = parse_manifest(json.dumps(full()).encode())
    assert manifest.at(64, 64) is manifest
    wide = manifest.at(64, 96)
    assert wide.latent_shape(3) == (3, 4, 2, 3)
    assert wide.schedule.graphs == ("decoder_temporal_64x96", "decoder_frame_64x96")
    assert wide.memory is not None
    assert wide.memory.peak == 16000  # of the one stage whose memory is known
    assert wide.golden is not None
    assert wide.golden.latents.file == "golden/latents-64x96.safetensors"
    assert len(manifest.golden_files) == 7
    with pytest.raises(BundleError, match=r"nothing for 96x64.*64x64, 64x96"):
        manifest.at(96, 64)


def test_a_schedule_names_its_graphs_once() -> None:
    manifest = parse_manifest(json.dumps(full()).encode())
    assert sorted(manifest.schedule.graphs) == sorted({**CLIP_GRAPHS, **OTHER_GRAPHS})


def test_dump_keeps_arrays_of_scalars_on_a_line() -> None:
    document = {"a": [1, 2.5, None, "é"], "b": [], "c": {}, "d": [{"e": True}, []]}
    text = strict_json.dump(document).decode()
    assert '"a": [1, 2.5, null, "é"]' in text
    assert strict_json.parse(text.encode()) == document


def test_dump_refuses_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        strict_json.dump({"a": float("nan")})
