from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from h3ae_export.mil import Evaluator, InputError
from tests.export.mil.saving import convert, ct, save

HEIGHT, WIDTH = 4, 6


class Frames(nn.Module):
    """From [-1, 1] to the 0 to 255 that a pixel buffer wants."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x + 1) * 127.5


def colour_output(folder: Path, layout: str, precision: str = "FLOAT32") -> Path:
    model = convert(
        Frames(),
        {"x": torch.zeros(1, 3, HEIGHT, WIDTH)},
        precision=precision,
        target="iOS17",
        outputs=[ct.ImageType(name="y", color_layout=getattr(ct.colorlayout, layout))],
    )
    return save(model, folder / f"{layout}.mlpackage")


@pytest.fixture
def values() -> np.ndarray:
    generator = np.random.default_rng(0)
    return generator.uniform(-1.2, 1.2, (1, 3, HEIGHT, WIDTH)).astype(np.float32)


@pytest.mark.parametrize("precision", ["FLOAT32", "FLOAT16"])
def test_an_rgb_output_is_bytes_row_by_row(tmp_path, values, precision):
    evaluator = Evaluator(colour_output(tmp_path, "RGB", precision))
    feature = evaluator.outputs["y"]
    assert feature.is_image
    assert (feature.shape, feature.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
    image = evaluator.run({"x": values})["y"]
    expected = ((values[0].transpose(1, 2, 0) + 1) * 127.5).clip(0, 255)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    slack = 0 if precision == "FLOAT32" else 1
    assert np.abs(image.astype(int) - expected.round().astype(int)).max() <= slack


def test_values_before_they_become_bytes(tmp_path, values):
    evaluator = Evaluator(colour_output(tmp_path, "RGB"))
    image = evaluator.run({"x": values}, pixels=False)["y"]
    assert image.dtype == np.float32
    expected = (values[0].transpose(1, 2, 0) + 1) * 127.5
    np.testing.assert_allclose(image, expected, rtol=1e-6)
    assert image.max() > 255 > 0 > image.min()


def test_bytes_round_to_the_nearest_and_saturate(tmp_path):
    x = np.zeros((1, 3, HEIGHT, WIDTH), np.float32)
    x[0, 0, 0] = np.array([-7, 7, 0.6, 1.4, 254.6, np.nan]) / 127.5 - 1
    x[0, 0, 0, :2] = -7, 7
    image = Evaluator(colour_output(tmp_path, "RGB")).run({"x": x})["y"]
    assert image[0, :, 0].tolist() == [0, 255, 1, 1, 255, 0]


def test_a_bgr_output_is_returned_as_rgb(tmp_path, values):
    rgb = Evaluator(colour_output(tmp_path, "RGB")).run({"x": values})["y"]
    bgr = Evaluator(colour_output(tmp_path, "BGR")).run({"x": values})["y"]
    assert np.array_equal(rgb, bgr[..., ::-1])


def test_a_grey_output_has_no_channels(tmp_path):
    model = convert(
        Frames(),
        {"x": torch.zeros(1, 1, HEIGHT, WIDTH)},
        target="iOS17",
        outputs=[ct.ImageType(name="y", color_layout=ct.colorlayout.GRAYSCALE_FLOAT16)],
        precision="FLOAT16",
    )
    evaluator = Evaluator(save(model, tmp_path / "grey.mlpackage"))
    image = evaluator.run({"x": np.full((1, 1, HEIGHT, WIDTH), 2.0)})["y"]
    assert image.dtype == np.float16
    assert image.shape == (HEIGHT, WIDTH)
    assert (image == 382.5).all()  # not bytes: nothing is clamped


@pytest.mark.parametrize("layout", ["RGB", "BGR"])
def test_an_image_input(tmp_path, layout):
    """Core ML swaps the channels of a BGR input; the caller always gives RGB."""
    model = convert(
        nn.ReLU(),
        {"x": torch.zeros(1, 3, HEIGHT, WIDTH)},
        target="iOS17",
        inputs=[
            ct.ImageType(
                name="x",
                shape=(1, 3, HEIGHT, WIDTH),
                scale=1 / 127.5,
                bias=[-1, -1, -1],
                color_layout=getattr(ct.colorlayout, layout),
            )
        ],
    )
    evaluator = Evaluator(save(model, tmp_path / "image.mlpackage"))
    image = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    result = evaluator.run({"x": image})["y"]
    channels = image if layout == "RGB" else image[..., ::-1]
    expected = (channels.transpose(2, 0, 1)[None] / 127.5 - 1).clip(0)
    np.testing.assert_allclose(result, expected, atol=1e-6)
    with pytest.raises(InputError, match=r"\(4, 6, 3\) is declared"):
        evaluator.run({"x": image[:2]})
