"""What `h3ae info` says of a model."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from h3ae_mobile.ablations import ABLATIONS, BASE
from h3ae_mobile.config import PRESETS
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.info import ModelInfo, describe, published_parameters, render
from h3ae_mobile.mobile.builder import Extent
from tests.models.tiny import config

SMALL = Extent(64, 96, 9)


@pytest.fixture(scope="module")
def paper() -> ModelInfo:
    return describe("h3ae-8x32x32")


@pytest.mark.parametrize(
    ("model", "teraflops", "tolerance"),
    # The design's figures; for 8x64x64 it counts an attention of 512 channels, ours has 1024.
    [("h3ae-8x32x32", 0.90, 0.01), ("h3ae-4x16x16", 0.84, 0.01), ("h3ae-8x64x64", 1.06, 0.03)],
)
def test_decoding_costs_what_the_design_says(
    model: str, teraflops: float, tolerance: float
) -> None:
    assert describe(model).flops / 1e12 == pytest.approx(teraflops, rel=tolerance)


@pytest.mark.parametrize("model", [*PRESETS, "h3ae-8x32x32-3d", "h3ae-8x32x32-patchify"])
def test_stages_add_up(model: str) -> None:
    size = Extent(64, 128, 9) if model == "h3ae-8x64x64" else SMALL
    info = describe(model, size)
    sides = {side: [s for s in info.stages if s.side == side] for side in ("encoder", "decoder")}
    assert sum(stage.parameters for stage in info.stages) == info.parameters
    assert sum(stage.parameters for stage in sides["encoder"]) == info.encoder_parameters
    assert sum(stage.parameters for stage in sides["decoder"]) == info.decoder_parameters
    assert sum(stage.flops for stage in sides["encoder"]) == info.encoder_flops
    assert sum(stage.flops for stage in sides["decoder"]) == info.flops
    assert sides["encoder"][-1].output == (2 * info.latent[0], *info.latent[1:])


def test_stages_are_those_of_table_9(paper: ModelInfo) -> None:
    rows = [(s.side, s.kind, s.width, s.blocks, s.output) for s in paper.stages]
    assert rows[0] == ("encoder", "spatial", 32, 2, (32, 17, 256, 256))
    assert rows[4] == ("encoder", "attention", 512, 10, (512, 3, 16, 16))
    assert rows[5] == ("encoder", "latent", 512, 0, (512, 3, 16, 16))
    assert rows[6] == ("decoder", "latent", 512, 0, (512, 3, 16, 16))
    assert rows[-1] == ("decoder", "spatial", 32, 2, (3, 17, 512, 512))
    assert len(rows) == 12


def test_memory_is_that_of_the_two_stages(paper: ModelInfo) -> None:
    temporal, frame = paper.memory
    assert (temporal.graph, temporal.frames) == ("decoder_temporal", 17)
    assert (frame.graph, frame.frames) == ("decoder_frame", 1)
    # Measured above base: 765 MB with packed weights and workspace, 113 MB.
    assert 500e6 < temporal.weights + temporal.activations < 900e6
    assert 20e6 < frame.weights + frame.activations < 113e6


def test_memory_of_a_frame_does_not_grow_with_the_clip() -> None:
    short, long = (
        describe("h3ae-demo", Extent(64, 64, 9)),
        describe("h3ae-demo", Extent(64, 64, 33)),
    )
    assert short.memory[1] == long.memory[1]
    assert short.memory[0].activations < long.memory[0].activations


def test_flops_scale_with_the_picture() -> None:
    one, four = (
        describe("h3ae-4x16x16", Extent(64, 64, 9)),
        describe("h3ae-4x16x16", Extent(128, 128, 9)),
    )
    assert four.flops == 4 * one.flops


def test_a_configuration_of_ones_own_is_described() -> None:
    info = describe(config(), Extent(32, 32, 9))
    assert info.model == "tiny"
    assert info.latent == (3, 2, 1, 1)


def test_it_is_json_at_once(paper: ModelInfo) -> None:
    found = json.loads(paper.model_dump_json())
    assert isinstance(found["parameters"], int)
    assert isinstance(found["flops"], int)
    assert {"kind", "width", "output", "parameters", "flops"} <= set(found["stages"][0])
    assert ModelInfo.model_validate(found) == paper


def test_an_impossible_extent_is_refused() -> None:
    with pytest.raises(H3AEError, match="10 frames do not fit"):
        describe("h3ae-demo", Extent(64, 64, 10))
    with pytest.raises(H3AEError, match="not divisible by 32"):
        describe("h3ae-demo", Extent(65, 64, 9))
    with pytest.raises(H3AEError, match="no model"):
        describe("h3ae-9x9x9")


def test_all_nine_published_counts_are_there() -> None:
    rows = published_parameters()
    assert {row.published for row in rows} == {
        *(67.16, 196.51, 643.76, 189, 194, 169, 195, 197, 316)
    }
    for row in rows:
        assert row.difference_percent == pytest.approx(100 * (row.ours / row.published - 1))
        assert abs(row.difference_percent) < 5, row
    within_two = [row for row in rows if abs(row.difference_percent) < 2]
    assert len(within_two) == len(rows) - 1  # the 3D row


def test_ablations_change_one_thing_of_the_base() -> None:
    for ablation in ABLATIONS.values():
        changed = {
            field
            for field, value in ablation.model_dump().items()
            if value != BASE.model_dump()[field]
        } - {"name", "notes"}
        assert len(changed) == (2 if "patchify" in ablation.name else 1), ablation.name
        assert ablation.compression == BASE.compression


def test_tables_show_stages_memory_and_published_counts(paper: ModelInfo) -> None:
    stream = io.StringIO()
    render(paper, Console(file=stream, width=130))
    text = stream.getvalue()
    for wanted in ("decoder_temporal", "904.6", "512x3x16x16", "196.51", "196.40", "fitted"):
        assert wanted in text


def test_tables_fit_a_terminal_of_120_columns(paper: ModelInfo) -> None:
    stream = io.StringIO()
    render(paper, Console(file=stream, width=120))
    assert "…" not in stream.getvalue()
