"""All of a bundle or nothing, and nothing unchecked unless told so."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from h3ae_mobile.bundle import Bundle, BundleError, BundleWriter, Tolerance, load_golden
from h3ae_mobile.bundle.golden import to_signed
from h3ae_mobile.errors import H3AEError
from tests.bundle import tiny as t


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where to put the bundle: in a folder of its own, so that leftovers show."""
    return tmp_path / "out" / "tiny.h3ae"


def leftovers(place: Path) -> list[str]:
    return sorted(p.name for p in place.parent.iterdir()) if place.parent.exists() else []


def test_writes_a_bundle_that_opens(place: Path, scratch: Path) -> None:
    bundle = t.write_tiny(place, scratch)
    assert leftovers(place) == ["tiny.h3ae"]
    assert bundle.manifest.created_by["h3ae-mobile"] == "0.1.0"
    assert [a.graph for a in bundle.manifest.artifacts] == [*t.GRAPHS, "decoder_frame"]
    assert len({a.file for a in bundle.manifest.artifacts}) == 2
    assert bundle.manifest.artifacts[0].verified
    assert not bundle.manifest.artifacts[2].verified
    assert (scratch / "decoder.pte").exists()


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    manifests = []
    for name in ("a", "b"):
        (tmp_path / f"{name}-scratch").mkdir()
        bundle = t.write_tiny(tmp_path / name / "tiny.h3ae", tmp_path / f"{name}-scratch")
        manifests.append((bundle.root / "manifest.json").read_bytes())
    assert manifests[0] == manifests[1]


@pytest.mark.parametrize("name", ["tiny", "tiny.zip", ".h3ae", "ti ny.h3ae", "-x.h3ae", "é.h3ae"])
def test_refuses_names_that_do_not_travel(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError) as caught:
        BundleWriter(tmp_path / name)
    assert caught.value.code == "bundle.name"


def test_refuses_what_exists_before_any_work(place: Path, scratch: Path) -> None:
    t.write_tiny(place, scratch)
    with pytest.raises(BundleError) as caught:
        BundleWriter(place)
    assert caught.value.code == "bundle.exists"


def test_replaces_a_bundle_when_asked(place: Path, scratch: Path) -> None:
    t.write_tiny(place, scratch)
    (place / "note").touch()
    shutil.rmtree(scratch)
    scratch.mkdir()
    with BundleWriter(place, replace=True) as writer:
        t.add_everything(writer, scratch)
        t.finish(writer)
        assert (place / "note").exists()
    assert not (place / "note").exists()
    Bundle.open(place)
    assert leftovers(place) == ["tiny.h3ae"]


def test_never_replaces_a_folder_that_is_no_bundle(place: Path) -> None:
    place.mkdir(parents=True)
    (place / "thesis.txt").write_text("years of work")
    with pytest.raises(BundleError, match="not a bundle"):
        BundleWriter(place, replace=True)
    assert (place / "thesis.txt").exists()


class StopError(Exception):
    pass


@pytest.mark.parametrize("error", [StopError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", [False, True])
def test_leaves_nothing_when_stopped(
    place: Path, scratch: Path, error: type[BaseException], old: bool
) -> None:
    if old:
        t.write_tiny(place, scratch)
        shutil.rmtree(scratch)
        scratch.mkdir()

    def stopped() -> None:
        with BundleWriter(place, replace=True) as writer:
            t.add_everything(writer, scratch)
            t.finish(writer)
            raise error

    with pytest.raises(error):
        stopped()
    assert leftovers(place) == (["tiny.h3ae"] if old else [])
    if old:
        Bundle.open(place)


def test_a_full_disk_is_one_line_and_leaves_nothing(
    place: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def export() -> None:
        with BundleWriter(place) as writer:
            t.add_everything(writer, scratch)
            t.finish(writer)

    for module, function in ((os, "fsync"), (shutil, "copyfile")):
        with monkeypatch.context() as patch:
            patch.setattr(module, function, full)
            with pytest.raises(H3AEError, match=r"tiny\.h3ae: No space left"):
                export()
        assert leftovers(place) == []
        shutil.rmtree(scratch)
        scratch.mkdir()


def test_an_interrupt_between_the_two_moves_keeps_the_old_bundle(
    place: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    t.write_tiny(place, scratch)
    shutil.rmtree(scratch)
    scratch.mkdir()
    replace = Path.replace
    moves = []

    def interrupted(self: Path, target: Path) -> Path:
        moves.append(target)
        if len(moves) == 2:
            raise KeyboardInterrupt
        return replace(self, target)

    def export() -> None:
        with BundleWriter(place, replace=True) as writer:
            t.add_everything(writer, scratch)
            t.finish(writer)
            monkeypatch.setattr(Path, "replace", interrupted)

    with pytest.raises(KeyboardInterrupt):
        export()
    monkeypatch.undo()
    Bundle.open(place)
    assert leftovers(place) == ["tiny.h3ae"]


def test_an_unfinished_bundle_is_not_published(place: Path, scratch: Path) -> None:
    with pytest.raises(BundleError) as caught, BundleWriter(place) as writer:
        t.add_everything(writer, scratch)
    assert caught.value.code == "bundle.unfinished"
    assert leftovers(place) == []


def added(place: Path, source: Path, *args: Any, **kwargs: Any) -> BundleError:
    """Return the refusal of one `add_artifact`."""
    with pytest.raises(BundleError) as caught, BundleWriter(place) as writer:
        writer.add_artifact(source, *args, **kwargs)
    assert leftovers(place) == []
    return caught.value


def test_refuses_artifacts_without_parity(place: Path, scratch: Path) -> None:
    program, _ = t.sources(scratch)
    error = added(place, program, t.spec("decoder_frame", parity=None))
    assert error.code == "bundle.unverified"


@pytest.mark.parametrize("allow", [False, True])
def test_refuses_artifacts_that_failed(place: Path, scratch: Path, allow: bool) -> None:
    program, _ = t.sources(scratch)
    failed = t.spec("decoder_frame", parity=t.parity(44.9))
    error = added(place, program, failed, allow_unverified=allow)
    assert error.code == "bundle.unverified"
    assert "44.9 dB" in str(error)


def test_refuses_sources_that_are_not_there(place: Path, scratch: Path) -> None:
    error = added(place, scratch / "nothing.pte", t.spec("decoder_frame"))
    assert error.code == "artifact.missing"


@pytest.mark.parametrize("name", ["a/b.pte", "..", ".hidden", "a b", ""])
def test_refuses_names_that_leave_the_folder(place: Path, scratch: Path, name: str) -> None:
    folder = scratch / "x y"
    folder.mkdir()
    program, _ = t.sources(folder)
    if not name:
        program = folder
    assert added(place, program, t.spec("decoder_frame"), name=name).code == "path.escape"


def test_refuses_packages_with_links(place: Path, scratch: Path) -> None:
    _, package = t.sources(scratch)
    (package / "link").symlink_to("/etc")
    assert added(place, package, t.spec("decoder_frame")).code == "path.symlink"


def test_refuses_two_sources_of_one_name(place: Path, scratch: Path) -> None:
    for name in ("a", "b"):
        (scratch / name).mkdir()
        t.sources(scratch / name)

    def export() -> None:
        with BundleWriter(place) as writer:
            writer.add_artifact(scratch / "a" / "decoder.pte", t.spec("decoder_temporal"))
            other = scratch / "b" / "decoder.pte"
            writer.add_artifact(other, t.spec("decoder_frame"), name="Decoder.pte")

    with pytest.raises(BundleError) as caught:
        export()
    assert caught.value.code == "path.duplicate"


def test_refuses_a_manifest_whose_parts_do_not_fit(place: Path, scratch: Path) -> None:
    program, _ = t.sources(scratch)

    def export() -> None:
        with BundleWriter(place) as writer:
            writer.add_artifact(program, t.spec("decoder_elsewhere"))
            t.finish(writer)

    with pytest.raises(BundleError) as caught:
        export()
    assert caught.value.code == "manifest.reference"
    assert leftovers(place) == []


def test_a_first_frame_has_golden_frames_of_its_own(place: Path, scratch: Path) -> None:
    latents, frames = t.golden_arrays()
    image = np.arange(3 * t.SIZE**2).astype(np.uint8).reshape(1, 3, t.SIZE, t.SIZE)
    with BundleWriter(place) as writer:
        writer.add_artifact(t.sources(scratch)[0], t.spec("decoder_frame"))
        writer.add_golden(
            latents=latents,
            frames=frames[[0, 8]],
            frame_indices=[0, 8],
            source="A ramp.",
            tolerance={"fp32": Tolerance(max_abs=1e-3, psnr_db=60)},
            image=image,
            conditioned=2 * frames[[3, 4]],
        )
        t.finish(writer)
    bundle = Bundle.open(place)
    assert {one.file for one in bundle.manifest.golden_files} == {
        f"golden/{name}.safetensors" for name in ("latents", "frames", "image", "conditioned")
    }
    golden = load_golden(bundle)
    assert golden.image is not None
    assert golden.first_frame is not None
    np.testing.assert_array_equal(golden.image, to_signed(image))
    # Clamped, as every decoder clamps.
    expected = np.clip(2 * frames[[3, 4]], -1, 1)
    np.testing.assert_allclose(golden.first_frame.frames, expected, atol=5e-4)
    assert golden.first_frame.frame_indices == (0, 8)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"frames": np.full((1, 3, t.SIZE, t.SIZE), np.nan)}, "golden.format"),
        ({"latents": np.zeros((2, t.CHANNELS, 1, 1))}, "manifest.schema"),
        ({"latents": np.zeros((3, t.CHANNELS, 1, 1), np.float32)}, "manifest.frames"),
        ({"frame_indices": [0, 8]}, "manifest.shape"),
        ({"tolerance": {}}, "manifest.schema"),
    ],
    ids=["nan", "float64", "length", "indices", "tolerance"],
)
def test_refuses_golden_vectors_that_do_not_fit(
    place: Path, scratch: Path, changes: dict[str, Any], code: str
) -> None:
    program, _ = t.sources(scratch)
    latents, frames = t.golden_arrays()
    golden: dict[str, Any] = {
        "latents": latents,
        "frames": frames[[8]],
        "frame_indices": [8],
        "source": "A ramp.",
        "tolerance": {"fp32": Tolerance(max_abs=1e-3, psnr_db=60)},
    }

    def export() -> None:
        with BundleWriter(place) as writer:
            writer.add_artifact(program, t.spec("decoder_frame"))
            writer.add_golden(**(golden | changes))
            t.finish(writer)

    with pytest.raises(BundleError) as caught:
        export()
    assert caught.value.code == code, str(caught.value)
    assert leftovers(place) == []
