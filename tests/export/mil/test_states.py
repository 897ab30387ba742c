from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from h3ae_export.mil import EvaluationError, Evaluator, State, StateError
from h3ae_export.mil.evaluator import Step
from tests.export.mil.families import noise
from tests.export.mil.saving import convert, ct, mb, save, save_built

CHANNELS, FRAMES = 4, 5
VIDEO = torch.randn(FRAMES, CHANNELS, 6, 6, generator=torch.Generator().manual_seed(0))


class Taps(nn.Module):
    """A causal convolution over three frames, as one over their concatenated channels."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3 * CHANNELS, CHANNELS, 3, padding=1)

    def whole(self, video: torch.Tensor) -> torch.Tensor:
        padded = torch.cat([video[:1], video[:1], video])
        taps = [padded[i : i + len(video)] for i in range(3)]
        return self.conv(torch.cat(taps, 1)).detach()


class Next(Taps):
    """One frame after the first: the last two frames are the state."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("cache", torch.zeros(1, 2 * CHANNELS, 6, 6))

    def forward(self, frame: torch.Tensor) -> torch.Tensor:
        result = self.conv(torch.cat([self.cache, frame], 1))
        self.cache.copy_(torch.cat([self.cache[:, CHANNELS:], frame], 1))
        return result


class First(Next):
    """The first frame stands for those before it."""

    def forward(self, frame: torch.Tensor) -> torch.Tensor:
        self.cache.copy_(torch.cat([frame, frame], 1))
        return self.conv(torch.cat([frame, frame, frame], 1))


def stream(module: nn.Module, path: Path) -> Path:
    cache = ct.TensorType(shape=(1, 2 * CHANNELS, 6, 6), dtype=np.float16)
    states = [ct.StateType(wrapped_type=cache, name="cache")]
    model = convert(module, {"frame": VIDEO[:1]}, precision="FLOAT16", states=states)
    return save(model, path)


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    """Both steps as functions of one package."""
    folder = tmp_path_factory.mktemp("stream")
    from coremltools.models.utils import MultiFunctionDescriptor, save_multifunction

    descriptor = MultiFunctionDescriptor()
    for name, module in (("first", First()), ("next", Next())):
        saved = stream(module, folder / f"{name}.mlpackage")
        descriptor.add_function(str(saved), "main", name)
    descriptor.default_function_name = "next"
    save_multifunction(descriptor, str(folder / "both.mlpackage"))
    return folder / "both.mlpackage"


def frame(index: int) -> dict[str, np.ndarray]:
    return {"frame": VIDEO[index : index + 1].numpy()}


def test_streaming_equals_the_whole_pass(package):
    first, following = Evaluator(package, "first"), Evaluator(package, "next")
    state = first.new_state()
    frames = [first.run(frame(0), state)["y"]]
    frames += [following.run(frame(index), state)["y"] for index in range(1, FRAMES)]
    expected = Taps().whole(VIDEO).numpy()
    np.testing.assert_allclose(np.concatenate(frames), expected, atol=3e-3)


def test_functions_share_their_weights(package):
    weights = package / "Data/com.apple.CoreML/weights/weight.bin"
    alone = package.parent / "next.mlpackage/Data/com.apple.CoreML/weights/weight.bin"
    assert weights.stat().st_size == alone.stat().st_size
    assert Evaluator(package).function.name == "next"
    assert set(Evaluator(package).program.functions) == {"first", "next"}


def test_states_begin_at_zero_and_are_apart(package):
    evaluator = Evaluator(package)
    one, other = evaluator.new_state(), evaluator.new_state()
    assert one.names == ("cache",)
    assert evaluator.states["cache"].shape == (1, 2 * CHANNELS, 6, 6)
    evaluator.run(frame(0), one)
    assert one.read("cache").any()
    assert not other.read("cache").any()


def test_a_state_can_be_read_and_written(package):
    evaluator = Evaluator(package)
    state = evaluator.new_state()
    past = noise(1, 2 * CHANNELS, 6, 6)
    state.write("cache", past)
    kept = state.read("cache")
    assert kept.dtype == np.float16
    assert np.array_equal(kept, past.astype(np.float16))
    past[:] = 0
    evaluator.run(frame(0), state)
    assert np.array_equal(state.read("cache")[:, :CHANNELS], kept[:, CHANNELS:])
    state.read("cache")[:] = 0
    assert state.read("cache").any()


def test_the_caller_may_reuse_its_buffer(package):
    evaluator = Evaluator(package)
    state = evaluator.new_state()
    buffer = VIDEO[:1].numpy().astype(np.float16)
    evaluator.run({"frame": buffer}, state)
    kept = state.read("cache")
    buffer[:] = 0
    assert np.array_equal(state.read("cache"), kept)


def test_a_run_that_fails_leaves_the_state(package):
    evaluator = Evaluator(package)
    state = evaluator.new_state()

    def stop(step: Step) -> None:
        if step.done == step.total:
            raise EvaluationError(package, "write_state", "cache", "told to fail")

    with pytest.raises(EvaluationError, match="told to fail"):
        evaluator.run(frame(0), state, watch=stop)
    assert not state.read("cache").any()


def test_wrong_states(package):
    evaluator = Evaluator(package)
    with pytest.raises(StateError, match=r"keeps state \(cache\)"):
        evaluator.run(frame(0))
    with pytest.raises(StateError, match="there is no state 'cache'"):
        evaluator.run(frame(0), State(()))
    state = evaluator.new_state()
    with pytest.raises(StateError, match=r"no state 'kv' \(there are: cache\)"):
        state.read("kv")
    with pytest.raises(StateError, match=r"fp16\[1, 8, 6, 6\], not of shape \(8,\)"):
        state.write("cache", np.zeros(8))


def test_a_function_without_states_takes_an_empty_one(tmp_path):
    x = noise(2)
    path = save_built(tmp_path / "p.mlpackage", [x], lambda x: mb.relu(x=x, name="y"))
    evaluator = Evaluator(path)
    result = evaluator.run({"in_0": x}, evaluator.new_state())["y"]
    assert np.array_equal(result, np.maximum(x, 0))
