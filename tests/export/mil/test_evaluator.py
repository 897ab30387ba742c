from __future__ import annotations

import weakref
from pathlib import Path

import numpy as np
import pytest
import torch

from h3ae_export.mil import (
    Arithmetic,
    EvaluationError,
    Evaluator,
    InputError,
    UnknownFunctionError,
    UnsupportedOperationError,
    load_program,
)
from h3ae_export.mil.evaluator import Step
from tests.export.mil.families import noise
from tests.export.mil.saving import mb, save_built


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    """y = (x + x) * weight + i, in fp16 but for the integers."""
    x, i = np.zeros((2, 3), np.float16), np.zeros((2, 3), np.int32)

    def build(x, i):
        total = mb.mul(x=mb.add(x=x, y=x, name="twice"), y=np.float16(1.5), name="scaled")
        return mb.add(x=total, y=mb.cast(x=i, dtype="fp16"), name="y")

    return save_built(tmp_path_factory.mktemp("saved") / "p.mlpackage", [x, i], build)


@pytest.fixture
def inputs() -> dict[str, np.ndarray]:
    return {"in_0": noise(2, 3), "in_1": np.arange(6).reshape(2, 3)}


def test_interface(saved):
    evaluator = Evaluator(saved)
    assert {n: (f.dtype, f.shape) for n, f in evaluator.inputs.items()} == {
        "in_0": (np.float16, (2, 3)),
        "in_1": (np.int32, (2, 3)),
    }
    assert [(f.name, f.dtype, f.is_image) for f in evaluator.outputs.values()] == [
        ("y", np.float16, False)
    ]
    assert not evaluator.states


def test_operations_carry_types_and_shapes(saved):
    operations = list(load_program(saved).operations())
    assert [operation.type for operation in operations] == ["add", "mul", "cast", "add"]
    twice, scaled = operations[0].outputs[0], operations[1]
    assert str(twice.type) == "fp16[2, 3]"
    assert scaled.arguments["x"] == (twice,)
    (factor,) = scaled.arguments["y"]
    assert factor.constant is not None
    assert factor.constant() == 1.5
    assert twice.constant is None


def test_fp16_is_rounded_after_each_operation(saved, inputs):
    result = Evaluator(saved).run(inputs)["y"]
    x = inputs["in_0"].astype(np.float16)
    assert result.dtype == np.float16
    assert np.array_equal(result, ((x + x) * np.float16(1.5) + inputs["in_1"].astype(np.float16)))


def test_rounding_can_be_left_out(saved, inputs):
    result = Evaluator(saved, arithmetic=Arithmetic(round_fp16=False)).run(inputs)["y"]
    exact = 3 * inputs["in_0"] + inputs["in_1"]
    assert np.array_equal(result, exact.astype(np.float16))


def test_fp16_overflows_to_infinity(saved, inputs):
    inputs["in_0"] = np.full((2, 3), 30000, np.float32)
    assert np.isinf(Evaluator(saved).run(inputs)["y"]).all()


def test_inputs_and_outputs_are_the_callers_own(saved, inputs):
    evaluator = Evaluator(saved)
    before = {name: array.copy() for name, array in inputs.items()}
    first = evaluator.run(inputs)["y"]
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(evaluator.run(inputs)["y"], kept)
    assert all(np.array_equal(inputs[name], before[name]) for name in inputs)


def test_an_output_may_be_an_input(tmp_path):
    x = noise(2, 3)
    path = save_built(tmp_path / "p.mlpackage", [x], lambda x: mb.identity(x=x, name="y"))
    result = Evaluator(path).run({"in_0": x})["y"]
    assert np.array_equal(result, x)
    result[:] = 0
    assert x.any()


def test_rounding_spares_shared_memory(tmp_path):
    """A cast to fp16 gives torch nothing to compute: its input must stay as it is."""
    x = noise(2, 3)

    def build(x):
        y = mb.add(x=x, y=x)
        low = mb.cast(x=y, dtype="fp16")
        return mb.sub(x=y, y=mb.cast(x=low, dtype="fp32"), name="y")

    path = save_built(tmp_path / "p.mlpackage", [x], build)
    twice = x + x
    expected = twice - twice.astype(np.float16).astype(np.float32)
    assert np.array_equal(Evaluator(path).run({"in_0": x})["y"], expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"in_0": None}, "missing input: in_0"),
        ({"in_7": np.zeros(1)}, "unknown input: in_7"),
        ({"in_0": np.zeros((3, 2))}, r"'in_0' has the shape \(3, 2\), \(2, 3\) is declared"),
        ({"in_0": np.zeros((1, 2, 3))}, "has the shape"),
        ({"in_0": np.zeros((2, 3), int)}, "'in_0' holds int64 elements, float16 is declared"),
        ({"in_1": np.zeros((2, 3))}, "'in_1' holds float64 elements, int32 is declared"),
        ({"in_1": np.zeros((2, 3), bool)}, "'in_1' holds bool elements"),
    ],
)
def test_wrong_inputs(saved, inputs, change, message):
    inputs = {k: v for k, v in (inputs | change).items() if v is not None}
    with pytest.raises(InputError, match=message):
        Evaluator(saved).run(inputs)


def test_unknown_functions(saved):
    with pytest.raises(UnknownFunctionError, match=r"no function 'decode' \(it has: main\)"):
        Evaluator(saved, "decode")


def test_unsupported_operations_are_named_before_the_run(tmp_path):
    path = save_built(
        tmp_path / "p.mlpackage",
        [noise(1, 4, 4)],
        lambda x: mb.local_response_norm(x=mb.relu(x=x), size=3, name="odd"),
    )
    with pytest.raises(UnsupportedOperationError) as caught:
        Evaluator(path)
    error = caught.value
    assert (error.operation_type, error.output) == ("local_response_norm", "odd")
    assert str(path) in str(error)
    assert "\n" not in str(error)


def test_a_failing_operation_is_named(tmp_path):
    path = save_built(
        tmp_path / "p.mlpackage",
        [noise(4, 3), np.zeros(2, np.int32)],
        lambda x, i: mb.gather(x=x, indices=i, axis=0, name="picked"),
    )
    with pytest.raises(EvaluationError, match="'gather' of 'picked'"):
        Evaluator(path).run({"in_0": noise(4, 3), "in_1": np.array([1, 9])})


def test_a_result_of_another_shape_than_declared_is_refused(tmp_path, saved):
    from h3ae_export.mil.program import Function, Operation, Program, Value
    from h3ae_export.mil.types import FP16, TensorType

    program = load_program(saved)
    function = program.function()
    first, *rest = function.operations
    lie = Value("twice", TensorType(FP16, (2, 4)))
    told = Operation(first.type, first.name, first.arguments, (lie,))
    changed = Function(**{**vars(function), "operations": (told, *rest)})
    with pytest.raises(EvaluationError, match=r"shape \[2, 3\], declared is fp16\[2, 4\]"):
        Evaluator(Program(program.path, 8, {"main": changed}, "main")).run(
            {"in_0": noise(2, 3), "in_1": np.zeros((2, 3), int)}
        )


def test_watching(saved, inputs):
    steps: list[tuple[int, int, str]] = []

    def watch(step: Step) -> None:
        assert all(torch.equal(r, r.half().float()) for r in step.results)
        steps.append((step.done, step.total, step.operation.label))

    Evaluator(saved).run(inputs, watch=watch)
    assert [step[:2] for step in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert steps[0][2] == "twice"
    assert steps[-1][2] == "y"


def test_a_watcher_can_stop_the_run(saved, inputs):
    def stop(step: Step) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Evaluator(saved).run(inputs, watch=stop)


def test_values_are_freed_after_their_last_use(tmp_path):
    """A chain of any length holds two values at a time."""
    x = noise(64, 64)

    def build(x):
        skip = x = mb.relu(x=x)
        for _ in range(20):
            x = mb.add(x=mb.sigmoid(x=x), y=1.0)
        return mb.add(x=x, y=skip, name="y")

    path = save_built(tmp_path / "p.mlpackage", [x], build)
    alive: list[weakref.ref[torch.Tensor]] = []
    peak = 0

    def watch(step: Step) -> None:
        nonlocal peak
        alive.extend(weakref.ref(result) for result in step.results)
        peak = max(peak, sum(reference() is not None for reference in alive))

    Evaluator(path).run({"in_0": x}, watch=watch)
    assert len(alive) == 42
    assert peak <= 3  # the skip, the value and the one computed from it
