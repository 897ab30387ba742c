from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from h3ae_export.mil import Evaluator, InputError, native
from h3ae_mobile.errors import H3AEError
from tests.export.mil.families import noise
from tests.export.mil.saving import convert, ct, mb, save, save_built

on_mac = pytest.mark.skipif(
    native.platform.system() != "Darwin", reason="Core ML runs on macOS only"
)
elsewhere = pytest.mark.skipif(
    native.platform.system() == "Darwin", reason="on a Mac Core ML itself is there"
)


@pytest.fixture
def saved(tmp_path):
    x = noise(2, 3)
    return save_built(tmp_path / "p.mlpackage", [x], lambda x: mb.tanh(x=x, name="y"))


@elsewhere
def test_other_machines_are_told_so(saved):
    with pytest.raises(H3AEError, match="macOS only"):
        native.NativeModel(saved)


@on_mac
def test_core_ml_agrees_with_the_evaluator(saved):
    inputs = {"in_0": noise(2, 3)}
    ours, theirs = Evaluator(saved).run(inputs), native.NativeModel(saved).run(inputs)
    np.testing.assert_allclose(ours["y"], theirs["y"], atol=1e-3)


class FakeModel:
    """Core ML's Python binding as far as it is used, computing with our evaluator."""

    def __init__(self, path, function) -> None:
        self.evaluator = Evaluator(path, function)

    def predict(self, features: dict[str, Any], state: Any) -> dict[str, Any]:
        inputs = {name: np.asarray(value) for name, value in features.items()}
        results: dict[str, Any] = dict(self.evaluator.run(inputs, state))
        for name, feature in self.evaluator.outputs.items():
            if feature.is_image:
                alpha = np.full((*feature.shape[:2], 1), 255, np.uint8)
                results[name] = Image.fromarray(np.concatenate([results[name], alpha], -1))
        return results


@pytest.fixture
def pretend_mac(monkeypatch):
    monkeypatch.setattr(native.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(native, "_load", lambda path, function, units: FakeModel(path, function))


@elsewhere
@pytest.mark.usefixtures("pretend_mac")
def test_the_interface_is_the_evaluators(saved):
    model, evaluator = native.NativeModel(saved), Evaluator(saved)
    assert (model.inputs, model.outputs, model.states) == (
        evaluator.inputs,
        evaluator.outputs,
        evaluator.states,
    )
    inputs = {"in_0": noise(2, 3)}
    assert np.array_equal(model.run(inputs)["y"], evaluator.run(inputs)["y"])
    with pytest.raises(InputError, match="missing input: in_0"):
        model.run({})


@elsewhere
@pytest.mark.usefixtures("pretend_mac")
def test_images_pass_through_pillow(tmp_path):
    shape = (1, 3, 4, 6)
    model = convert(
        nn.ReLU(),
        {"x": torch.zeros(shape)},
        target="iOS17",
        inputs=[ct.ImageType(name="x", shape=shape)],
        outputs=[ct.ImageType(name="y")],
    )
    path = save(model, tmp_path / "p.mlpackage")
    image = np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    assert np.array_equal(native.NativeModel(path).run({"x": image})["y"], image)


@elsewhere
@pytest.mark.usefixtures("pretend_mac")
def test_failures_are_one_clear_line(saved, monkeypatch):
    model = native.NativeModel(saved)

    def fail(features, state):
        raise RuntimeError("Error\nDomain=com.apple.CoreML")

    monkeypatch.setattr(model._model, "predict", fail)
    with pytest.raises(H3AEError, match="prediction failed: Error Domain"):
        model.run({"in_0": noise(2, 3)})
