"""ONNX models, run as saved in ONNX Runtime: parity, shared weights, equal bytes."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from h3ae_export.settings import TargetSettings
from h3ae_export.targets.onnx import OnnxTarget
from h3ae_export.targets.onnx.convert import OPSET
from h3ae_mobile.bundle.integrity import digest, total_bytes
from h3ae_mobile.engines.onnx import model_path
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder
from tests.export import apple
from tests.export.apple import SMALL, THRESHOLD_DB, Files

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("onnx", "onnxruntime", "onnxscript")),
    reason="the extra onnx is not installed",
)

TARGET = OnnxTarget()
STEPS = ("decoder_first", "decoder_next")
NAMES = ("decoder_temporal", *STEPS, "decoder_frame", "encoder_clip", "encoder_image")
LONGER = Extent(64, 64, frames=25)


def export_small(folder: Path) -> Files:
    """Both steps and the frame stage: everything that could vary."""
    names = (*STEPS, "decoder_frame")
    return apple.export(TARGET, TargetSettings(), folder, apple.small_model(), SMALL, *names)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return export_small(tmp_path_factory.mktemp("small") / "files")


@pytest.fixture(scope="module", params=["fp32", pytest.param("fp16", marks=pytest.mark.slow)])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Files:
    settings = TargetSettings(precision=request.param)
    folder = tmp_path_factory.mktemp("demo") / "files"
    return apple.export(TARGET, settings, folder, apple.demo(), SMALL, *NAMES)


def threshold(files: Files) -> float:
    return THRESHOLD_DB[next(iter(files.exported.values())).spec.precision]


def test_a_clip_decodes_as_the_reference(demo: Files) -> None:
    z = apple.latents(apple.demo(), SMALL)
    assert apple.worst_db(demo.clip(z), apple.decode(apple.demo(), z)) >= threshold(demo)


def test_a_stream_decodes_as_the_reference(demo: Files) -> None:
    z = apple.latents(apple.demo(), LONGER)
    assert apple.worst_db(demo.stream(z), apple.decode(apple.demo(), z)) >= threshold(demo)


def test_clips_and_images_encode_as_the_reference(demo: Files) -> None:
    model, video = apple.demo(), apple.video(SMALL)
    for name, kind, pixels in (
        ("encoder_clip", "video", video),
        ("encoder_image", "image", video[:, :, :1]),
    ):
        found = demo.run(name, {kind: apple.rows(pixels)})
        wanted = apple.rows(model.normalise(model.encode(pixels).mode()))
        assert apple.worst_db(found["latents"], wanted, float(np.ptp(wanted))) >= threshold(demo)


def test_models_of_a_directory_share_their_weights(demo: Files) -> None:
    (path,) = {exported.path for exported in demo.exported.values()}
    each = 4 if threshold(demo) == THRESHOLD_DB["fp32"] else 2
    temporal = sum(
        each * parameter.numel()
        for parameter in demo.graphs["decoder_temporal"].module.parameters()
    )
    others = sum(
        each * parameter.numel()
        for name in ("decoder_frame", "encoder_clip")
        for parameter in demo.graphs[name].module.parameters()
    )
    assert temporal + others < total_bytes(path) < 1.15 * (temporal + others)


def test_what_is_recorded(demo: Files) -> None:
    for name, exported in demo.exported.items():
        spec = exported.spec
        assert (spec.graph, spec.entry, spec.backend) == (name, name, "onnxruntime")
        assert spec.io_dtype == ("float16" if spec.precision == "fp16" else None)
        assert spec.options == {"opset": str(OPSET)}
        assert model_path(exported.path, name).is_file()


def test_models_keep_to_the_pinned_operators_and_names(small: Files) -> None:
    import onnx

    for name, exported in small.exported.items():
        model = onnx.load(model_path(exported.path, name), load_external_data=False)
        assert [(one.domain, one.version) for one in model.opset_import] == [("", OPSET)]
        spec = small.graphs[name].spec
        assert [one.name for one in model.graph.input] == [one.name for one in spec.inputs]
        assert [one.name for one in model.graph.output] == [one.name for one in spec.outputs]


def test_assets_are_free_of_host_paths(small: Files, tmp_path: Path) -> None:
    (path,) = {exported.path for exported in small.exported.values()}
    assert apple.host_paths(path, tmp_path) == []


def test_assets_are_equal_byte_by_byte(small: Files, tmp_path: Path) -> None:
    (path,) = {exported.path for exported in small.exported.values()}
    apple.export_in_another_process("tests.export.test_onnx", tmp_path / "again")
    assert digest(tmp_path / "again" / path.name) == digest(path)


class Broken(nn.Module):
    """Branches on its input, which no export can follow."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> tuple[Tensor]:
        return (x,) if x.sum() > 0 else (x * self.weight,)


def test_an_exporter_that_fails_is_one_line(tmp_path: Path) -> None:
    builder = GraphBuilder(apple.small_model(), SMALL, TARGET.options(TargetSettings()))
    broken = replace(builder.decoder_frame(), name="broken", module=Broken())
    with pytest.raises(H3AEError, match="torch cannot export broken to ONNX"):
        TARGET.export([broken], TargetSettings(), tmp_path, lambda line: None)


def test_half_precision_decodes_a_clip(tmp_path: Path) -> None:
    settings, model = TargetSettings(precision="fp16"), apple.small_model()
    names = ("decoder_temporal", "decoder_frame")
    files = apple.export(TARGET, settings, tmp_path / "files", model, SMALL, *names)
    z = apple.latents(model, SMALL)
    assert apple.worst_db(files.clip(z), apple.decode(model, z)) >= THRESHOLD_DB["fp16"]
