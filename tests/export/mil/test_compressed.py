from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from h3ae_export.mil import Evaluator, load_program
from tests.export.mil.saving import convert, ct, save

assert ct
import coremltools.optimize.coreml as cto  # noqa: E402


class Layers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv2d(8, 16, 3, padding=1)
        self.second = nn.Conv2d(16, 32, 3, padding=1)
        self.last = nn.Linear(32, 32)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.second(self.first(x).relu())
        return self.last(x.mean((2, 3)))


EXAMPLE = torch.linspace(-1, 1, 8 * 6 * 6).reshape(1, 8, 6, 6).sin()


@pytest.fixture(scope="module", params=["iOS17", "iOS18"])
def target(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def models() -> dict[tuple[str, str], Any]:
    return {}


@pytest.fixture
def model(models, target, precision):
    if (target, precision) not in models:
        models[target, precision] = convert(
            Layers(), {"x": EXAMPLE}, target=target, precision=precision
        )
    return models[target, precision]


@pytest.fixture
def precision() -> str:
    return "FLOAT16"


def config(operation: Any) -> cto.OptimizationConfig:
    return cto.OptimizationConfig(global_config=operation)


def linear(model, joint: bool = False, **arguments):
    quantizer = cto.OpLinearQuantizerConfig(weight_threshold=0, **arguments)
    return cto.linear_quantize_weights(model, config(quantizer), joint_compression=joint)


def palette(model, joint: bool = False, mode: str = "uniform", **arguments):
    palettizer = cto.OpPalettizerConfig(mode=mode, weight_threshold=0, **arguments)
    return cto.palettize_weights(model, config(palettizer), joint_compression=joint)


def sparse(model):
    pruner = cto.OpMagnitudePrunerConfig(target_sparsity=0.6, weight_threshold=0)
    return cto.prune_weights(model, config(pruner))


EITHER = {
    "int8": lambda m: linear(m, mode="linear_symmetric"),
    "int8 with zero points": lambda m: linear(m, mode="linear", dtype="uint8"),
    "palette of 8 bits": lambda m: palette(m, nbits=8),
    "palette of 6 bits": lambda m: palette(m, nbits=6),
    "palette of 4 bits": lambda m: palette(m, nbits=4),
    "palette of 1 bit": lambda m: palette(m, nbits=1),
    "sparse": sparse,
}
ONLY_IOS18 = {
    "int4 in blocks": lambda m: linear(
        m, mode="linear_symmetric", dtype="int4", granularity="per_block", block_size=8
    ),
    "palette of 3 bits": lambda m: palette(m, nbits=3),
    "palettes for groups": lambda m: palette(
        m, nbits=4, granularity="per_grouped_channel", group_size=8
    ),
    "palette of vectors": lambda m: palette(
        m, mode="kmeans", nbits=4, cluster_dim=2, granularity="per_grouped_channel", group_size=0
    ),
    "sparse palette": lambda m: palette(sparse(m), joint=True, nbits=4),
    "sparse int8": lambda m: linear(sparse(m), joint=True, mode="linear_symmetric"),
}


def check(compressed: Any, folder: Path) -> None:
    """Assert that our expansion agrees with coremltools' own."""
    saved = save(compressed, folder / "compressed.mlpackage")
    plain = save(cto.decompress_weights(compressed), folder / "plain.mlpackage")
    kinds = Counter(operation.type for operation in load_program(saved).operations())
    assert any(kind.startswith("constexpr_") for kind in kinds), kinds
    assert not any(o.type.startswith("constexpr_") for o in load_program(plain).operations())
    inputs = {"x": EXAMPLE.numpy()}
    ours, reference = Evaluator(saved).run(inputs)["y"], Evaluator(plain).run(inputs)["y"]
    assert np.array_equal(ours, reference)


@pytest.mark.parametrize("name", EITHER)
def test_compressed_weights(model, name, tmp_path):
    check(EITHER[name](model), tmp_path)


@pytest.mark.parametrize("target", ["iOS18"])
@pytest.mark.parametrize("name", ONLY_IOS18)
def test_compressed_weights_of_ios18(model, name, tmp_path):
    check(ONLY_IOS18[name](model), tmp_path)


@pytest.mark.parametrize("precision", ["FLOAT32"])
@pytest.mark.parametrize("name", ["int8", "palette of 4 bits", "sparse"])
def test_compressed_weights_in_float32(model, name, tmp_path):
    check(EITHER[name](model), tmp_path)


@pytest.mark.parametrize("target", ["iOS18"])
def test_a_palette_with_a_quantised_table(model, tmp_path):
    """One compression feeds another; coremltools itself cannot expand this one."""
    plain = palette(model, nbits=4)
    joint = linear(plain, joint=True, mode="linear_symmetric", granularity="per_tensor")
    saved = save(joint, tmp_path / "joint.mlpackage")
    operations = list(load_program(saved).operations())
    tables = [o for o in operations if o.type == "constexpr_lut_to_dense"]
    quantised = {
        v for o in operations if o.type == "constexpr_blockwise_shift_scale" for v in o.outputs
    }
    assert any(table.arguments["lut"][0] in quantised for table in tables)
    inputs = {"x": EXAMPLE.numpy()}
    ours = Evaluator(saved).run(inputs)["y"]
    reference = Evaluator(save(plain, tmp_path / "plain.mlpackage")).run(inputs)["y"]
    assert not np.array_equal(ours, reference)
    np.testing.assert_allclose(ours, reference, atol=0.02 * np.abs(reference).max())
