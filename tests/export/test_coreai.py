"""Core AI assets, run as saved in Apple's own CPU runtime."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from h3ae_export.settings import TargetSettings
from h3ae_export.targets.coreai import CoreAITarget
from h3ae_export.targets.coreai.bytecode import name_resources
from h3ae_mobile.bundle.integrity import digest, total_bytes
from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder
from tests.export import apple
from tests.export.apple import SMALL, STREAM, THRESHOLD_DB, Files
from tests.models import tiny

TARGET = CoreAITarget()
STEPS = ("decoder_first", "decoder_next")
CLIP = ("decoder_temporal", "decoder_frame")

needs_coreai = pytest.mark.skipif(
    importlib.util.find_spec("coreai_torch") is None,
    reason="the extra coreai is not installed: Python 3.11, x86-64 Linux or a Mac",
)


def export_small(folder: Path) -> Files:
    """Steps with states, and the frame stage, shuffles included: everything that could vary."""
    names = (*STEPS, "decoder_frame")
    return apple.export(TARGET, TargetSettings(), folder, apple.small_model(), SMALL, *names)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return export_small(tmp_path_factory.mktemp("small") / "files")


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("exact") / "files"
    return apple.export(TARGET, TargetSettings(), folder, apple.demo(), SMALL, *CLIP)


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("half") / "files"
    names = (*CLIP, *STEPS, "encoder_image")
    return apple.export(
        TARGET, TargetSettings(precision="fp16"), folder, apple.demo(), SMALL, *names
    )


@needs_coreai
def test_a_clip_decodes_as_the_reference(exact: Files, half: Files) -> None:
    z = apple.latents(apple.demo(), SMALL)
    wanted = apple.decode(apple.demo(), z)
    assert apple.worst_db(exact.clip(z), wanted) >= THRESHOLD_DB["fp32"]
    assert apple.worst_db(half.clip(z), wanted) >= THRESHOLD_DB["fp16"]


@needs_coreai
def test_a_stream_decodes_as_the_reference(small: Files, half: Files) -> None:
    z = apple.latents(apple.demo(), STREAM)
    found, wanted = half.stream(z), apple.decode(apple.demo(), z)
    assert len(found) == STREAM.frames
    assert apple.worst_db(found, wanted) >= THRESHOLD_DB["fp16"]
    z = apple.latents(apple.small_model(), STREAM)
    found, wanted = small.stream(z), apple.decode(apple.small_model(), z)
    assert apple.worst_db(found, wanted) >= THRESHOLD_DB["fp32"]


@needs_coreai
def test_an_image_encodes_as_the_reference(half: Files) -> None:
    image = apple.video(SMALL)[:, :, :1]
    found = half.run("encoder_image", {"image": apple.rows(image)})
    for name, wanted in apple.encoded(apple.demo(), image).items():
        assert apple.worst_db(found[name], wanted, float(np.ptp(wanted))) >= THRESHOLD_DB["fp16"]


@needs_coreai
def test_what_is_recorded(half: Files) -> None:
    for name, exported in half.exported.items():
        assert (exported.spec.graph, exported.spec.entry) == (name, name)
        assert exported.spec.minimum_os == {"ios": "27.0", "macos": "27.0"}
        assert exported.spec.io_dtype == "float16"
    caches = tuple(cache.input for cache in half.graphs["decoder_next"].spec.caches)
    assert half.exported["decoder_next"].spec.states == caches
    assert not half.exported["decoder_first"].spec.states


@needs_coreai
def test_graphs_of_a_part_share_their_weights(half: Files) -> None:
    (path,) = {half.exported[name].path for name in ("decoder_temporal", *STEPS)}
    module = half.graphs["decoder_temporal"].module
    weights = sum(2 * parameter.numel() for parameter in module.parameters())
    assert weights < total_bytes(path) < 1.1 * weights


@needs_coreai
def test_sizes_share_their_weights(tmp_path: Path) -> None:
    settings = TargetSettings()
    sizes = {"64x64": (64, 64), "64x96": (64, 96), "96x64": (96, 64)}
    graphs = [
        apple.renamed(
            GraphBuilder(
                apple.demo(), Extent(*size, frames=9), TARGET.options(settings)
            ).decoder_frame(),
            f"decoder_frame_{name}",
        )
        for name, size in sizes.items()
    ]
    several = apple.export_graphs(TARGET, settings, tmp_path / "several", graphs)
    single = apple.export_graphs(TARGET, settings, tmp_path / "single", graphs[:1])
    (path,) = {one.path for one in several.exported.values()}
    one = total_bytes(single.exported["decoder_frame_64x64"].path)
    assert total_bytes(path) < 1.2 * one
    for graph in graphs:
        features = graph.example_inputs()[0]
        found = several.run(graph.name, {"features": features.numpy()})["frames"]
        (wanted,) = graph.module(features)
        assert apple.worst_db(found, wanted.numpy()) >= THRESHOLD_DB["fp32"]


@needs_coreai
def test_a_stateful_session_begins_and_begins_anew(small: Files) -> None:
    z = small.noise("decoder_first")
    outputs = small.run("decoder_first", {"latents": z})
    caches = {c.input: outputs[c.output] for c in small.graphs["decoder_next"].spec.caches}
    kept = {name: cache.copy() for name, cache in caches.items()}
    with small.session("decoder_next") as session:
        with pytest.raises(H3AEError, match="has not begun"):
            session.run({"latents": z})
        begun = session.run({"latents": z, **caches})
        assert list(begun) == ["features"]
        onward = session.run({"latents": z})
        assert not np.array_equal(begun["features"], onward["features"])
        again = session.run({"latents": z, **caches})
        np.testing.assert_array_equal(begun["features"], again["features"])
        session.reset()
        with pytest.raises(H3AEError, match="has not begun"):
            session.run({"latents": z})
    with pytest.raises(H3AEError, match="closed"):
        session.run({"latents": z})
    for name, cache in caches.items():  # states are updated in place, but not the caller's arrays
        np.testing.assert_array_equal(cache, kept[name])


@needs_coreai
def test_assets_reproduce_byte_for_byte(small: Files, tmp_path: Path) -> None:
    apple.export_in_another_process("tests.export.test_coreai", tmp_path / "files")
    assert digest(tmp_path / "files") == digest(small.exported["decoder_next"].path.parent)


@needs_coreai
def test_assets_know_nothing_of_this_machine(small: Files, half: Files) -> None:
    for files in (small, half):
        folder = files.exported["decoder_next"].path.parent
        assert not apple.host_paths(folder, folder)


@needs_coreai
def test_damaged_assets_are_one_line(small: Files, tmp_path: Path) -> None:
    exported, graph = small.exported["decoder_frame"], small.graphs["decoder_frame"].spec
    copy = tmp_path / exported.path.name
    shutil.copytree(exported.path, copy)
    program = copy / "main.mlirb"
    program.write_bytes(program.read_bytes()[:-1])
    damaged = type(exported)(exported.spec, copy)
    with pytest.raises(H3AEError, match="damaged"):
        TARGET.session(damaged, graph)
    program.unlink()
    with pytest.raises(H3AEError, match="no complete Core AI asset"):
        TARGET.session(damaged, graph)
    unknown = exported.spec.model_copy(update={"entry": "nothing"})
    with pytest.raises(H3AEError, match="cannot load"):
        TARGET.session(type(exported)(unknown, exported.path), graph)


@needs_coreai
def test_converting_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model, settings = apple.small_model(), TargetSettings()
    files = apple.export(TARGET, settings, tmp_path / "files", model, SMALL, "decoder_frame")
    with files.session("decoder_frame"):
        pass
    assert capfd.readouterr().out == ""
    assert "ODIE" not in capfd.readouterr().err


def test_a_missing_extra_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "version_info", (3, 11, 0))
    with pytest.raises(MissingExtraError, match=r"h3ae-mobile\[coreai\]"):
        TARGET.check(TargetSettings())
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(MissingExtraError, match="x86-64 Linux"):
        TARGET.check(TargetSettings())
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    with pytest.raises(MissingExtraError, match=r"Python 3\.11 and later"):
        TARGET.check(TargetSettings())


def test_large_extents_are_checked_at_a_small_one() -> None:
    quick, full = TargetSettings(), TargetSettings(full_size_check=True)
    assert TARGET.verification_extent(quick, Extent(), 0) == Extent(128, 128, 17)
    assert TARGET.verification_extent(quick, Extent(), 65) == Extent(64, 64, 17)
    wide = Extent(64, 256, 33, 2)
    assert TARGET.verification_extent(quick, wide, 0) == Extent(64, 128, 17, 2)
    assert TARGET.verification_extent(full, wide, 65) == wide


@needs_coreai
@pytest.mark.slow
@pytest.mark.parametrize("choice", tiny.ABLATIONS)
def test_every_design_choice_converts(choice: str, tmp_path: Path) -> None:
    model = tiny.model(tiny.ABLATIONS[choice]).float()
    names = ("decoder_temporal", "decoder_frame", "encoder_clip")
    files = apple.export(TARGET, TargetSettings(), tmp_path / "files", model, SMALL, *names)
    z = apple.latents(model, SMALL)
    assert apple.worst_db(files.clip(z), apple.decode(model, z)) >= THRESHOLD_DB["fp32"]
    encoded = files.run("encoder_clip", {"video": apple.rows(apple.video(SMALL))})["latents"]
    wanted = apple.rows(model.normalise(model.encode(apple.video(SMALL)).mode()))
    assert apple.worst_db(encoded, wanted, float(np.ptp(wanted))) >= THRESHOLD_DB["fp32"]


def test_unknown_bytecode_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "main.mlirb"
    for content, reason in ((b"PK\x03\x04", "not MLIR"), (b"ML\xefR\x0dMLIR\0", "no strings")):
        file.write_bytes(content)
        with pytest.raises(H3AEError, match=reason):
            name_resources(file)
        assert file.read_bytes() == content


def test_only_names_of_resources_change(tmp_path: Path) -> None:
    file = tmp_path / "main.mlirb"
    head, tail = b"ML\xefR\x0dMLIR\0" + b"\x0b\x05\x01\x02", b"\x11\x03\x07"
    texts = [b"main", b"resource_17811945489683455354", b"resource_is_a_word", b"resource_3"]
    body = bytes([2 * 4 + 1]) + bytes(2 * (len(t) + 1) + 1 for t in reversed(texts))
    body += b"".join(t + b"\0" for t in texts)
    file.write_bytes(head + b"\x00" + bytes([2 * len(body) + 1]) + body + tail)
    name_resources(file)
    renamed = file.read_bytes()
    assert renamed.startswith(head)
    assert renamed.endswith(b"\0main\0resource_0\0resource_is_a_word\0resource_1\0"[1:] + tail)
    name_resources(file)
    assert file.read_bytes() == renamed
