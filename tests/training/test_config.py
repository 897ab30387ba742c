"""A wrong configuration is one line that names the field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.training.config import (
    TrainConfig,
    list_presets,
    load_config,
    load_preset,
    parse_config,
)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("shedule",), {}, "shedule is no known field; did you mean schedule"),
        (
            ("optimiser", "learnin_rate"),
            1,
            "optimiser.learnin_rate is no known field; did you mean learning_rate",
        ),
        (
            ("data", "shapes", 0, "sise"),
            1,
            "data.shapes.0.sise is no known field; did you mean size",
        ),
        (
            ("optimiser", "learning_rate"),
            -1,
            "optimiser.learning_rate: Input should be greater than 0",
        ),
        (("data", "shapes", 0, "frames"), 4, "frames are 1 + 4k"),
        (("model",), "h3ae-9x9x9", "model: there is no model 'h3ae-9x9x9'; choose one of"),
        (("schedule",), {}, "schedule.steps: Field required"),
        (("schedule",), {"stesp": 9}, "schedule.stesp is no known field; did you mean steps"),
        (
            ("optimiser", "learning_rate"),
            float("inf"),
            "optimiser.learning_rate: Input should be a f",
        ),
        (("optimiser", "betas"), [0.9, 1.0], "optimiser.betas.1: Input should be less than 1"),
    ],
)
def test_faults_name_the_field(
    settings: dict[str, Any], path: tuple[Any, ...], value: Any, message: str
) -> None:
    table: Any = settings
    for part in path[:-1]:
        table = table[part]
    table[path[-1]] = value
    with pytest.raises(H3AEError) as caught:
        parse_config(settings, "run.toml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([(0, 0.5)], "no batch shape takes part in the run after 0.5"),
        ([(0.5, 1)], "no batch shape takes part in the run after 0.0"),
        ([(0, 0.5), (0.6, 1)], "no batch shape takes part in the run after 0.5"),
        ([(0, 1), (0.7, 0.6)], "cannot take part from 0.7 to 0.6"),
        ([(0.5, 1), (0, 0.2), (0.1, 0.5)], None),
    ],
)
def test_batch_shapes_cover_the_run(
    settings: dict[str, Any], spans: list[tuple[float, float]], message: str | None
) -> None:
    shape = {"frames": 5, "size": 16, "batch": 1}
    settings["data"]["shapes"] = [{**shape, "start": s, "end": e} for s, e in spans]
    if message is None:
        assert len(parse_config(settings, "run.toml").data.shapes) == len(spans)
        return
    with pytest.raises(H3AEError, match=message):
        parse_config(settings, "run.toml")


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(H3AEError, match="presets demo"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("model = ")
    with pytest.raises(H3AEError, match="not valid TOML"):
        load_config(tmp_path / "bad.toml")


@pytest.mark.parametrize("name", list_presets())
def test_presets_are_valid(name: str) -> None:
    assert isinstance(parse_config(load_preset(name), name), TrainConfig)


def test_the_papers_models_follow_its_schedule() -> None:
    for name in ("h3ae-4x16x16", "h3ae-8x32x32", "h3ae-8x64x64"):
        config = parse_config(load_preset(name), name)
        assert config.model.name == name
        assert config.optimiser.learning_rate == 1e-4
        assert config.optimiser.betas == (0.9, 0.999)
        assert config.schedule.steps == 80_000
        assert config.schedule.steps * config.schedule.final == 10_000
        assert config.optimiser.learning_rate * config.schedule.final_rate == pytest.approx(1e-5)
        assert config.objective.latent_consistency > 0
        assert max(shape.frames for shape in config.data.shapes) == 49
        assert {shape.size for shape in config.data.shapes} == {256}
