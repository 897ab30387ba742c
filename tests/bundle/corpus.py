"""The corpus that Python, Swift and Kotlin share: manifests that every reader must judge alike.

``python -m tests.bundle.corpus`` writes ``tests/golden/manifests`` anew.
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
from tests.bundle.samples import (
    CACHE_OUT,
    CLIP,
    CLIP_GRAPHS,
    FEATURE_0,
    FEATURES,
    OTHER_GRAPHS,
    full,
    minimal,
    program,
    tensor,
)

CORPUS = Path(__file__).parents[1] / "golden" / "manifests"


@dataclass(frozen=True)
class Case:
    """A manifest made from a valid one by changing a few fields.

    Attributes
    ----------
    name : str
        Of the file.
    reason : str
        What is special about it, for the person whose reader disagrees.
    code : str, optional
        Error code; None if it is valid.
    where : str
        Where the fault lies; every reader's message ought to say so.
    changes : dict
        Dotted paths to values.
    base : callable
        What it starts from.
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
    """Return the minimal manifest as text, once replaced."""
    text = strict_json.dump(minimal()).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


VALID = [
    Case("minimal", "nothing optional"),
    Case("full", "every schedule and every optional field", base=full),
    Case(
        "newer-minor",
        "fields of a later minor version, at every level, are ignored",
        changes={
            "schema_version": "1.7",
            "signature": {"algorithm": "ed25519"},
            "model.family": "h3ae",
            "video.hdr": None,
            "graphs.decoder_frame.cost": [1, 2],
            "graphs.decoder_frame.inputs.0.unit": "none",
            "artifacts.0.signed": True,
            "artifacts.0.parity.ssim": 0.99,
            "schedule.clip.overlap": 0,
            "schedule.audio": {"graph": "nowhere"},
        },
    ),
    Case(
        "unknown-vocabulary",
        "targets, backends, roles and kinds are open: a reader skips what it does not know",
        changes={
            "graphs.denoiser": {
                "role": "denoiser",
                "inputs": [tensor("timestep", [1], "timestep")],
                "outputs": [tensor("velocity", [1, 4, 2, 2], "velocity")],
            },
            "artifacts.0.target": "litert",
            "artifacts.0.backend": "gpu-v2",
            "artifacts.0.precision": "int4.block32",
        },
    ),
    Case("integers-for-floats", "1 is a float too", changes={"model.latent_mean": [0, 1, -1, 2]}),
    Case("explicit-nulls", "null where optional", changes={"memory": None, "golden": None}),
    Case(
        "one-artifact", "a bundle may lack a target's other graphs", changes={"artifacts.1": DROP}
    ),
    Case(
        "image",
        "one frame is a clip",
        changes={
            "video.frames": 1,
            "schedule.clip.frames": 1,
            "schedule.clip.latents": 1,
            "graphs.decoder_temporal.inputs.0.shape": [1, 4, 2, 2],
            "graphs.decoder_temporal.outputs.0.shape": [1, 8, 16, 16],
        },
    ),
    Case(
        "golden-image-alone",
        "golden frames of a first frame came with 1.2",
        base=full,
        changes={"schema_version": "1.1", "golden.conditioned": DROP},
    ),
    Case(
        "stream-only",
        "no clip length",
        base=full,
        changes={
            "video.frames": None,
            "schedule.clip": None,
            "schedule.i2v": None,
            "schedule.encode": None,
            "sizes": [],
        },
    ),
    Case(
        "i2v-stream",
        "a conditioned stream, unconditioned pixels",
        base=full,
        changes={
            "graphs.decoder_first_i2v": {
                **OTHER_GRAPHS["decoder_first"],
                "inputs": [*OTHER_GRAPHS["decoder_first"]["inputs"], FEATURE_0],
            },
            "graphs.decoder_next_i2v": {
                **OTHER_GRAPHS["decoder_next"],
                "inputs": [*OTHER_GRAPHS["decoder_next"]["inputs"], FEATURE_0],
            },
            "schedule.i2v.stream": {
                **full()["schedule"]["stream"],
                "first": "decoder_first_i2v",
                "next": "decoder_next_i2v",
            },
        },
    ),
    Case(
        "encode-only",
        "an encoder alone",
        base=full,
        changes={
            "video.frames": None,
            "schedule.clip": None,
            "schedule.stream": None,
            "schedule.i2v": None,
            "sizes": [],
        },
    ),
    Case(
        "frames-per-call",
        "17 frames, four a call: the last call is filled up",
        changes={
            "schedule.clip.frames_per_call": 4,
            "graphs.decoder_frame.inputs.0.shape": [4, 8, 16, 16],
            "graphs.decoder_frame.outputs.0.shape": [4, 3, 64, 64],
        },
    ),
    Case(
        "unicode", "text for people is any Unicode", changes={"model.licence": "CC BY 4.0 · 日本"}
    ),
    Case("indented", "layout of the text does not matter", raw=strict_json.dump(full())),
]

JSON = [
    Case("empty", "no bytes", "manifest.json", raw=b""),
    Case("truncated", "half a download", "manifest.json", raw=_text()[:400]),
    Case("not-an-object", "an array", "manifest.json", raw=b'["schema_version", "1.0"]\n'),
    Case("trailing", "a second document", "manifest.json", raw=_text() + b"{}\n"),
    Case("comment", "JSON has no comments", "manifest.json", raw=b"// hello\n" + _text()),
    Case("trailing-comma", "JSON has no trailing commas", "manifest.json", raw=b'{"a": [1,],}'),
    Case("bom", "a byte order mark", "manifest.json", raw=b"\xef\xbb\xbf" + _text()),
    Case("utf-16", "UTF-16", "manifest.encoding", raw=_text().decode().encode("utf-16")),
    Case(
        "latin-1",
        "a byte that is not UTF-8",
        "manifest.encoding",
        raw=_text("2.0", "\x80").replace(b"\xc2", b""),
    ),
    Case("nan", "NaN is not JSON", "manifest.json", raw=_text("0.125", "NaN")),
    Case("infinity", "nor is Infinity", "manifest.json", raw=_text("0.125", "-Infinity")),
    Case("overflow", "1e999 is infinite", "manifest.json", raw=_text("0.125", "1e999")),
    Case("huge-integer", "beyond 64 bits", "manifest.json", raw=_text("123456", "9" * 40)),
    Case(
        "duplicate-key",
        "two values for one key; parsers disagree on which",
        "manifest.json",
        "name",
        raw=_text('"name": "minimal"', '"name": "minimal",\n  "name": "other"'),
    ),
    Case(
        "duplicate-key-deep",
        "two hashes for one file",
        "manifest.json",
        "sha256",
        raw=_text('"verified": true', f'"sha256": "{"00" * 32}",\n      "verified": true'),
    ),
    Case(
        "deep", "nested 5000 deep", "manifest.json", raw=b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"
    ),
    Case(
        "control-character",
        "a raw line feed in a string",
        "manifest.json",
        raw=_text("Apache", "Apa\nche"),
    ),
    Case("lone-surrogate", "half a character", "manifest.json", raw=_text("Apache", "\\ud800")),
]

VERSION = [
    Case("newer-major", "another format", "manifest.version", "2.0", {"schema_version": "2.0"}),
    Case("older-major", "before the first", "manifest.version", "0.9", {"schema_version": "0.9"}),
    Case(
        "newer-major-unknown",
        "nothing else of a newer format is looked at",
        "manifest.version",
        "10.2",
        raw=b'{"schema_version": "10.2", "contents": []}\n',
    ),
    Case(
        "no-version", "no version", "manifest.version", "schema_version", {"schema_version": DROP}
    ),
    Case(
        "number-version",
        '1.0 is not "1.0"',
        "manifest.version",
        "schema_version",
        {"schema_version": 1.0},
    ),
    Case("odd-version", "three numbers", "manifest.version", "1.0.0", {"schema_version": "1.0.0"}),
    Case("padded-version", "leading zero", "manifest.version", "01.0", {"schema_version": "01.0"}),
    Case(
        "blank-version", "a blank", "manifest.version", "schema_version", {"schema_version": "1.0 "}
    ),
]


def _schema(name: str, reason: str, path: str, value: Any, base: Any = minimal) -> Case:
    """Return a case whose one change breaks the schema at `path`."""
    parts = [f"[{part}]" if part.isdigit() else f".{part}" for part in path.split(".")]
    return Case(name, reason, "manifest.schema", "".join(parts)[1:], {path: value}, base)


SCHEMA = [
    _schema("unknown-field", "a misspelt field in a version this reader knows", "licence", "MIT"),
    _schema("unknown-field-deep", "likewise", "artifacts.0.sha-256", "00"),
    _schema("missing-model", "required", "model", DROP),
    _schema("missing-shape", "required", "graphs.decoder_frame.inputs.0.shape", DROP),
    _schema("missing-frames", "null is not the same as absent", "video.frames", DROP),
    _schema("null-name", "not optional", "name", None),
    _schema("string-for-int", "no coercion", "schedule.clip.latents", "3"),
    _schema("float-for-int", "no coercion", "schedule.clip.latents", 3.5),
    _schema("bool-for-int", "no coercion", "model.latent_channels", True),
    _schema("string-for-float", "no coercion", "video.fps", "24"),
    _schema("string-for-bool", "no coercion", "artifacts.0.verified", "true"),
    _schema("int-for-bool", "no coercion", "artifacts.0.verified", 1),
    _schema("int-for-string", "no coercion", "model.licence", 2),
    _schema("object-for-list", "wrong container", "artifacts", {}),
    _schema("list-for-object", "wrong container", "graphs", []),
    _schema("no-artifacts", "at least one", "artifacts", []),
    _schema("no-graphs", "at least one", "graphs", {}),
    _schema("zero-dim", "dimensions are 1..65536", "graphs.decoder_frame.inputs.0.shape.0", 0),
    _schema("negative-dim", "likewise", "graphs.decoder_frame.inputs.0.shape.0", -1),
    _schema("huge-dim", "likewise", "graphs.decoder_frame.inputs.0.shape.0", 65537),
    _schema("rank-0", "1 to 5 axes", "graphs.decoder_frame.inputs.0.shape", []),
    _schema("rank-6", "1 to 5 axes", "graphs.decoder_frame.inputs.0.shape", [1, 1, 1, 1, 1, 1]),
    _schema(
        "unknown-dtype", "a closed vocabulary", "graphs.decoder_frame.inputs.0.dtype", "bfloat16"
    ),
    _schema("lower-layout", "capital letters", "graphs.decoder_frame.inputs.0.layout", "tchw"),
    _schema("tensor-name", "names are identifiers", "graphs.decoder_frame.inputs.0.name", "a b"),
    _schema("zero-std", "a deviation is positive", "model.latent_std.1", 0.0),
    _schema("negative-std", "likewise", "model.latent_std.1", -1.0),
    _schema("no-channels", "at least one", "model.latent_channels", 0),
    _schema("short-compression", "three factors", "model.compression", [8, 32]),
    _schema("long-compression", "three factors", "model.compression", [8, 32, 32, 1]),
    _schema("no-parameters", "positive", "model.parameters", 0),
    _schema("bad-checkpoint-hash", "64 hexadecimal digits", "model.checkpoint_sha256", "abc"),
    _schema("upper-hash", "lower case", "artifacts.0.sha256", "AB" * 32),
    _schema("empty-file", "no artifact is empty", "artifacts.0.bytes", 0),
    _schema("huge-file", "at most 64 GiB", "artifacts.0.bytes", 2**36 + 1),
    _schema("negative-bytes", "sizes are positive", "artifacts.0.bytes", -4),
    _schema("zero-fps", "positive", "video.fps", 0.0),
    _schema("value-range", "frames are in [-1, 1]", "video.value_range", [0, 1]),
    _schema("channel-order", "RGB only", "video.channel_order", "BGR"),
    _schema("colour-space", "BT.709 only", "video.colour", {"space": "bt2020"}),
    _schema("first-frames", "the first latent is one frame", "video.frame_law.first", 2),
    _schema("bundle-name", "a name is no path", "name", "../minimal"),
    _schema("long-text", "bounded", "model.note", "x" * 1001),
    _schema("no-tools", "at least one tool", "created_by", {}),
    _schema("bad-os", "major.minor.patch", "artifacts.0.minimum_os", {"ios": "17.x"}),
    _schema("option-type", "options are strings", "artifacts.0.options", {"int8": True}),
    _schema("negative-max-abs", "a magnitude", "artifacts.0.parity.max_abs", -1.0),
    _schema("psnr-out-of-range", "-200..200 dB", "artifacts.0.parity.worst_psnr_db", 1e6),
    _schema("no-clip-latents", "positive", "schedule.clip.latents", 0),
    _schema("bad-schedule", "a null temporal stage", "schedule.clip.temporal", None),
    _schema("no-conditions", "at least one", "schedule.i2v.conditions", [], full),
    _schema("negative-memory", "bytes", "memory.peak", -1, full),
    _schema("no-indices", "at least one", "golden.frame_indices", [], full),
    _schema("no-tolerance", "at least one", "golden.tolerance", {}, full),
    _schema("golden-too-big", "at most 256 MiB", "golden.frames.bytes", 2**28 + 1, full),
]


def _path(name: str, reason: str, value: str) -> Case:
    return Case(name, reason, "path.escape", "artifacts[0].file", {"artifacts.0.file": value})


PATHS = [
    _path("path-parent", "leaves the bundle", "artifacts/../../secret"),
    _path("path-absolute", "absolute", "/etc/passwd"),
    _path("path-drive", "a drive letter", "C:/artifacts/decoder.pte"),
    _path("path-drive-inside", "a drive letter", "artifacts/C:decoder.pte"),
    _path("path-backslash", "a separator elsewhere", "artifacts\\..\\secret"),
    _path("path-nul", "ends a C string", "artifacts/decoder.pte\0.txt"),
    _path("path-dot", "a segment that is no name", "artifacts/./decoder.pte"),
    _path("path-empty-segment", "likewise", "artifacts//decoder.pte"),
    _path("path-trailing-slash", "likewise", "artifacts/decoder.pte/"),
    _path("path-hidden", "hidden files", "artifacts/.decoder.pte"),
    _path("path-blank", "blanks", "artifacts/decoder .pte"),
    _path("path-newline", "would break the listing of a tree hash", "artifacts/decoder.pte\n"),
    _path("path-unicode", "looks different after normalisation", "artifacts/décodeur.pte"),
    _path("path-encoded", "is nobody's business to decode", "artifacts/%2e%2e/decoder.pte"),
    _path("path-elsewhere", "not in artifacts/", "golden/decoder.pte"),
    _path("path-top", "not in artifacts/", "manifest.json"),
    _path("path-folder", "artifacts/ itself", "artifacts"),
    _path("path-empty", "empty", ""),
    _path("path-long", "over 255 characters", f"artifacts/{'x' * 250}"),
    Case(
        "golden-path",
        "not in golden/",
        "path.escape",
        "golden.latents.file",
        {"golden.latents.file": "artifacts/latents.safetensors"},
        full,
    ),
    Case(
        "path-case",
        "one file on a system that ignores case",
        "path.duplicate",
        "decoder.pte",
        {"artifacts.1.file": "artifacts/Decoder.pte"},
    ),
    Case(
        "path-nested",
        "an artifact inside another",
        "path.duplicate",
        "artifacts/decoder.pte/x",
        {"artifacts.1.file": "artifacts/decoder.pte/x"},
    ),
    Case(
        "path-two-contents",
        "one file cannot have two hashes",
        "path.duplicate",
        "artifacts[1].file",
        {"artifacts.1.sha256": "00" * 32},
    ),
    Case(
        "path-same-entry",
        "two artifacts, one function",
        "path.duplicate",
        "artifacts[1].file",
        {"artifacts.1.entry": "decoder_temporal"},
    ),
    Case(
        "golden-same-file",
        "frames and latents in one place",
        "path.duplicate",
        "golden/latents.safetensors",
        {"golden.frames.file": "golden/latents.safetensors"},
        full,
    ),
    Case(
        "golden-conditioned-same-file",
        "frames with and without a first frame in one place",
        "path.duplicate",
        "golden/frames.safetensors",
        {"golden.conditioned.file": "golden/frames.safetensors"},
        full,
    ),
]


def _reference(
    name: str, reason: str, where: str, changes: dict[str, Any], base: Any = full
) -> Case:
    return Case(name, reason, "manifest.reference", where, changes, base)


NEXT = "graphs.decoder_next"
REFERENCES = [
    _reference(
        "golden-conditioned-image", "of which image?", "golden.image", {"golden.image": None}
    ),
    _reference(
        "no-temporal", "no such graph", "schedule.clip.temporal", {"schedule.clip.temporal": "x"}
    ),
    _reference("no-frame", "no such graph", "schedule.clip.frame", {"schedule.clip.frame": "x"}),
    _reference(
        "no-first", "no such graph", "schedule.stream.first", {"schedule.stream.first": "x"}
    ),
    _reference("no-next", "no such graph", "schedule.stream.next", {"schedule.stream.next": "x"}),
    _reference(
        "no-encoder", "no such graph", "schedule.i2v.encoder", {"schedule.i2v.encoder": "x"}
    ),
    _reference(
        "no-encode", "no such graph", "schedule.encode.graph", {"schedule.encode.graph": "x"}
    ),
    _reference(
        "wrong-role",
        "a frame stage first",
        "schedule.clip.temporal",
        {"schedule.clip.temporal": "decoder_frame"},
    ),
    _reference("nothing-to-run", "an empty schedule", "schedule", {"schedule": {}}, minimal),
    _reference("artifact-graph", "no such graph", "artifacts[0].graph", {"artifacts.0.graph": "x"}),
    _reference(
        "artifact-twice",
        "which one is meant?",
        "artifacts[1]",
        {"artifacts.1.graph": "decoder_temporal"},
    ),
    _reference(
        "artifact-state", "no such cache", "artifacts[8].states", {"artifacts.8.states": ["x"]}
    ),
    _reference(
        "artifact-image",
        "latents are no image",
        "artifacts[0].image_outputs",
        {"artifacts.0.image_outputs": ["features"]},
    ),
    _reference(
        "memory-graph",
        "no such graph",
        "memory.stages",
        {"memory.stages.x": {"weights": 1, "activations": 1}},
    ),
    _reference(
        "tensor-twice",
        "two inputs of one name",
        f"{NEXT}",
        {f"{NEXT}.inputs": [CACHE_OUT, CACHE_OUT]},
    ),
    _reference("cache-input", "no such input", f"{NEXT}", {f"{NEXT}.caches.0.input": "x"}),
    _reference("cache-output", "no such output", f"{NEXT}", {f"{NEXT}.caches.0.output": "x"}),
    _reference("cache-unfed", "a cache that nothing feeds", f"{NEXT}", {f"{NEXT}.caches": []}),
    _reference(
        "cache-not-given",
        "the first step leaves no cache",
        "graphs.decoder_first.outputs",
        {"graphs.decoder_first.outputs.1": DROP},
    ),
    _reference(
        "input-unfed",
        "nothing feeds a cache of a clip",
        "graphs.decoder_temporal.inputs",
        {
            "graphs.decoder_temporal": {
                **CLIP_GRAPHS["decoder_temporal"],
                "inputs": [
                    *CLIP_GRAPHS["decoder_temporal"]["inputs"],
                    tensor("t", [1], "timestep"),
                ],
            }
        },
    ),
    _reference(
        "no-latents",
        "a temporal stage without latents",
        "graphs.decoder_temporal.inputs",
        {"graphs.decoder_temporal.inputs.0.kind": "condition"},
    ),
    _reference(
        "two-features",
        "which features go on?",
        "graphs.decoder_temporal.outputs",
        {"graphs.decoder_temporal.outputs": [FEATURES, {**FEATURES, "name": "more"}]},
    ),
    _reference(
        "unconditioned",
        "a conditioned graph without its image",
        "schedule.clip",
        {"schedule.clip.temporal": "decoder_temporal_i2v"},
    ),
    _reference(
        "nothing-conditioned",
        "an image that no graph wants",
        "schedule.i2v.clip",
        {"schedule.i2v.clip.temporal": "decoder_temporal"},
    ),
    _reference("i2v-empty", "neither clip nor stream", "schedule.i2v", {"schedule.i2v.clip": None}),
    _reference(
        "condition-output",
        "no such feature",
        "schedule.i2v.conditions[0]",
        {"schedule.i2v.conditions.0.output": "x"},
    ),
    _reference(
        "condition-input",
        "a condition that nothing feeds",
        "schedule.i2v.conditions",
        {"schedule.i2v.conditions.0.input": "x"},
    ),
    _reference(
        "condition-twice",
        "two features for one input",
        "schedule.i2v.conditions",
        {"schedule.i2v.conditions": [{"output": "feature_0", "input": "feature_0"}] * 2},
    ),
]


def _shape(name: str, reason: str, where: str, path: str, value: Any) -> Case:
    return Case(name, reason, "manifest.shape", where, {path: value}, full)


CLIP_LATENTS = "graphs.decoder_temporal.inputs"
SHAPES = [
    _shape("short-mean", "a value a channel", "model", "model.latent_mean", [0.0, 1.0]),
    _shape("short-std", "a value a channel", "model", "model.latent_std", [1.0]),
    _shape("height", "not divisible by 32", "video.height", "video.height", 65),
    _shape("width", "not divisible by 32", "video.width", "video.width", 72),
    _shape(
        "layout-rank",
        "three letters, four axes",
        f"{CLIP_LATENTS}[0]",
        f"{CLIP_LATENTS}.0.layout",
        "CHW",
    ),
    _shape("channels-last", "another order", CLIP_LATENTS, f"{CLIP_LATENTS}.0.layout", "THWC"),
    _shape(
        "too-many-elements",
        "65536 to the fifth",
        f"{CLIP_LATENTS}[0]",
        f"{CLIP_LATENTS}.0.shape",
        [65536] * 4,
    ),
    _shape("latent-size", "not video / 32", CLIP_LATENTS, f"{CLIP_LATENTS}.0.shape", [3, 4, 4, 4]),
    _shape(
        "latent-channels", "not the model's", CLIP_LATENTS, f"{CLIP_LATENTS}.0.shape", [3, 8, 2, 2]
    ),
    _shape(
        "feature-frames",
        "17 frames need 17 features",
        "graphs.decoder_temporal.outputs",
        "graphs.decoder_temporal.outputs.0.shape",
        [16, 8, 16, 16],
    ),
    _shape(
        "feature-channels",
        "the stages do not fit",
        "graphs.decoder_frame.inputs",
        "graphs.decoder_frame.inputs.0.shape",
        [1, 16, 16, 16],
    ),
    _shape(
        "frame-count",
        "not frames_per_call",
        "graphs.decoder_frame.inputs",
        "schedule.clip.frames_per_call",
        2,
    ),
    _shape(
        "frame-size",
        "not the video's",
        "graphs.decoder_frame.outputs",
        "graphs.decoder_frame.outputs.0.shape",
        [1, 3, 32, 32],
    ),
    _shape(
        "frame-channels",
        "not RGB",
        "graphs.decoder_frame.outputs",
        "graphs.decoder_frame.outputs.0.shape",
        [1, 4, 64, 64],
    ),
    _shape("cache-shape", "does not fit its input", NEXT, f"{NEXT}.outputs.1.shape", [2, 8, 2, 4]),
    _shape("cache-type", "does not fit its input", NEXT, f"{NEXT}.outputs.1.dtype", "float16"),
    _shape(
        "handover-shape",
        "the first step's cache does not fit the next",
        "graphs.decoder_first.outputs",
        "graphs.decoder_first.outputs.1.shape",
        [1, 8, 2, 2],
    ),
    _shape(
        "condition-shape",
        "not what the encoder gives",
        "graphs.decoder_temporal_i2v.inputs",
        "graphs.decoder_temporal_i2v.inputs.1.shape",
        [1, 8, 8, 8],
    ),
    _shape(
        "encode-size",
        "not the video's",
        "graphs.encoder_clip.inputs",
        "graphs.encoder_clip.inputs.0.shape",
        [17, 3, 32, 32],
    ),
    _shape(
        "image-size",
        "not the video's",
        "graphs.encoder_image.inputs",
        "graphs.encoder_image.inputs.0.shape",
        [1, 3, 32, 32],
    ),
    _shape(
        "golden-latents", "not the model's", "golden.latents", "golden.latents.shape", [3, 4, 4, 4]
    ),
    _shape(
        "golden-frames", "not one an index", "golden.frames", "golden.frames.shape", [1, 3, 64, 64]
    ),
    _shape("golden-image", "not one frame", "golden.image", "golden.image.shape", [2, 3, 64, 64]),
    _shape(
        "golden-conditioned",
        "not one an index",
        "golden.conditioned",
        "golden.conditioned.shape",
        [1, 3, 64, 64],
    ),
    _shape(
        "golden-conditioned-type",
        "pixels are no int32",
        "golden.conditioned.dtype",
        "golden.conditioned.dtype",
        "int32",
    ),
    _shape(
        "golden-conditioned-bytes",
        "too small for its shape",
        "golden.conditioned.bytes",
        "golden.conditioned.bytes",
        24576,
    ),
    _shape(
        "golden-type", "latents are floats", "golden.latents.dtype", "golden.latents.dtype", "uint8"
    ),
    _shape(
        "golden-bytes",
        "too small for its shape",
        "golden.latents.bytes",
        "golden.latents.bytes",
        192,
    ),
]


def _frames(name: str, reason: str, where: str, path: str, value: Any) -> Case:
    return Case(name, reason, "manifest.frames", where, {path: value}, full)


FRAMES = [
    _frames(
        "frame-law", "not the model's compression", "video.frame_law", "video.frame_law.temporal", 4
    ),
    _frames("clip-length", "18 is not 1 + 8k", "schedule.clip.frames", "schedule.clip.frames", 18),
    _frames(
        "encode-length", "18 is not 1 + 8k", "schedule.encode.frames", "schedule.encode.frames", 18
    ),
    _frames("video-length", "not the clip's", "video.frames", "video.frames", 9),
    _frames("video-length-null", "a clip has a length", "video.frames", "video.frames", None),
    _frames(
        "stream-first",
        "the first step gives one",
        "schedule.stream.frames_first",
        "schedule.stream.frames_first",
        8,
    ),
    _frames(
        "stream-next",
        "later steps give eight",
        "schedule.stream.frames_next",
        "schedule.stream.frames_next",
        4,
    ),
    _frames(
        "golden-order", "indices ascend", "golden.frame_indices", "golden.frame_indices", [16, 0]
    ),
    _frames(
        "golden-repeat", "indices ascend", "golden.frame_indices", "golden.frame_indices", [3, 3]
    ),
    _frames(
        "golden-range", "frame 17 of 17", "golden.frame_indices", "golden.frame_indices", [0, 17]
    ),
    Case(
        "golden-length",
        "golden latents of another length",
        "manifest.frames",
        "golden.latents",
        {"golden.latents.shape": [2, 4, 2, 2]},
        full,
    ),
    Case(
        "two-lengths",
        "clips of two lengths",
        "manifest.frames",
        "video.frames",
        {
            "graphs.decoder_temporal_i2v.inputs.0.shape": [2, 4, 2, 2],
            "graphs.decoder_temporal_i2v.outputs.0.shape": [9, 8, 16, 16],
            "schedule.i2v.clip": {
                **CLIP,
                "temporal": "decoder_temporal_i2v",
                "latents": 2,
                "frames": 9,
            },
        },
        full,
    ),
]

PARITY = [
    Case(
        "verified-without-parity",
        "who says so?",
        "manifest.parity",
        "artifacts[0]",
        {"artifacts.0.parity": None},
    ),
    Case(
        "parity-not-verified",
        "measured, yet not verified",
        "manifest.parity",
        "artifacts[0]",
        {"artifacts.0.verified": False},
    ),
    Case(
        "parity-failed",
        "below its own threshold",
        "manifest.parity",
        "artifacts[0]",
        {"artifacts.0.parity.worst_psnr_db": 99.5},
    ),
    Case(
        "parity-failed-elsewhere",
        "below its own threshold",
        "manifest.parity",
        "artifacts[2]",
        {
            "artifacts.2": program(
                "decoder_first", parity={**program("x")["parity"], "threshold_db": 150}
            )
        },
        full,
    ),
]

SIZES = [
    Case(
        "size-repeats-video",
        "the bundle's own size is no further one",
        "manifest.reference",
        "sizes[0]",
        {"sizes.0.width": 64},
        full,
    ),
    Case(
        "size-repeated",
        "one size twice",
        "manifest.reference",
        "sizes[1]",
        {"sizes": 2 * full()["sizes"]},
        full,
    ),
    Case(
        "size-not-divisible",
        "the model compresses by 32",
        "manifest.shape",
        "sizes[0]",
        {"sizes.0.width": 97},
        full,
    ),
    Case(
        "size-graph-missing",
        "no such graph",
        "manifest.reference",
        "sizes[0]",
        {"sizes.0.schedule.clip.frame": "decoder_frame_96x96"},
        full,
    ),
    Case(
        "size-graph-of-another-size",
        "the bundle's own frame stage gives frames of 64 x 64",
        "manifest.shape",
        "sizes[0]",
        {"sizes.0.schedule.clip.frame": "decoder_frame"},
        full,
    ),
    Case(
        "size-of-another-length",
        "clips have one length at every size",
        "manifest.frames",
        "sizes[0]",
        {
            "sizes.0.schedule.clip.frames": 9,
            "sizes.0.schedule.clip.latents": 2,
            "graphs.decoder_temporal_64x96.inputs.0.shape": [2, 4, 2, 3],
            "graphs.decoder_temporal_64x96.outputs.0.shape": [9, 8, 16, 24],
        },
        full,
    ),
    Case(
        "size-without-way",
        "nothing to run",
        "manifest.reference",
        "sizes[0]",
        {"sizes.0.schedule": {}},
        full,
    ),
    Case(
        "size-without-schedule",
        "a field is missing",
        "manifest.schema",
        "sizes",
        {"sizes.0.schedule": DROP},
        full,
    ),
    Case(
        "size-unknown-field",
        "not in this version",
        "manifest.schema",
        "sizes",
        {"sizes.0.frames": 17},
        full,
    ),
    Case(
        "size-golden-of-another-size",
        "golden frames of 64 x 64",
        "manifest.shape",
        "sizes[0]",
        {"sizes.0.golden.frames.shape": [1, 3, 64, 64]},
        full,
    ),
    Case(
        "size-golden-same-file",
        "both sizes cannot keep their latents in one file",
        "path.duplicate",
        "golden/latents.safetensors",
        {"sizes.0.golden.latents.file": "golden/latents.safetensors"},
        full,
    ),
    Case(
        "size-golden-outside",
        "golden vectors lie in golden/",
        "path.escape",
        "sizes[0].golden.latents.file",
        {"sizes.0.golden.latents.file": "artifacts/latents.safetensors"},
        full,
    ),
    Case(
        "sizes-too-many",
        "at most 16",
        "manifest.schema",
        "sizes",
        {"sizes": [{**full()["sizes"][0], "height": 32 * n} for n in range(3, 20)]},
        full,
    ),
]

# Apart from SCHEMA, as validators read "$" each in their own way: Python's matches before a final
# line feed, Java's before any end of a line.
LINE_ENDS = [
    _schema("name-carriage-return", "an end of a line after a name", "name", "x\r"),
    _schema("name-next-line", "likewise", "name", "x\x85"),
    _schema("name-line-separator", "likewise", "name", "x\u2028"),
    Case(
        "key-line-feed",
        "likewise, after a key",
        "manifest.schema",
        "created_by",
        {"created_by": {"tool\n": "1.0"}},
    ),
]

CASES = [
    *VALID,
    *JSON,
    *VERSION,
    *SCHEMA,
    *LINE_ENDS,
    *PATHS,
    *REFERENCES,
    *SHAPES,
    *FRAMES,
    *PARITY,
    *SIZES,
]


def files() -> Iterator[tuple[str, bytes]]:
    """Yield every file of the corpus, the index last."""
    for case in CASES:
        yield case.file, case.content()
    index = [
        {"file": case.file, "reason": case.reason, "code": case.code, "field": case.where or None}
        for case in CASES
    ]
    yield "index.json", strict_json.dump(index)


if __name__ == "__main__":
    shutil.rmtree(CORPUS, ignore_errors=True)
    for name, content in files():
        path = CORPUS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
