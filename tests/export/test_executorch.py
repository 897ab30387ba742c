"""ExecuTorch programs, run as saved: delegates, shared weights, parity, refusals."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import NotRunnableError
from h3ae_export.targets.executorch import ExecuTorchTarget
from h3ae_export.targets.executorch.delegation import inspect
from h3ae_export.targets.executorch.unroll import unroll_batches
from h3ae_mobile.bundle.integrity import total_bytes
from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph
from tests.export import apple
from tests.export.apple import SMALL, THRESHOLD_DB, Files
from tests.models import tiny

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("executorch") is None, reason="the extra executorch is not installed"
)

TARGET = ExecuTorchTarget()
NAMES = (
    "decoder_temporal",
    "decoder_first",
    "decoder_next",
    "decoder_frame",
    "encoder_image",
)
# Twice as many latents as the clip, within the window.
LONGER = Extent(64, 64, frames=17)


@pytest.fixture(scope="module", params=["fp32", pytest.param("fp16", marks=pytest.mark.slow)])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Files:
    settings = TargetSettings(precision=request.param)
    folder = tmp_path_factory.mktemp("small") / "files"
    return apple.export(TARGET, settings, folder, apple.small_model(), SMALL, *NAMES)


def precision(files: Files) -> str:
    return next(iter(files.exported.values())).spec.precision


def check_parity(files: Files, model: nn.Module) -> None:
    threshold = THRESHOLD_DB[precision(files)]
    z = apple.latents(model, SMALL)
    assert apple.worst_db(files.clip(z), apple.decode(model, z)) >= threshold
    z = apple.latents(model, LONGER)
    assert apple.worst_db(files.stream(z), apple.decode(model, z)) >= threshold
    image = apple.video(SMALL)[:, :, :1]
    found = files.run("encoder_image", {"image": apple.rows(image)})
    wanted = apple.rows(model.normalise(model.encode(image).mode()))
    assert apple.worst_db(found["latents"], wanted, float(np.ptp(wanted))) >= threshold


def test_files_decode_and_encode_as_the_reference(small: Files) -> None:
    check_parity(small, apple.small_model())


def test_half_precision_decodes_a_clip_in_one_delegate_a_stage(tmp_path: Path) -> None:
    settings, model = TargetSettings(precision="fp16"), apple.small_model()
    names = ("decoder_temporal", "decoder_frame")
    files = apple.export(TARGET, settings, tmp_path / "files", model, SMALL, *names)
    z = apple.latents(model, SMALL)
    assert apple.worst_db(files.clip(z), apple.decode(model, z)) >= THRESHOLD_DB["fp16"]
    for exported in files.exported.values():
        assert exported.spec.delegates == {"XnnpackBackend": 1}
        assert exported.spec.io_dtype == "float16"


def test_every_method_is_one_delegate_and_nothing_else(small: Files) -> None:
    for name, exported in small.exported.items():
        assert exported.spec.delegates == {"XnnpackBackend": 1}
        assert exported.spec.options == {"portable_ops": "0"}
        assert (exported.spec.graph, exported.spec.entry) == (name, name)
        assert exported.spec.io_dtype == ("float16" if precision(small) == "fp16" else None)


def test_methods_share_one_file_and_their_weights(small: Files) -> None:
    (path,) = {exported.path for exported in small.exported.values()}
    each = 4 if precision(small) == "fp32" else 2
    unique = {
        tensor.double().numpy().tobytes(): each * tensor.numel()
        for graph in small.graphs.values()
        for tensor in graph.module.parameters()
    }
    total = sum(
        each * tensor.numel()
        for graph in small.graphs.values()
        for tensor in graph.module.parameters()
    )
    overhead = 70_000 * len(small.graphs)  # the methods themselves, and constant tables
    assert total > 2 * sum(unique.values())
    assert total_bytes(path) < sum(unique.values()) + overhead


def test_the_graph_that_is_exported_stays_as_it_is(small: Files) -> None:
    for graph in small.graphs.values():
        assert {tensor.dtype for tensor in graph.module.parameters()} == {torch.float32}


class Sorted(nn.Module):
    """Has an operation that no delegate takes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x: Tensor) -> tuple[Tensor]:
        return (self.conv(torch.sort(self.conv(x), dim=-1)[0]),)


def test_a_method_that_is_not_one_delegate_is_refused_with_its_culprit(tmp_path: Path) -> None:
    settings = TargetSettings()
    builder = GraphBuilder(apple.small_model(), SMALL, TARGET.options(settings))
    frame = builder.decoder_frame()
    inputs = (frame.spec.outputs[0].model_copy(update={"name": "video", "kind": "video"}),)
    spec = frame.spec.model_copy(update={"inputs": inputs})
    graph = MobileGraph("sorted", Sorted().eval().requires_grad_(False), spec)
    with pytest.raises(H3AEError, match=r"sorted is not one call of xnnpack alone but 2, .*sort"):
        TARGET.export([graph], settings, tmp_path, lambda line: None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("backend", ["vulkan", "coreml"])
@pytest.mark.parametrize(
    "name", ["decoder_frame", pytest.param("decoder_next", marks=pytest.mark.slow)]
)
def test_other_backends_lower_here_and_run_elsewhere(
    backend: str, name: str, tmp_path: Path
) -> None:
    settings = TargetSettings(precision="fp16", backend=backend)
    try:
        TARGET.check(settings)
    except MissingExtraError as error:
        pytest.skip(str(error))
    model = apple.small_model()
    files = apple.export(TARGET, settings, tmp_path / "files", model, SMALL, name)
    exported = files.exported[name]
    assert list(exported.spec.delegates.values()) == [1]
    assert exported.spec.io_dtype is None
    assert exported.spec.backend == backend
    if backend == "vulkan":
        weight = max(files.graphs[name].module.parameters(), key=Tensor.numel)
        stored = exported.path.read_bytes()
        assert weight.half().numpy().tobytes() in stored
        assert weight.numpy().tobytes() not in stored
    with pytest.raises(NotRunnableError, match=r"no .*Backend"):
        TARGET.session(exported, files.graphs[name].spec)


def test_unrolled_batches_are_equal() -> None:
    model = tiny.model(tiny.config())
    graph = GraphBuilder(model, Extent(32, 64, frames=9)).decoder_temporal()
    inputs = graph.example_inputs()
    program = unroll_batches(torch.export.export(graph.module, inputs, strict=False), inputs)
    convolutions = [node for node in program.graph.nodes if "conv2d" in str(node.target)]
    assert {node.meta["val"].shape[0] for node in convolutions} == {1}
    tiny.assert_close(program.module()(*inputs)[0], graph.module(*inputs)[0])


def test_delegation_counts_what_is_outside() -> None:
    program = torch.export.export(Sorted(), (torch.zeros(1, 3, 4, 4),), strict=False)
    delegation = inspect(program.graph)
    assert delegation.calls == 0
    assert not delegation.whole
    assert "sort" in delegation.culprits()
    assert delegation.culprits(limit=1).endswith("more")


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("xnnpack", {"ios", "macos", "android"}),
        ("vulkan", {"android"}),
        ("coreml", {"ios", "macos"}),
    ],
)
def test_programs_state_the_oldest_system(backend: str, expected: set[str]) -> None:
    from h3ae_export.targets.executorch.backends import minimum_os

    assert set(minimum_os(TargetSettings(backend=backend))) == expected


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_the_demo_decodes_and_encodes_as_the_reference(precision: str, tmp_path: Path) -> None:
    settings = TargetSettings(precision=precision)
    files = apple.export(TARGET, settings, tmp_path / "files", apple.demo(), SMALL, *NAMES)
    assert {tuple(one.spec.delegates.values()) for one in files.exported.values()} == {(1,)}
    check_parity(files, apple.demo())


@pytest.mark.slow
@pytest.mark.parametrize("name", tiny.ABLATIONS)
def test_every_configuration_is_one_delegate(name: str, tmp_path: Path) -> None:
    model = tiny.model(tiny.ABLATIONS[name]).float()
    frames = 1 + 2 * model.config.compression[0]
    extent = replace(SMALL, frames=frames)
    names = ("decoder_temporal_i2v", "decoder_frame_i2v", "encoder_image")
    apple.export(TARGET, TargetSettings(), tmp_path / "files", model, extent, *names)
