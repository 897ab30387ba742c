"""Opening bundles: the shared mutations, what a whole one gives, and odd places."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from h3ae_mobile.bundle import Bundle, BundleError
from h3ae_mobile.bundle.integrity import CHUNK_BYTES, digest
from tests.bundle.mutations import BUNDLES, MUTATIONS, Mutation, mutate, write


def refusal(path: Path, verify: str = "full") -> BundleError:
    with pytest.raises(BundleError) as caught:
        Bundle.open(path, verify)  # type: ignore[arg-type]
    assert str(caught.value).isprintable()
    return caught.value


def tree(root: Path) -> dict[str, bytes]:
    files = (p for p in root.rglob("*") if p.is_file())
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in files}


def test_the_committed_bundle_is_current(tmp_path: Path) -> None:
    write(tmp_path)
    assert tree(tmp_path) == tree(BUNDLES), "run: python -m tests.bundle.mutations"


def test_opens_the_committed_bundle() -> None:
    bundle = Bundle.open(BUNDLES / "tiny.h3ae")
    assert bundle.manifest.name == "tiny"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.name)
def test_refuses_a_damaged_bundle(tiny: Bundle, mutation: Mutation) -> None:
    mutate(tiny.root, mutation.op, mutation.file)
    assert refusal(tiny.root).code == mutation.code


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.name)
def test_checking_sizes_misses_only_changed_bytes(tiny: Bundle, mutation: Mutation) -> None:
    mutate(tiny.root, mutation.op, mutation.file)
    if mutation.op == "flip":
        Bundle.open(tiny.root, verify="sizes")
    else:
        assert refusal(tiny.root, "sizes").code == mutation.code


def test_without_verification_only_the_manifest_is_read(tiny: Bundle) -> None:
    shutil.rmtree(tiny.root / "artifacts")
    bundle = Bundle.open(tiny.root, verify="none")
    with pytest.raises(BundleError, match="missing"):
        bundle.path(bundle.manifest.artifacts[0])


def test_the_bundle_is_identified_by_its_manifest(tiny: Bundle) -> None:
    assert tiny.sha256 == Bundle.open(BUNDLES / "tiny.h3ae").sha256
    manifest = tiny.root / "manifest.json"
    manifest.write_bytes(manifest.read_bytes() + b" ")
    assert tiny.sha256 != Bundle.open(BUNDLES / "tiny.h3ae").sha256


def test_a_renamed_or_linked_bundle_still_opens(tiny: Bundle, tmp_path: Path) -> None:
    moved = tiny.root.rename(tmp_path / "another name")
    link = tmp_path / "link.h3ae"
    link.symlink_to(moved)
    assert Bundle.open(link).manifest == tiny.manifest


def test_places_that_are_no_bundle(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing").code == "bundle.missing"
    assert refusal(tmp_path).code == "manifest.missing"
    file = tmp_path / "x.h3ae.zip"
    file.touch()
    error = refusal(file)
    assert error.code == "bundle.not_a_directory"
    assert "unpack" in str(error)
    assert refusal(tmp_path / "a\0b").code == "bundle.missing"
    assert refusal(tmp_path / "\x1b[2Jx\ny").code == "bundle.missing"


def test_manifests_that_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").mkdir()
    assert refusal(tmp_path).code == "manifest.missing"
    (tmp_path / "manifest.json").rmdir()
    os.mkfifo(tmp_path / "manifest.json")
    assert refusal(tmp_path).code == "manifest.missing"


def test_a_manifest_that_never_ends(tmp_path: Path) -> None:
    with (tmp_path / "manifest.json").open("wb") as stream:
        stream.truncate(2**40)
    assert refusal(tmp_path).code == "manifest.size"


@pytest.mark.parametrize("verify", ["full", "sizes"])
def test_special_files_are_never_opened(tiny: Bundle, verify: str) -> None:
    program = tiny.root / "artifacts" / "decoder.pte"
    program.unlink()
    os.mkfifo(program)
    assert refusal(tiny.root, verify).code == "artifact.size"
    weights = tiny.root / "artifacts/decoder_frame.mlpackage/pipe"
    os.mkfifo(weights)
    program.unlink()
    shutil.copy(BUNDLES / "tiny.h3ae/artifacts/decoder.pte", program)
    assert refusal(tiny.root, verify).code == "path.symlink"


def test_artifact_takes_the_first_that_fits(tiny: Bundle) -> None:
    assert tiny.artifact("executorch", "decoder_frame").entry == "decoder_frame"
    found = tiny.artifact("coreml", "decoder_frame", precision="fp16", backend="mlprogram")
    assert tiny.path(found).name == "decoder_frame.mlpackage"


@pytest.mark.parametrize(
    ("request_", "choices"),
    [
        (("onnx", "decoder_frame"), "coreml, executorch"),
        (("executorch", "decoder_frame", "fp16"), "fp32 xnnpack"),
        (("executorch", "decoder_frame", "fp32", "vulkan"), "fp32 xnnpack"),
        (("executorch", "encoder_clip"), "coreml, executorch"),
    ],
)
def test_artifact_says_what_there_is(tiny: Bundle, request_: tuple[str, ...], choices: str) -> None:
    with pytest.raises(BundleError) as caught:
        tiny.artifact(*request_)
    assert caught.value.code == "artifact.unknown"
    assert choices in str(caught.value)


def test_the_tree_hash_is_that_of_sha256sum(tmp_path: Path) -> None:
    for name in ("b", "a/z", "a.b", "a-b/c", "B", "a/b/c/d"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 1000)
    command = r"find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum"
    told = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    if told.returncode or not told.stdout:
        pytest.skip("needs GNU find and sha256sum")
    found = digest(tmp_path)
    assert found.sha256 == told.stdout.split()[0]
    assert found.bytes == sum(p.stat().st_size for p in tmp_path.rglob("*") if p.is_file())


def test_files_are_hashed_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\1" * (2 * CHUNK_BYTES + 1))
    told = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True)
    assert digest(path).sha256 == told.stdout.split()[0]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_unreadable_files_are_told(tiny: Bundle) -> None:
    (tiny.root / "artifacts" / "decoder.pte").chmod(0)
    assert refusal(tiny.root).code == "artifact.missing"
