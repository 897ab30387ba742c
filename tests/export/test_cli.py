"""`h3ae-export` as a user calls it: a bundle, its check, and one line for whatever is wrong."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from h3ae_export.verify import _ways
from h3ae_mobile.bundle import Bundle, BundleError, load_golden
from h3ae_mobile.bundle.integrity import digest, total_bytes
from h3ae_mobile.bundle.manifest import SCHEMA_VERSION
from h3ae_mobile.bundle.schedule import Schedule, StreamDecode
from h3ae_mobile.decoder import VideoDecoder
from h3ae_mobile.errors import MissingExtraError
from tests.command import Outcome, Run

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

EXPORT = str(Path(sys.executable).with_name("h3ae-export"))
SMALL = ("--size", "64x64", "--frames", "9", "--target", "onnx")
# What a decoder of 257 frames of 128 x 128 would take more if it kept them.
KEPT_FRAMES = 257 * 3 * 128 * 128 * 4


@pytest.fixture(scope="module")
def bundle(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip decoder with its encoder, written by a process of its own."""
    folder = tmp_path_factory.mktemp("bundle")
    command = [EXPORT, *SMALL, "--model", checkpoint, "--component", "both", "--json"]
    done = subprocess.run(
        [*map(str, command), "--out", "small.h3ae"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["bundle"] == "small.h3ae"
    for artifact in report["artifacts"]:
        assert artifact["parity"]["worst_psnr_db"] >= 100
        assert artifact["sha256"]
        assert artifact["bytes"]
        assert artifact["target"] == "onnx"
    assert [path.name for path in folder.iterdir()] == ["small.h3ae"]
    return folder / "small.h3ae"


def complaint(outcome: Outcome) -> str:
    """The one line that a failed command leaves."""
    assert outcome.code != 0
    assert "Traceback" not in outcome.err
    lines = [line for line in outcome.err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1, outcome.err
    return lines[0]


def test_verify_runs_the_golden_frames(bundle: Path, export: Run) -> None:
    result = export("verify", bundle, "--json").json
    assert result["failures"] == []
    assert result["golden"]["onnx (onnxruntime) fp32"]["psnr_db"] > 60


def _garbage(artifact: Path) -> None:
    for path in artifact.glob("*.onnx"):
        path.write_bytes(b"garbage")


def _not_a_number(artifact: Path) -> None:
    weights = artifact / "weights.bin"
    weights.write_bytes(b"\xff" * weights.stat().st_size)


def _sign(root: Path) -> None:
    """Make the hashes right again, as whoever exported broken files would."""
    path = root / "manifest.json"
    manifest = json.loads(path.read_text())
    for artifact in manifest["artifacts"]:
        file = root / artifact["file"]
        artifact |= {"bytes": total_bytes(file), "sha256": digest(file).sha256}
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("damage", "says"), [(_garbage, "cannot load"), (_not_a_number, "not finite")]
)
def test_verify_fails_on_files_that_do_not_decode(
    damage: Callable[[Path], None], says: str, bundle: Path, export: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.h3ae"
    shutil.copytree(bundle, copy)
    for artifact in (copy / "artifacts").iterdir():
        damage(artifact)
    _sign(copy)
    outcome = export("verify", copy, "--json")
    assert says in complaint(outcome)
    assert outcome.json["not_run"] == {}
    assert says in outcome.json["failures"][0]


def test_verify_tells_what_cannot_be_run_here(
    bundle: Path, export: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    outcome = export("verify", bundle, "--json")
    assert outcome.code == 0
    assert "h3ae-mobile[onnx]" in outcome.json["not_run"]["onnx (onnxruntime) fp32"]


def test_verify_runs_core_ml_files_anywhere(checkpoint: Path, export: Run, tmp_path: Path) -> None:
    pytest.importorskip("coremltools")
    place = tmp_path / "small.h3ae"
    size = ("--size", "32x32", "--frames", 9, "--no-verify")
    assert export("--target", "coreml", "--model", checkpoint, *size, "--out", place).code == 0
    found = export("verify", place, "--json").json
    assert (found["failures"], found["not_run"]) == ([], {})
    assert found["golden"]["coreml (mlprogram) fp32"]["psnr_db"] > 60


def test_a_stream_is_held_against_golden_frames_that_it_can_give(bundle: Path) -> None:
    stream = StreamDecode(
        first="first",
        next="next",
        frame="frame",
        frames_per_call=1,
        attention_window=2,
        frames_first=1,
        frames_next=4,
    )
    opened = Bundle.open(bundle)
    clip, golden = opened.manifest.schedule.clip, load_golden(opened)  # of three latents

    def known(schedule: Schedule) -> list[bool]:
        return [way.expected is not None for way in _ways(schedule, golden)]

    wide = stream.model_copy(update={"attention_window": 3})
    assert known(Schedule(clip=clip, stream=stream)) == [True, False]
    assert known(Schedule(clip=clip, stream=wide)) == [True, True]
    assert known(Schedule(stream=stream)) == [True]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "--target"),
        (("--target", "tflite"), "coreml"),
        (("--target", "all", "--target", "tflite"), "tflite"),
        (("--target", "coreml", "--stateful"), "--deployment-target ios18"),
        ((*SMALL, "--frames", "10"), "9"),
        ((*SMALL, "--frames", "0"), "frames"),
        ((*SMALL, "--frames", "-7"), "frames"),
        ((*SMALL, "--size", "60x64"), "divisible by 8"),
        ((*SMALL, "--size", "64"), "HxW"),
        ((*SMALL, "--size", "0x0"), "divisible"),
        ((*SMALL, "--window", "0"), "window"),
        ((*SMALL, "--mode", "both", "--window", "0"), "window"),
        ((*SMALL, "--frames-per-call", "0"), "frames a call"),
        ((*SMALL, "--precision", "int3"), "fp16"),
        ((*SMALL, "--component", "half"), "i2v"),
        ((*SMALL, "--clip", "nowhere.mp4"), "nowhere.mp4"),
        ((*SMALL, "--clip", "text.mp4"), "text.mp4"),
        ((*SMALL, "--model", "h3ae-9000"), "h3ae-8x32x32"),
        ((*SMALL, "--model", "nowhere.safetensors"), "nowhere.safetensors"),
        ((*SMALL, "--model", "text.safetensors"), "text.safetensors"),
        ((*SMALL, "--model", "pickle.pt"), "pickle.pt"),
        ((*SMALL, "--out", "no-suffix"), ".h3ae"),
        (("audit", "--target", "tflite"), "coreml"),
        (("verify", "nowhere.h3ae"), "nowhere.h3ae"),
        (("verify", "text.mp4"), "text.mp4"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    arguments: tuple[str, ...],
    says: str,
    checkpoint: Path,
    export: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("text.mp4", "text.safetensors", "pickle.pt"):
        Path(name).write_bytes(b"\x80\x04 no such thing")
    before = sorted(tmp_path.iterdir())
    model = () if "--model" in arguments or arguments[:1] in (("verify",), ("audit",), ()) else (
        "--model", checkpoint)  # fmt: skip
    assert says in complaint(export(*arguments, *model))
    assert sorted(tmp_path.iterdir()) == before


def test_a_clip_that_is_too_short_is_told(checkpoint: Path, export: Run, tmp_path: Path) -> None:
    from h3ae_mobile.video import synthetic_clip, write_clip

    short = synthetic_clip(5, 64, 64)
    write_clip(tmp_path / "short.mp4", iter(short.frames), short.fps)
    arguments = (*SMALL, "--model", checkpoint, "--clip", tmp_path / "short.mp4")
    assert "5 of the 9 frames" in complaint(export(*arguments, "--out", tmp_path / "small.h3ae"))
    assert not (tmp_path / "small.h3ae").exists()


def test_a_missing_extra_is_told_with_its_cure(
    checkpoint: Path, export: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    monkeypatch.chdir(tmp_path)
    line = complaint(export(*SMALL, "--model", checkpoint))
    assert 'pip install "h3ae-mobile[onnx]"' in line


def test_only_all_leaves_out_targets_whose_packages_are_missing(
    checkpoint: Path, export: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise MissingExtraError("coreai-core", "coreai", "exporting to Core AI")

    monkeypatch.setattr("h3ae_export.targets.coreai.CoreAITarget.check", missing)
    monkeypatch.chdir(tmp_path)
    told = export(*SMALL, "--target", "coreai", "--model", checkpoint)
    assert "h3ae-mobile[coreai]" in complaint(told)
    monkeypatch.setattr("h3ae_export.cli.TARGETS", ("coreai", "onnx"))
    left = export("--target", "all", *SMALL[:4], "--no-verify", "--model", checkpoint, "--json")
    assert left.code == 0
    assert left.json["skipped"].keys() == {"coreai"}
    assert {one["target"] for one in left.json["artifacts"]} == {"onnx"}


def test_an_impossible_place_is_refused_before_any_work(
    checkpoint: Path, export: Run, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    outcome = export(*SMALL, "--model", checkpoint, "--out", tmp_path / "file" / "small.h3ae")
    assert "Not a directory" in complaint(outcome)
    assert "1 load" not in outcome.err


def test_an_older_bundle_is_replaced_only_when_told(
    bundle: Path, checkpoint: Path, export: Run
) -> None:
    before = (bundle / "manifest.json").read_bytes()
    outcome = export(*SMALL, "--model", checkpoint, "--out", bundle)
    assert "exists already" in complaint(outcome)
    assert "1 load" not in outcome.err  # refused before any work
    assert (bundle / "manifest.json").read_bytes() == before


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda root: _flip(root / "golden" / "frames.safetensors"), "frames.safetensors"),
        (lambda root: os.truncate(next(root.rglob("weights.bin")), 100), "h3ae"),
        (lambda root: next(root.rglob("*.onnx")).unlink(), "h3ae"),
        (lambda root: os.truncate(root / "manifest.json", 200), "manifest"),
        (lambda root: _edit(root / "manifest.json", f'"{SCHEMA_VERSION}"', '"2.0"'), "2.0"),
        (lambda root: _edit(root / "manifest.json", '"artifacts/', '"../../'), "file"),
        (lambda root: _edit(root / "manifest.json", '"height": 64', '"height": "64"'), "height"),
        (lambda root: _edit(root / "manifest.json", '"height": 64', '"height": 1e9'), "height"),
    ],
)
def test_a_damaged_bundle_is_refused_in_one_line(
    damage: Callable[[Path], None], says: str, bundle: Path, export: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.h3ae"
    shutil.copytree(bundle, copy)
    damage(copy)
    assert says in complaint(export("verify", copy))


def test_a_full_disk_leaves_nothing(checkpoint: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the system refuses alike."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(
        [EXPORT, *SMALL, "--model", str(checkpoint), "--out", "small.h3ae"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )
    complaint(Outcome(done.returncode, done.stdout, done.stderr))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing(
    number: signal.Signals, checkpoint: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [EXPORT, *SMALL, "--model", str(checkpoint), "--out", "small.h3ae"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("converting"):
            process.send_signal(number)
            break
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert not list(tmp_path.iterdir())


def test_a_stream_takes_no_more_memory_for_more_frames(
    checkpoint: Path, export: Run, tmp_path: Path
) -> None:
    place = tmp_path / "stream.h3ae"
    size = ("--size", "128x128", "--frames", "9", "--target", "onnx", "--mode", "stream")
    assert export(*size, "--model", checkpoint, "--out", place).code == 0
    latents = Bundle.open(place).manifest.graphs["decoder_first"].inputs[0].shape[1:]
    program = f"""
        import resource, numpy as np
        from h3ae_mobile.decoder import VideoDecoder

        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

        with VideoDecoder.open({str(place)!r}) as decoder:
            for frames in (17, 257):
                latents = np.zeros((1 + frames // 4, *{latents!r}), np.float32)
                assert sum(1 for _ in decoder.frames(latents)) == frames
                print(peak())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=True,
    )
    short, long = map(int, done.stdout.split())
    assert long - short < KEPT_FRAMES / 8


# Of a model as small as this, graphs and tables weigh half as much as the weights: both sizes with
# weights of their own would be three times as much.
@pytest.mark.parametrize(("target", "files"), [("onnx", "weights.bin"), ("coreai", "*.mlirb")])
def test_further_sizes_share_the_files(
    target: str, files: str, checkpoint: Path, export: Run, tmp_path: Path
) -> None:
    if target == "coreai":
        pytest.importorskip("coreai_torch")
    place = tmp_path / "sizes.h3ae"
    sizes = ("--size", "64x64", "--size", "32x64", "--frames", 9, "--component", "i2v")
    report = export(
        "--target", target, "--model", checkpoint, *sizes, "--out", place, "--json"
    ).json
    parities = {one["graph"]: one["parity"] for one in report["artifacts"]}
    names = {"decoder_temporal_i2v", "decoder_frame_i2v", "encoder_image"}
    assert parities.keys() == names | {f"{name}_32x64" for name in names}
    for graph, parity in parities.items():
        assert parity["size"] == ([32, 64] if graph.endswith("32x64") else [64, 64])
    bundle = Bundle.open(place)
    weights = 4 * bundle.manifest.model.parameters
    assert sum(path.stat().st_size for path in place.rglob(files)) < 1.8 * weights
    with VideoDecoder.open(bundle, size=(32, 64)) as decoder:
        first = decoder.encode_image(np.zeros((1, 3, 32, 64)))
        latents = np.repeat(first.latents, 3, axis=0)
        frames = list(decoder.frames(latents, features=first.features))
    assert [frame.shape for frame in frames] == 9 * [(3, 32, 64)]
    with pytest.raises(BundleError, match="nothing for 16x16"):
        VideoDecoder.open(bundle, size=(16, 16))
