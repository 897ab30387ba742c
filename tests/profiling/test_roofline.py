"""The roofline counts as torch counts, and as a person counts by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from math import exp, log
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from h3ae_mobile.config import get_config
from h3ae_mobile.mobile.builder import Extent, GraphBuilder
from h3ae_mobile.mobile.options import MobileOptions
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_profiling.graphs import GRAPHS, build_graph
from h3ae_profiling.roofline.calibration import (
    CHECKS,
    FIGURES,
    Roof,
    calibration_of,
    clip_seconds,
)
from h3ae_profiling.roofline.devices import DEVICES, device_named
from h3ae_profiling.roofline.graphs import model_operations
from h3ae_profiling.roofline.operations import OperationCost, operations
from h3ae_profiling.roofline.projection import project
from h3ae_profiling.roofline.workloads import published_work, work_of
from tests.command import Run
from tests.models.tiny import config
from tests.profiling.bundles import manifest_only


class Apply(nn.Module):
    def __init__(self, function: Callable[..., Tensor], *weights: Tensor) -> None:
        super().__init__()
        self.function = function
        self.weights = nn.ParameterList(weights)

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs, *self.weights)


def costs(function: Any, *inputs: Tensor, weights: tuple[Tensor, ...] = ()) -> list[OperationCost]:
    program = torch.export.export(Apply(function, *weights), inputs)
    return [one for one in operations(program, "g", 2) if one.category != "view"]


def counted(module: nn.Module, inputs: tuple[Tensor, ...]) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*inputs)
    return int(counter.get_total_flops())


X2, X3 = torch.randn(3, 8, 16, 16), torch.randn(1, 8, 5, 16, 16)
Q, K, V = torch.randn(2, 4, 10, 8), torch.randn(2, 4, 12, 8), torch.randn(2, 4, 12, 8)
LAYERS: dict[str, tuple[Any, tuple[Tensor, ...], tuple[Tensor, ...]]] = {
    "conv2d": (F.conv2d, (X2,), (torch.randn(6, 8, 3, 3), torch.randn(6))),
    "conv2d grouped": (
        lambda x, w: F.conv2d(x, w, stride=2, groups=4),
        (X2,),
        (torch.randn(12, 2, 3, 3),),
    ),
    "conv3d": (F.conv3d, (X3,), (torch.randn(6, 8, 3, 3, 3),)),
    "transposed": (F.conv_transpose2d, (X2,), (torch.randn(8, 6, 2, 2),)),
    "linear": (F.linear, (torch.randn(7, 8),), (torch.randn(6, 8), torch.randn(6))),
    "bmm": (torch.bmm, (torch.randn(3, 4, 5), torch.randn(3, 5, 6)), ()),
    "matmul": (torch.matmul, (Q, V.transpose(-1, -2).contiguous()), ()),
    "addmm": (torch.addmm, (torch.randn(6), torch.randn(7, 8), torch.randn(8, 6)), ()),
}


@pytest.mark.parametrize("name", LAYERS)
def test_flops_of_a_layer_are_those_of_torch(name: str) -> None:
    function, inputs, weights = LAYERS[name]
    found = sum(one.flops for one in costs(function, *inputs, weights=weights))
    assert found == counted(Apply(function, *weights), inputs)


def test_flops_of_attention() -> None:
    (cost,) = costs(F.scaled_dot_product_attention, Q, K, V)
    assert cost.flops == 2 * 2 * 4 * 10 * 12 * 8 * 2


@pytest.mark.parametrize(
    ("precision", "native", "names"), [("fp32", False, GRAPHS), ("fp16", True, GRAPHS[::2])]
)
def test_flops_of_whole_graphs_are_those_of_torch(
    precision: Any, native: bool, names: tuple[str, ...]
) -> None:
    model = VideoAutoencoder(config())
    builder = GraphBuilder(model, Extent(64, 64, 17, 1), MobileOptions(precision, 7, native))
    for name in names:
        graph = build_graph(builder, name)
        inputs = graph.example_inputs()
        with torch.no_grad():
            program = torch.export.export(graph.module, inputs)
        found = sum(one.flops for one in operations(program, graph.name, 4))
        assert found == pytest.approx(counted(graph.module, inputs), rel=0.02)


def test_a_decode_with_a_first_frame_is_counted_without_weights() -> None:
    calls = {"encoder_image": 1, "decoder_temporal_i2v": 1, "decoder_frame_i2v": 17}
    found = model_operations(config(), Extent(64, 64, 17, 1), calls=calls)
    assert {one.graph: one.calls for one in found if one.flops} == calls


# One layer of each kind, its bytes counted by hand for numbers of two bytes.
HAND = {
    "conv2d": (LAYERS["conv2d"], 2 * (3 * 8 * 256 + 6 * 8 * 9 + 6 + 3 * 6 * 14 * 14)),
    "conv3d": (LAYERS["conv3d"], 2 * (8 * 5 * 256 + 6 * 8 * 27 + 6 * 3 * 14 * 14)),
    "linear": (LAYERS["linear"], 2 * (7 * 8 + 6 * 8 + 6 + 7 * 6)),
    "bmm": (LAYERS["bmm"], 2 * (3 * 20 + 3 * 30 + 3 * 24)),
    "add": ((torch.add, (X2, X2 + 1), ()), 2 * 3 * (3 * 8 * 256)),
    "square": ((lambda x: x * x, (X2,), ()), 2 * 2 * (3 * 8 * 256)),
    "broadcast": ((torch.mul, (X2, torch.randn(1, 1, 1, 1)), ()), 2 * (2 * 3 * 8 * 256 + 1)),
    "softmax": ((lambda x: x.softmax(-1), (Q,), ()), 2 * 2 * (2 * 4 * 10 * 8)),
    "mean": ((lambda x: x.mean(1), (X2,), ()), 2 * (3 * 8 * 256 + 3 * 256)),
    "cat": ((lambda a, b: torch.cat([a, b]), (X2, X2 + 1), ()), 2 * 2 * (2 * 3 * 8 * 256)),
    "permute": ((lambda x: x.permute(0, 2, 3, 1), (X2,), ()), 2 * 2 * (3 * 8 * 256)),
    "shuffle": ((lambda x: F.pixel_shuffle(x, 2), (X2,), ()), 2 * 2 * (3 * 8 * 256)),
    "slice of channels": ((lambda x: x[:, 2:6], (X2,), ()), 2 * 2 * (3 * 4 * 256)),
    "slice of frames": ((lambda x: x[1:], (X2,), ()), 0),
    "strided slice": ((lambda x: x[::2], (X2,), ()), 2 * 2 * (2 * 8 * 256)),
    "reshape": ((lambda x: x.reshape(6, 4, 16, 16), (X2,), ()), 0),
}


@pytest.mark.parametrize("name", HAND)
def test_bytes_are_those_counted_by_hand(name: str) -> None:
    (function, inputs, weights), expected = HAND[name]
    assert sum(one.bytes for one in costs(function, *inputs, weights=weights)) == expected


def test_design_figures_of_the_paper_sizes() -> None:
    found = {
        name: sum(row.flops * row.calls for row in work) / 1e12
        for name, work in published_work().items()
    }
    assert found["h3ae-4x16x16"] == pytest.approx(0.84, abs=0.005)
    assert found["h3ae-8x32x32"] == pytest.approx(0.90, abs=0.005)
    assert found["ltx-video"] == pytest.approx(4.09, abs=0.01)
    assert found["turbo-vaed-ltx"] == pytest.approx(0.81, abs=0.01)


def test_the_committed_work_of_our_models_is_current() -> None:
    counted_now = work_of(model_operations(get_config("h3ae-4x16x16"), Extent()))
    committed = published_work()["h3ae-4x16x16"]
    assert counted_now == committed, "run: python profiling/benchmarks/recount.py"


def test_the_calibration_tells_its_error_on_every_published_figure() -> None:
    found = calibration_of("neural_engine")
    assert [one.figure for one in found.residuals] == list(FIGURES)
    work = published_work()
    for one in found.residuals:
        device = DEVICES[one.figure.device]
        again = clip_seconds(work[one.figure.model], device, found.efficiency)
        assert one.projected == pytest.approx(again)
        assert one.ratio == pytest.approx(again / one.figure.seconds)
        # Beyond a factor of two the model would explain nothing.
        assert 0.5 < one.held_out_ratio < 2
    logs = [abs(log(one.held_out_ratio)) for one in found.residuals]
    assert found.typical_error == pytest.approx(exp(sum(logs) / len(logs)) - 1)
    assert "4 degrees of freedom" in found.note
    # What was not fitted is told, too.
    assert [one.figure for one in found.checks] == list(CHECKS)
    assert all(one.held_out_ratio is None for one in found.checks)
    assert all(0.3 < one.ratio < 1.5 for one in found.checks)
    # The interval of a projection takes in the worst of all that the fit did not see.
    unseen = [one.held_out_ratio for one in found.residuals] + [one.ratio for one in found.checks]
    assert found.ratios == (min(unseen), max(unseen))


def test_starts_are_paid_by_every_call_and_bandwidth_by_every_byte() -> None:
    roof = Roof(flops_per_second=1e12, bytes_per_second=1e9, start_s=1e-3)
    assert roof.seconds(0, 0) == 1e-3
    assert roof.seconds(5e9, 1e6) == pytest.approx(6e-3)
    assert roof.seconds(5e9, 8e6) == pytest.approx(9e-3)


def test_what_would_spare_an_operation_is_named() -> None:
    found = project(
        model_operations(config(), Extent(64, 64, 17, 1)),
        device_named("iphone-16-pro-max"),
        "fp16",
        17,
    )
    told = {(one.bound, one.remedy) for one in found.operations}
    assert ("start", "fewer, larger calls") in told
    big = replace(found.operations[0].cost, category="layout", flops=0, bytes=10**9)
    (copy,) = project([big], found.device, "fp16", 17).operations
    assert (copy.bound, copy.remedy, copy.ideal_s) == ("memory", "keep the layout", 0)


def test_every_device_states_its_sources() -> None:
    for identifier, device in DEVICES.items():
        assert device.identifier == identifier
        assert device.sources
        assert all(rate > 1e11 for rate in device.flops_per_second.values())
        assert 1e10 < device.bytes_per_second < 1e12


def test_projections_add_up_and_name_what_is_dear() -> None:
    found = project(
        model_operations(config(), Extent(64, 64, 17, 1)),
        device_named("iphone-16-pro-max"),
        "fp16",
        17,
    )
    assert found.seconds == pytest.approx(sum(s for s, _ in found.by_category().values()))
    dearest = found.dearest(1000)
    assert sum(one.excess_s for one in dearest) == pytest.approx(
        sum(one.excess_s for one in found.operations)
    )
    assert [one.excess_s for one in dearest] == sorted((d.excess_s for d in dearest), reverse=True)
    assert all(one.excess_s >= -1e-15 for one in dearest)
    copies = [one for one in found.operations if one.cost.category == "layout"]
    assert copies
    assert all(one.ideal_s == 0 for one in copies)
    low, high = found.interval or (0, 0)
    assert low < found.seconds < high


def test_the_command(profile: Run, tmp_path: Path) -> None:
    bundle = manifest_only(tmp_path / "tiny.h3ae")
    told = profile("predict", bundle, "--device", "iphone-16-pro-max")
    assert told.code == 0
    assert "projection, not a measurement" in told.out
    for figure in (*FIGURES, *CHECKS):
        assert figure.model in told.out
    assert "not fitted" in told.out
    data = profile("predict", bundle, "--device", "ipad-pro-m4", "--json", "--top", 3).json
    assert data["label"] == "projection, not a measurement"
    assert len(data["dearest"]) == 3
    assert len(data["calibration"]["figures"]) == len(FIGURES)
    json.dumps(data, allow_nan=False)
    cpu = profile("predict", bundle, "--device", "galaxy-s25")
    assert cpu.code == 0
    assert "no published figure" in cpu.out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--device", "nokia-3310"), "iphone-16-pro-max"),
        (("--precision", "fp32"), "runs no fp32"),
    ],
)
def test_the_command_refuses(
    profile: Run, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    told = profile("predict", manifest_only(tmp_path / "tiny.h3ae"), *arguments)
    assert told.code == 1
    assert reason in told.err
    assert told.err.count("\n") == 1


def test_a_bundle_of_a_model_that_cannot_be_built(profile: Run, tmp_path: Path) -> None:
    bundle = manifest_only(tmp_path / "tiny.h3ae", {"model.config": {"name": "x"}})
    told = profile("predict", bundle)
    assert told.code == 1
    assert "model.config" in told.err
