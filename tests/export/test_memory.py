"""The memory estimate, against counts by hand and torch's own trace of a graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from h3ae_export.memory import estimate
from h3ae_export.plan import make_plan
from h3ae_export.request import ExportRequest
from h3ae_mobile.bundle.peak import peak_bytes
from h3ae_mobile.bundle.schedule import Schedule
from h3ae_mobile.bundle.tensors import Graph, Kind, TensorSpec
from h3ae_mobile.info import describe
from h3ae_mobile.mobile.builder import GraphBuilder, MobileGraph
from tests.export import apple


class Chain(nn.Module):
    """4 values in; 8, then 8 more beside them; a view; 4 out."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2, 1, 1, 1))

    def forward(self, x: Tensor) -> tuple[Tensor]:
        wide = x * self.weight  # 4 + 8 alive
        other = wide + 1.0  # 4 + 8 + 8: x is the caller's
        view = other.reshape(2, 4)
        return ((wide.reshape(2, 4)[:1] * view[:1]).reshape(1, 1, 2, 2),)  # 4 + 8 + 8 + 4


def chain() -> MobileGraph:
    spec = Graph(
        role="frame",
        inputs=(edge("features", (1, 1, 2, 2), "features"),),
        outputs=(edge("frames", (1, 1, 2, 2), "frames"),),
        caches=(),
    )
    return MobileGraph("chain", Chain().requires_grad_(False), spec)


def edge(name: str, shape: tuple[int, ...], kind: Kind) -> TensorSpec:
    return TensorSpec(name=name, shape=shape, dtype="float32", layout="TCHW", kind=kind)


def test_a_chain_is_counted_by_hand() -> None:
    memory = estimate(chain(), 4)
    assert memory.weights == 4 * 2
    assert memory.activations == 4 * 24
    assert memory.caches == 0


def test_half_precision_takes_half() -> None:
    graph = GraphBuilder(apple.small_model(), apple.SMALL).decoder_next()
    single, half = estimate(graph, 4), estimate(graph, 2)
    assert (half.weights, half.activations) == (single.weights // 2, single.activations // 2)
    assert single.caches == 2 * half.caches > 0


def test_a_frame_stage_holds_what_torch_would_hold() -> None:
    graph = GraphBuilder(apple.small_model(), apple.SMALL).decoder_frame()
    program = torch.export.export(graph.module, graph.example_inputs())
    nodes = [node for node in program.graph.nodes if node.op == "call_function"]
    largest = max(node.meta["val"].numel() for node in nodes)
    total = sum(node.meta["val"].numel() for node in nodes)
    assert 4 * largest < estimate(graph, 4).activations < 4 * total


def test_the_peak_is_that_of_the_greediest_way() -> None:
    builder = GraphBuilder(apple.small_model(), apple.SMALL)
    request = ExportRequest("", Path("none"), (), ("both", "i2v"), "both", apple.SMALL)
    plan = make_plan(request, builder)
    stages = {graph.name: estimate(graph, 4) for graph in plan.graphs}

    def peak(**ways: Any) -> int:
        return peak_bytes(stages, Schedule(**ways), plan.specs)

    schedule = plan.schedule
    assert schedule.clip is not None
    assert schedule.i2v is not None
    temporal, frame = (stages[name] for name in schedule.clip.graphs)
    features = 4 * plan.specs["decoder_temporal"].outputs[0].elements
    busiest = max(temporal.activations, frame.activations + features)
    assert peak(clip=schedule.clip) == temporal.weights + frame.weights + busiest
    alone = {
        "clip": peak(clip=schedule.clip),
        "stream": peak(stream=schedule.stream),
        "encode": peak(encode=schedule.encode),
        "i2v": peak(i2v=schedule.i2v),
    }
    assert peak_bytes(stages, schedule, plan.specs) == max(alone.values())
    encoder = schedule.i2v.encoder
    assert alone["i2v"] >= alone["clip"] + stages[encoder].weights


def test_info_and_manifest_tell_one_figure() -> None:
    builder = GraphBuilder(apple.small_model(), apple.SMALL)
    request = ExportRequest("", Path("none"), (), ("decoder",), "clip", apple.SMALL)
    plan = make_plan(request, builder)
    stages = {graph.name: estimate(graph, 4) for graph in plan.graphs}
    info = describe(apple.small_model().config, apple.SMALL)
    for told in info.memory:
        assert (told.weights, told.activations) == (
            stages[told.graph].weights,
            stages[told.graph].activations,
        )
    assert info.peak == peak_bytes(stages, plan.schedule, plan.specs)
