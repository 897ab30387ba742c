"""Every way to decode, in torch: clips, streams and clips with a first frame, op by op."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from h3ae_mobile.bundle import Bundle, load_golden
from h3ae_mobile.checkpoint import save_checkpoint
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_profiling.decode import Decode
from h3ae_profiling.host import protocol
from h3ae_profiling.host.clip import NotCheckedError, clip_input, expected_output
from h3ae_profiling.host.contender import Contender, told_apart
from h3ae_profiling.host.protocol import RunPlan, measure
from h3ae_profiling.host.subject import LoadedSubject
from h3ae_profiling.host.worker import Worker
from h3ae_profiling.report import read_report
from tests.command import Run
from tests.models.tiny import config
from tests.profiling.bundles import manifest_only, torch_bundle

CALLS = {
    "clip": {"decoder_temporal": 1, "decoder_frame": 5},
    "stream": {"decoder_first": 1, "decoder_next": 2, "decoder_frame": 1 + 2 + 2},
    "i2v": {"encoder_image": 1, "decoder_temporal_i2v": 1, "decoder_frame_i2v": 5},
}


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return torch_bundle(tmp_path_factory.mktemp("ways"))


@pytest.mark.parametrize("mode", CALLS)
def test_a_mode_calls_its_graphs_and_gives_the_references_frames(
    ways: tuple[Path, Path], mode: str
) -> None:
    bundle, checkpoint = ways
    one = Contender.choose(Bundle.open(bundle), "torch", mode=mode, model=str(checkpoint))
    subject = LoadedSubject(one.variant(), one.decode, None)
    given = clip_input(one.opened, one.decode)
    times, frames = subject.decode(given), subject.frames(given)
    assert one.decode.calls == CALLS[mode]
    assert {name: len(calls) for name, calls in times.calls.items()} == CALLS[mode]
    assert sum(map(sum, times.calls.values())) <= times.clip
    assert frames.shape == (17, 3, 64, 64)
    expected = expected_output(one.opened, one.decode, one.model)
    # A window of two latents makes a difference to the last frame of a stream.
    assert expected.frame_indices == ((0, 8) if mode == "stream" else (0, 8, 16))
    assert np.abs(frames[list(expected.frame_indices)] - expected.frames).max() < 1e-3


def test_a_first_frame_makes_a_difference(ways: tuple[Path, Path]) -> None:
    bundle, checkpoint = Bundle.open(ways[0]), str(ways[1])
    plain = expected_output(bundle, Decode.choose(bundle.manifest, "clip"), checkpoint)
    conditioned = expected_output(bundle, Decode.choose(bundle.manifest, "i2v"), checkpoint)
    assert np.abs(plain.frames - conditioned.frames).max() > 1e-2


def test_the_command_times_every_operation_of_torch(
    profile: Run, ways: tuple[Path, Path], tmp_path: Path
) -> None:
    options = ("--target", "torch", "--mode", "i2v", "--model", ways[1], "--repetitions", 2)
    told = profile("host", ways[0], *options, "--warmup", 0, "--cold-loads", 1, "--out", tmp_path)
    assert told.code == 0, told.err
    report = read_report(tmp_path / "ways-torch-fp32-i2v.json")
    assert report.workload.mode == "i2v"
    assert [stage.graph for stage in report.stages] == list(CALLS["i2v"])
    assert report.output is not None
    assert report.output.passed
    assert report.operations is not None
    assert report.operations.method == "torch.profiler"
    items = report.operations.items
    assert {one.graph for one in items} == set(CALLS["i2v"])
    assert sum(one.seconds for one in items) <= report.operations.clip_s
    frames = [one for one in items if one.graph == "decoder_frame_i2v" and one.kind == "conv2d"]
    assert frames
    assert all(one.calls % 5 == 0 for one in frames)
    assert any("stages." in one.name for one in frames)
    assert report.memory is not None
    assert [one.graph for one in report.memory.stages] == list(CALLS["i2v"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--target", "torch"), "no weights of tiny are at hand"),
        (("--target", "torch", "--precision", "fp16"), "in fp32"),
        (("--target", "torch", "--model", "{other}"), "not those that ways was exported from"),
        (("--target", "torch", "--model", "nowhere.safetensors"), "no checkpoint"),
    ],
)
def test_torch_without_the_weights_is_refused(
    profile: Run, ways: tuple[Path, Path], tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    other = tmp_path / "other.safetensors"
    torch.manual_seed(1)
    save_checkpoint(other, VideoAutoencoder(config()))
    given = [one.format(other=other) for one in arguments]
    told = profile("host", ways[0], *given, "--cold-loads", 1, "--out", tmp_path / "out")
    assert told.code == 1
    assert reason in told.err
    assert not (tmp_path / "out").exists()


def test_without_weights_a_first_frame_is_measured_and_not_checked(ways: tuple[Path, Path]) -> None:
    bundle = Bundle.open(ways[0])
    decode = Decode.choose(bundle.manifest, "i2v")
    with pytest.raises(NotCheckedError, match="no weights of tiny are at hand"):
        expected_output(bundle, decode, None)
    # The measuring process says so in its answer, and the run goes on.
    worker = Worker(Contender.choose(bundle, "torch", mode="i2v"))
    assert "no weights of tiny" in worker.output("sheet.png")["unchecked"]


def test_golden_frames_of_a_first_frame_need_no_weights(
    ways: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = Bundle.open(ways[0])
    golden = load_golden(bundle)
    stated = replace(golden, conditioned=golden.frames[::-1])
    monkeypatch.setattr("h3ae_profiling.host.clip.load_golden", lambda bundle: stated)
    expected = expected_output(bundle, Decode.choose(bundle.manifest, "i2v"), None)
    np.testing.assert_array_equal(expected.frames, golden.frames[::-1])
    plain = expected_output(bundle, Decode.choose(bundle.manifest, "clip"), None)
    np.testing.assert_array_equal(plain.frames, golden.frames)


def test_a_wrong_model_is_refused_before_measuring(ways: tuple[Path, Path], tmp_path: Path) -> None:
    given = Contender(
        str(ways[0]), "executorch", "none", "fp32", None, "i2v", "nowhere.safetensors"
    )
    told: list[str] = []
    with pytest.raises(H3AEError, match="no checkpoint nowhere"):
        measure([given], RunPlan(), tmp_path, told.append)
    assert told == []


def test_other_clips_are_refused_before_measuring(ways: tuple[Path, Path], tmp_path: Path) -> None:
    ours = Contender(str(ways[0]), "executorch", "none", "fp32")
    tiny = Path(__file__).parents[1] / "golden" / "bundles" / "tiny.h3ae"
    other = Contender(str(tiny), "executorch", "none", "fp32")
    told: list[str] = []
    with pytest.raises(H3AEError, match="17 frames of 64x64, tiny executorch fp32 9 frames of 32x"):
        measure([ours, other], RunPlan(), tmp_path, told.append)
    assert told == []


def test_core_ml_is_told_its_units_and_what_it_keeps(
    ways: tuple[Path, Path], tmp_path: Path
) -> None:
    units = {"backend": "mlprogram", "target": "coreml", "compute_units": "cpuAndNeuralEngine"}
    changes = {f"artifacts.{i}.{name}": value for i in (0, 1) for name, value in units.items()}
    bundle = manifest_only(tmp_path / "apple.h3ae", changes)
    apple = Contender(str(bundle), "coreml", "mlprogram", "fp32")
    assert apple.compute_units == "cpuAndNeuralEngine"
    assert "compiles at a load" in protocol._kept(apple)
    other = Contender(str(ways[0]), "executorch", "none", "fp32")
    assert other.compute_units is None
    assert "keeps no compiled form" in protocol._kept(other)


def test_bundles_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    def contender(place: str) -> Contender:
        return Contender(str(tmp_path / place), "onnx", "cpu", "fp32")

    def labels(*places: str) -> list[str]:
        return [one.label for one in told_apart([contender(place) for place in places])]

    assert labels("new/demo.h3ae", "old/demo.h3ae", "other.h3ae") == [
        "new/demo onnx fp32",
        "old/demo onnx fp32",
        "other onnx fp32",
    ]
    assert labels("demo.h3ae", "old/demo.h3ae") == ["demo onnx fp32", "old/demo onnx fp32"]
    assert labels("demo.h3ae", "demo.h3ae") == ["demo onnx fp32"] * 2


def test_a_mode_that_the_bundle_lacks(ways: tuple[Path, Path]) -> None:
    manifest = Bundle.open(ways[0]).manifest
    schedule = manifest.schedule.model_copy(update={"stream": None})
    with pytest.raises(H3AEError, match="no decoder of the mode stream") as caught:
        Decode.choose(manifest.model_copy(update={"schedule": schedule}), "stream")
    assert "clip, i2v" in str(caught.value)
