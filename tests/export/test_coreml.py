"""Core ML packages, run as saved in the evaluator (in Core ML itself on a Mac)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from h3ae_export.mil import Evaluator, load_program
from h3ae_export.settings import TargetSettings
from h3ae_export.targets.coreml import CoreMLTarget
from h3ae_mobile.bundle.integrity import digest, total_bytes
from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder
from tests.export import apple
from tests.export.apple import SMALL, STREAM, THRESHOLD_DB, Files
from tests.models import tiny

pytest.importorskip("coremltools", reason="the extra coreml is not installed")

TARGET = CoreMLTarget()
FP16 = TargetSettings(precision="fp16")
STREAMED = TargetSettings(precision="fp16", deployment_target="ios18")
STATEFUL = TargetSettings(precision="fp16", deployment_target="ios18", stateful=True)
STEPS = ("decoder_first", "decoder_next")
CLIP = ("decoder_temporal", "decoder_frame")


def export_small(folder: Path) -> Files:
    """A multifunction package with states, and a picture: everything that could vary."""
    files = apple.export(TARGET, STATEFUL, folder, apple.small_model(), SMALL, *STEPS)
    pictures = TargetSettings(precision="fp16", image_output=True)
    apple.export(TARGET, pictures, folder / "pictures", apple.small_model(), SMALL, "decoder_frame")
    return files


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return export_small(tmp_path_factory.mktemp("small") / "files")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("encoder") / "files"
    return apple.export(TARGET, FP16, folder, apple.demo(), SMALL, "encoder_image")


@pytest.fixture(scope="module", params=["fp32", "fp16"])
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Files:
    settings = TargetSettings(precision=request.param, compute_units="cpuAndGPU")
    folder = tmp_path_factory.mktemp("clip") / "files"
    return apple.export(TARGET, settings, folder, apple.demo(), SMALL, *CLIP)


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("stream") / "files"
    return apple.export(TARGET, STREAMED, folder, apple.demo(), STREAM, *STEPS, "decoder_frame")


def precision_of(files: Files) -> str:
    return next(iter(files.exported.values())).spec.precision


def test_a_clip_decodes_as_the_reference(clip: Files) -> None:
    z = apple.latents(apple.demo(), SMALL)
    found, wanted = clip.clip(z), apple.decode(apple.demo(), z)
    assert wanted.std() > 0.1
    assert np.abs(wanted).mean() < 0.9
    assert apple.worst_db(found, wanted) >= THRESHOLD_DB[precision_of(clip)]


def test_an_image_encodes_as_the_reference(encoder: Files) -> None:
    image = apple.video(SMALL)[:, :, :1]
    found = encoder.run("encoder_image", {"image": apple.rows(image)})
    for name, wanted in apple.encoded(apple.demo(), image).items():
        assert apple.worst_db(found[name], wanted, float(np.ptp(wanted))) >= THRESHOLD_DB["fp16"]


def test_what_is_recorded(clip: Files) -> None:
    fp16 = precision_of(clip) == "fp16"
    for name, exported in clip.exported.items():
        spec = exported.spec
        assert (spec.graph, spec.entry, spec.backend) == (name, "main", "mlprogram")
        assert spec.compute_units == "cpuAndGPU"
        assert spec.minimum_os == {"ios": "17.0", "macos": "14.0"}
        assert spec.io_dtype == ("float16" if fp16 else None)
        assert load_program(exported.path).specification_version == 8


def test_operations_suit_phones(clip: Files, encoder: Files) -> None:
    for exported in (*clip.exported.values(), *encoder.exported.values()):
        function = load_program(exported.path).function(None)
        kinds = [operation.type for operation in function.operations]
        assert "cast" not in kinds
        assert kinds.count("transpose") <= 20
        for operation in function.operations:
            ranks = {len(value.type.static_shape) for value in operation.outputs}
            assert max(ranks, default=0) <= 5, operation.label
            if operation.type == "conv":
                (weight,) = operation.arguments["weight"]
                assert len(weight.type.static_shape) == 4  # no conv3d


def test_a_stream_decodes_as_the_reference(stream: Files) -> None:
    z = apple.latents(apple.demo(), STREAM)
    found, wanted = stream.stream(z), apple.decode(apple.demo(), z)
    assert len(found) == STREAM.frames
    assert apple.worst_db(found, wanted) >= THRESHOLD_DB["fp16"]


def test_steps_of_a_stream_share_their_weights(stream: Files) -> None:
    first, following = (stream.exported[name] for name in STEPS)
    assert first.path == following.path
    assert (first.spec.entry, following.spec.entry) == STEPS
    assert first.spec.minimum_os == {"ios": "18.0", "macos": "15.0"}
    graph = stream.graphs["decoder_next"].module
    weights = sum(2 * parameter.numel() for parameter in graph.parameters())
    assert weights < total_bytes(first.path) < 1.1 * weights
    program = load_program(first.path)
    assert set(program.functions) == set(STEPS)
    assert program.default_function == "decoder_first"


def test_states_equal_explicit_caches(small: Files, tmp_path: Path) -> None:
    explicit = apple.export(
        TARGET, STREAMED, tmp_path / "files", apple.small_model(), SMALL, *STEPS
    )
    z = np.concatenate([small.noise("decoder_next", seed) for seed in range(9)])
    for one, other in zip(small.stream_features(z), explicit.stream_features(z), strict=True):
        np.testing.assert_array_equal(one, other)
    spec = small.exported["decoder_next"].spec
    assert spec.states == tuple(c.input for c in small.graphs["decoder_next"].spec.caches)
    assert not small.exported["decoder_first"].spec.states
    assert not explicit.exported["decoder_next"].spec.states


def test_a_stateful_session_begins_and_begins_anew(small: Files) -> None:
    z = small.noise("decoder_first")
    outputs = small.run("decoder_first", {"latents": z})
    caches = {c.input: outputs[c.output] for c in small.graphs["decoder_next"].spec.caches}
    with small.session("decoder_next") as session:
        with pytest.raises(H3AEError, match="has not begun"):
            session.run({"latents": z})
        begun = session.run({"latents": z, **caches})
        assert list(begun) == ["features"]
        session.run({"latents": z})
        again = session.run({"latents": z, **caches})
        np.testing.assert_array_equal(begun["features"], again["features"])
        session.reset()
        with pytest.raises(H3AEError, match="has not begun"):
            session.run({"latents": z})
        some = dict(list(caches.items())[1:])
        with pytest.raises(H3AEError, match="'cache_00_in' is missing"):
            session.run({"latents": z, **some})
    with pytest.raises(H3AEError, match="closed"):
        session.run({"latents": z})


def test_a_session_refuses_wrong_inputs(small: Files) -> None:
    z = small.noise("decoder_first")
    with small.session("decoder_first") as session:
        with pytest.raises(H3AEError, match="needs the input 'latents'"):
            session.run({})
        with pytest.raises(H3AEError, match=r"shape \(3, 8, 8\), not \(1, 3, 8, 8\)"):
            session.run({"latents": z[0]})
        with pytest.raises(H3AEError, match="no input 'more'"):
            session.run({"latents": z, "more": z})


def test_pictures_are_frames_in_whole_numbers(tmp_path: Path) -> None:
    settings = TargetSettings(precision="fp16", image_output=True)
    files = apple.export(TARGET, settings, tmp_path / "files", apple.demo(), SMALL, "decoder_frame")
    exported, graph = files.exported["decoder_frame"], files.graphs["decoder_frame"]
    assert exported.spec.image_outputs == ("frames",)
    z = apple.latents(apple.demo(), SMALL)
    builder = GraphBuilder(apple.demo(), SMALL, TARGET.options(settings))
    features = builder.decoder_temporal().module(torch.from_numpy(apple.rows(z)))[0][:1]
    (wanted,) = graph.module(features)
    found = files.run("decoder_frame", {"features": features.numpy()})["frames"]
    levels = (found + 1) * 127.5
    np.testing.assert_allclose(levels, levels.round(), atol=1e-4)
    # Half a level of rounding, and what fp16 adds to it.
    assert np.abs(found - wanted.numpy()).max() * 127.5 < 1.0
    assert apple.worst_db(found, wanted.numpy()) >= THRESHOLD_DB["fp16"]
    evaluator = Evaluator(exported.path)
    assert evaluator.outputs["frames"].shape == (64, 64, 3)
    values = evaluator.run({"features": features.numpy()}, pixels=False)["frames"]
    np.testing.assert_array_equal(values, values.round())
    assert values.min() >= 0
    assert values.max() <= 255


def test_large_activations_survive_fp16(tmp_path: Path) -> None:
    files = apple.export(
        TARGET, FP16, tmp_path / "files", apple.small_model(), SMALL, "decoder_temporal"
    )
    z = 1000 * files.noise("decoder_temporal")
    (wanted,) = files.graphs["decoder_temporal"].module(torch.from_numpy(z))
    found = files.run("decoder_temporal", {"latents": z})["features"]
    peak = float(wanted.max() - wanted.min())
    assert peak > 1000
    assert apple.worst_db(found, wanted.numpy(), peak) >= THRESHOLD_DB["fp16"]


def test_packages_reproduce_byte_for_byte(small: Files, tmp_path: Path) -> None:
    apple.export_in_another_process("tests.export.test_coreml", tmp_path / "files")
    folder = small.exported["decoder_next"].path.parent
    assert digest(tmp_path / "files") == digest(folder)


def test_packages_know_nothing_of_this_machine(small: Files, stream: Files) -> None:
    for files in (small, stream):
        folder = files.exported["decoder_next"].path.parent
        assert not apple.host_paths(folder, folder)
        assert not list(folder.glob("*.functions"))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (TargetSettings(precision="fp16", stateful=True), "iOS 18"),
        (TargetSettings(stateful=True, deployment_target="ios18"), "fp16"),
        (TargetSettings(image_output=True), "8 bits"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: TargetSettings, reason: str) -> None:
    with pytest.raises(H3AEError, match=reason):
        TARGET.check(settings)


def test_a_picture_is_one_frame(tmp_path: Path) -> None:
    settings = TargetSettings(precision="fp16", image_output=True)
    two = Extent(64, 64, frames=9, frames_per_call=2)
    with pytest.raises(H3AEError, match="one frame"):
        apple.export(TARGET, settings, tmp_path / "f", apple.small_model(), two, "decoder_frame")


def test_a_missing_extra_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"h3ae-mobile\[coreml\]"):
        TARGET.check(FP16)
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    with pytest.raises(MissingExtraError, match="x86-64 Linux only"):
        TARGET.check(FP16)


def test_conditioned_graphs_join_their_plain_forms_on_ios_18(tmp_path: Path) -> None:
    model = apple.small_model()
    names = ("decoder_temporal", "decoder_temporal_i2v", "decoder_frame", "decoder_frame_i2v")
    files = apple.export(TARGET, STREAMED, tmp_path / "files", model, SMALL, *names)
    assert {path.name for path in (tmp_path / "files").iterdir()} == {
        "decoder_temporal.mlpackage",
        "decoder_frame.mlpackage",
    }
    z, image = apple.latents(model, SMALL), apple.video(SMALL)[:, :, :1]
    features = model.first_frame_features(image)
    conditions = {f"feature_{i}": apple.rows(one) for i, one in enumerate(features)}
    needed = {
        name: {
            tensor.name: conditions[tensor.name] for tensor in files.graphs[name].spec.conditions
        }
        for name in ("decoder_temporal_i2v", "decoder_frame_i2v")
    }
    outputs = files.run(
        "decoder_temporal_i2v", {"latents": apple.rows(z), **needed["decoder_temporal_i2v"]}
    )
    found = files.frames(outputs["features"], needed["decoder_frame_i2v"], "decoder_frame_i2v")
    assert apple.worst_db(found, apple.decode(model, z, features)) >= THRESHOLD_DB["fp16"]
    assert apple.worst_db(files.clip(z), apple.decode(model, z)) >= THRESHOLD_DB["fp16"]


@pytest.mark.slow
@pytest.mark.parametrize("choice", tiny.ABLATIONS)
def test_every_design_choice_converts(choice: str, tmp_path: Path) -> None:
    model = tiny.model(tiny.ABLATIONS[choice]).float()
    settings = TargetSettings()
    names = ("decoder_temporal", "decoder_frame", "encoder_clip")
    files = apple.export(TARGET, settings, tmp_path / "files", model, SMALL, *names)
    z = apple.latents(model, SMALL)
    assert apple.worst_db(files.clip(z), apple.decode(model, z)) >= THRESHOLD_DB["fp32"]
    encoded = files.run("encoder_clip", {"video": apple.rows(apple.video(SMALL))})["latents"]
    wanted = apple.rows(model.normalise(model.encode(apple.video(SMALL)).mode()))
    assert apple.worst_db(encoded, wanted, float(np.ptp(wanted))) >= THRESHOLD_DB["fp32"]
