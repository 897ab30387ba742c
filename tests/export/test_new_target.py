"""A target of one's own, as docs/new-target.md tells: one class and one line in the registry."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

from h3ae_export.parity import THRESHOLD_DB
from h3ae_export.pipeline import Pipeline
from h3ae_export.reference import make_reference, there_and_back
from h3ae_export.request import ExportRequest
from h3ae_export.settings import TargetSettings
from h3ae_export.targets import registry
from h3ae_export.targets.base import Exported, NotRunnableError, Progress, Target
from h3ae_export.verify import verify_bundle
from h3ae_export.witness import TORCH, StreamResult, Witness
from h3ae_mobile.bundle import ArtifactSpec, Bundle, Graph
from h3ae_mobile.bundle.model import Tolerance
from h3ae_mobile.checkpoint import load_model
from h3ae_mobile.engines.base import Arrays, Session
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent, MobileGraph
from h3ae_mobile.mobile.options import MobileOptions
from h3ae_mobile.video import synthetic_clip, write_clip


class SavedProgram:
    """Runs a saved `torch.export` program."""

    def __init__(self, path: Path, graph: Graph, error: float) -> None:
        self.module = torch.export.load(path).module()
        self.graph = graph
        self.error = error

    def run(self, inputs: Arrays) -> dict[str, np.ndarray]:
        tensors = [torch.from_numpy(np.asarray(inputs[one.name])) for one in self.graph.inputs]
        with torch.inference_mode():
            outputs = self.module(*tensors)
        names = [one.name for one in self.graph.outputs]
        return {
            name: out.numpy() + np.float32(self.error)
            for name, out in zip(names, outputs, strict=True)
        }

    def reset(self) -> None: ...

    def close(self) -> None: ...


class ToyTarget(Target):
    """Saves graphs as `torch.export` programs."""

    name = "toy"
    error = 0.0
    runnable = True

    def check(self, settings: TargetSettings) -> None: ...

    def options(self, settings: TargetSettings) -> MobileOptions:
        return MobileOptions(precision=settings.precision)

    def export(
        self,
        graphs: Sequence[MobileGraph],
        settings: TargetSettings,
        folder: Path,
        progress: Progress,
    ) -> list[Exported]:
        exported = []
        for graph in graphs:
            path = folder / f"{graph.name}.pt2"
            torch.export.save(torch.export.export(graph.module, graph.example_inputs()), path)
            spec = ArtifactSpec(
                target=self.name, backend="torch", graph=graph.name, precision=settings.precision
            )
            exported.append(Exported(spec, path))
        return exported

    def session(self, exported: Exported, graph: Graph) -> Session:
        if not self.runnable:
            raise NotRunnableError("this machine runs no toys")
        return SavedProgram(exported.path, graph, self.error)

    def runtime(self) -> str:
        return f"torch {torch.__version__}"


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> type[ToyTarget]:
    class Toy(ToyTarget):
        pass

    module = ModuleType("toy_target")
    module.ToyTarget = Toy  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "toy_target", module)
    monkeypatch.setitem(registry.TARGETS, "toy", ("toy_target", "ToyTarget"))
    return Toy


MODEL = ""


@pytest.fixture(autouse=True)
def small_model(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is exported: a model of every kind of stage, in seconds."""
    monkeypatch.setitem(globals(), "MODEL", str(checkpoint))


def request(out: Path, **changes: object) -> ExportRequest:
    fields: dict[str, object] = {
        "model": MODEL,
        "out": out,
        "targets": ("toy",),
        "extent": Extent(64, 64, 9),
        "mode": "both",
        "components": ("both", "i2v"),
    }
    return ExportRequest(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_new_target_is_one_class(tmp_path: Path, toy: type[ToyTarget]) -> None:
    report = Pipeline(request(tmp_path / "toy.h3ae"), lambda line: None).run()
    bundle = Bundle.open(tmp_path / "toy.h3ae")
    assert report.bundle == tmp_path / "toy.h3ae"
    assert not report.failed
    graphs = {artifact.graph for artifact in bundle.manifest.artifacts}
    assert {"decoder_temporal", "decoder_next_i2v", "encoder_clip", "encoder_image"} <= graphs
    for artifact in bundle.manifest.artifacts:
        assert artifact.verified
        assert artifact.parity is not None
        assert artifact.parity.worst_psnr_db >= THRESHOLD_DB["fp32"]
    stream = bundle.artifact("toy", "decoder_next").parity
    assert stream is not None
    assert stream.seam_psnr_db is not None
    assert stream.one_shot_psnr_db is not None
    found = verify_bundle(bundle.root, lambda line: None)
    key = "toy (torch) fp32"
    assert (found.failures, found.not_run) == ([], {})
    assert found.results.keys() == {
        f"{key}{way}" for way in ("", ", stream", ", i2v", ", i2v stream")
    }
    assert found.finite == {}


@pytest.mark.parametrize("mode", ["clip", "stream"])
def test_wrong_frames_of_a_first_frame_are_found(
    tmp_path: Path, toy: type[ToyTarget], mode: str
) -> None:
    """Also where latents alone are not decoded; the golden image is what the frames come from."""
    out = tmp_path / "toy.h3ae"
    Pipeline(request(out, components=("i2v",), mode=mode, window=1), lambda line: None).run()
    way = "toy (torch) fp32, i2v" + (" stream" if mode == "stream" else "")
    found = verify_bundle(out, lambda line: None)
    assert (found.failures, found.results.keys()) == ([], {way})
    assert found.results[way].psnr_db > 70
    golden = Bundle.open(out).manifest.golden
    assert golden is not None
    assert golden.image is not None
    assert golden.image.dtype == "uint8"
    toy.error = 0.01
    (failure,) = verify_bundle(out, lambda line: None).failures
    assert failure.startswith(f"{way}: golden frames reach")


def test_a_file_that_fails_is_not_published(tmp_path: Path, toy: type[ToyTarget]) -> None:
    toy.error = 0.1
    out = tmp_path / "toy.h3ae"
    report = Pipeline(request(out, components=("decoder",), mode="clip"), lambda line: None).run()
    ((label, line),) = report.failed.items()
    assert label == "toy fp32"
    assert "frame" in line
    assert "100 dB" in line
    assert report.bundle is None
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_run_is_said_to_be_unverified(tmp_path: Path, toy: type[ToyTarget]) -> None:
    toy.runnable = False
    out = tmp_path / "toy.h3ae"
    Pipeline(request(out, components=("decoder",), mode="clip"), lambda line: None).run()
    for artifact in Bundle.open(out).manifest.artifacts:
        assert not artifact.verified
        assert "no toys" in artifact.options["unverified"]


def test_no_verify_is_in_the_manifest(tmp_path: Path, toy: type[ToyTarget]) -> None:
    out = tmp_path / "toy.h3ae"
    quick = request(out, components=("decoder",), mode="clip", verify=False)
    Pipeline(quick, lambda line: None).run()
    assert not any(artifact.verified for artifact in Bundle.open(out).manifest.artifacts)


def test_an_interrupt_leaves_nothing(tmp_path: Path, toy: type[ToyTarget]) -> None:
    def interrupt(line: str) -> None:
        if line.startswith("4 check"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Pipeline(request(tmp_path / "toy.h3ae"), interrupt).run()
    assert not list(tmp_path.iterdir())


def test_a_slow_target_is_checked_at_a_smaller_extent(
    tmp_path: Path, toy: type[ToyTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Extent(32, 32, 9)
    monkeypatch.setattr(toy, "verification_extent", lambda *_: small)
    out = tmp_path / "toy.h3ae"
    Pipeline(request(out, components=("decoder",), mode="clip"), lambda line: None).run()
    bundle = Bundle.open(out)
    artifact = bundle.artifact("toy", "decoder_frame")
    assert bundle.manifest.graphs["decoder_frame"].outputs[0].shape == (1, 3, 64, 64)
    assert artifact.parity is not None
    assert artifact.parity.size == (32, 32)
    assert artifact.parity.worst_psnr_db >= THRESHOLD_DB["fp32"]


def test_a_stream_sees_the_window_it_was_asked_for(tmp_path: Path, toy: type[ToyTarget]) -> None:
    out, extent = tmp_path / "toy.h3ae", Extent(64, 64, 25)
    wanted = request(out, components=("decoder",), mode="both", extent=extent, window=2)
    Pipeline(wanted, lambda line: None).run()
    manifest = Bundle.open(out).manifest
    caches = [t.shape for t in manifest.graphs["decoder_next"].inputs if t.layout == "NDL"]
    assert {shape[-1] for shape in caches} == {64}  # keys, values, bias: one past frame of 8 x 8
    parity = Bundle.open(out).artifact("toy", "decoder_next").parity
    assert parity is not None
    assert parity.worst_psnr_db >= THRESHOLD_DB["fp32"]
    assert parity.one_shot_psnr_db is not None
    assert parity.one_shot_psnr_db < parity.worst_psnr_db  # one shot sees all four


class ForgetfulTarget(ToyTarget):
    """Its streams are wrong from the step on at which the first latent leaves the window."""

    def session(self, exported: Exported, graph: Graph) -> Session:
        program = SavedProgram(exported.path, graph, self.error)
        if exported.spec.graph != "decoder_next":
            return program
        run, steps = program.run, iter(range(1000))

        def forgetful(inputs: Arrays) -> dict[str, np.ndarray]:
            outputs = run(inputs)
            if next(steps) + 1 >= WINDOW:
                outputs["features"] = outputs["features"] + np.float32(0.1)
            return outputs

        program.run = forgetful  # type: ignore[method-assign]
        return program


WINDOW = 3


def test_a_stream_is_checked_past_its_window(
    tmp_path: Path, toy: type[ToyTarget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toy, "session", ForgetfulTarget.session)
    # Golden vectors of three latent frames, which the window of three holds.
    wanted = request(tmp_path / "toy.h3ae", components=("decoder",), mode="stream", window=WINDOW)
    report = Pipeline(wanted, lambda line: None).run()
    assert report.stream_check is not None
    assert (report.stream_check.latents, report.stream_check.frames) == (WINDOW + 2, 17)
    assert "dB are needed" in report.failed["toy fp32"]
    monkeypatch.setattr(toy, "session", ToyTarget.session)
    report = Pipeline(wanted, lambda line: None).run()
    assert not report.failed
    (parity,) = {artifact.parity for artifact in report.artifacts}
    assert parity is not None
    assert parity.frames == 17

    key = "toy (torch) fp32, stream"
    found = verify_bundle(wanted.out, lambda line: None)  # the toy's weights are no preset's
    assert (found.failures, found.streams[key]) == ([], StreamResult(5, WINDOW, 17))
    found = verify_bundle(wanted.out, lambda line: None, MODEL)
    assert (found.failures, found.streams[key].against) == ([], TORCH)
    assert found.as_json()["streams"][key]["seam_psnr_db"] > 100
    with pytest.raises(H3AEError, match="not what toy was exported from"):
        verify_bundle(wanted.out, lambda line: None, "h3ae-demo")
    monkeypatch.setattr(toy, "session", ForgetfulTarget.session)
    found = verify_bundle(wanted.out, lambda line: None, MODEL)
    assert found.results[key].psnr_db > 60  # golden frames are those of the beginning
    (failure,) = found.failures
    assert "5 latent frames, past the window of 3" in failure
    assert "the model in torch" in failure


def test_streams_are_held_against_each_other_where_the_model_is_missing() -> None:
    frames, latents = np.zeros((17, 3, 8, 8), np.float32), np.zeros((5, 2, 1, 1), np.float32)
    tolerance = {
        "fp32": Tolerance(max_abs=1e-3, psnr_db=80),
        "fp16": Tolerance(max_abs=0.5, psnr_db=40),
    }
    manifest = SimpleNamespace(golden=SimpleNamespace(tolerance=tolerance))
    witness = Witness(manifest, None)  # type: ignore[arg-type]

    def judge(key: str, precision: str, error: float) -> tuple[StreamResult, str | None]:
        return witness.judge(
            "", key, precision, frames + np.float32(error), latents, None, window=3, step=4
        )

    assert judge("one", "fp32", 0) == (StreamResult(5, 3, 17), None)
    result, failure = judge("two", "fp16", 0.01)
    assert (result.against, failure) == ("one", None)
    assert result.psnr_db == pytest.approx(46, abs=0.1)
    _, failure = judge("three", "fp32", 0.01)
    assert failure is not None
    assert "against one" in failure


def test_a_clip_that_is_too_short_for_a_stream_is_played_there_and_back(tmp_path: Path) -> None:
    short = synthetic_clip(9, 64, 64)
    write_clip(tmp_path / "short.mp4", iter(short.frames), short.fps)
    model = load_model(MODEL).model
    reference = make_reference(
        model, Extent(64, 64, 17), 3, tmp_path / "short.mp4", i2v=False, fold=True
    )
    assert "its 9 frames played there and back" in reference.source
    np.testing.assert_array_equal(reference.video[9:], reference.video[:8][::-1])
    with pytest.raises(H3AEError, match="9 of the 17 frames"):
        make_reference(model, Extent(64, 64, 17), 3, tmp_path / "short.mp4", i2v=False)


def test_a_reference_in_pieces_is_that_of_the_whole_clip() -> None:
    model = load_model(MODEL).model
    reference = make_reference(model, Extent(64, 64, 25), 2, None, i2v=True)
    video = torch.from_numpy(reference.video).transpose(0, 1)[None]
    with torch.inference_mode():
        z = torch.from_numpy(reference.latents).transpose(0, 1)[None]
        features = model.first_frame_features(video)
        whole = model.decode(model.denormalise(z), features).clamp(-1, 1)
        encoded = model.normalise(model.encode(video).mode())
    assert reference.conditioned is not None
    np.testing.assert_allclose(reference.conditioned, whole[0].transpose(0, 1), atol=1e-5)
    np.testing.assert_allclose(reference.encoded, encoded[0].transpose(0, 1), atol=1e-4)
    assert there_and_back(3, 8).tolist() == [0, 1, 2, 1, 0, 1, 2, 1]
    assert there_and_back(1, 3).tolist() == [0, 0, 0]
