"""What the rules say was measured, measured again with the toolchains themselves.

A toolchain that learns an operation fails here, and its rule can go. Run with `pytest -m slow`:
dozens of conversions.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from h3ae_export.audit.trace import trace
from tests.export.audit.tiny import CASES, Case, network

pytestmark = pytest.mark.slow

# Rules by which a stage is cut: bad networks need more than one delegate, or leave it.
CUTTING = [
    "channel-reduction",
    "expand",
    "full-slice",
    "nearest",
    "norm",
    "sdpa",
    "self-concatenation",
    "softmax-axis",
    "split",
    "strided-slice",
]


class Between(nn.Module):
    """A network between two delegated operations."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self.register_buffer("two", torch.full((1,), 2.0))

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x * self.two) * self.two


def random_inputs(case: Case) -> tuple[Tensor, ...]:
    return tuple(torch.randn(tensor.shape) for tensor in case.inputs)


def lower(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[bytes, int]:
    """Return a program for XNNPACK, and the number of its delegates."""
    exir = pytest.importorskip("executorch.exir")
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

    edge = exir.to_edge_transform_and_lower(
        trace(module, inputs), partitioner=[XnnpackPartitioner()]
    )
    nodes = edge.exported_program().graph.nodes
    delegates = sum("call_delegate" in str(node.target) for node in nodes)
    return edge.to_executorch().buffer, delegates


@pytest.mark.parametrize("name", CUTTING)
def test_xnnpack_cuts_the_delegate_in_two(name: str) -> None:
    case = CASES[name]
    assert lower(Between(case.bad), random_inputs(case))[1] > 1


@pytest.mark.parametrize("name", ["conv3d", "conv-transpose3d", "rank"])
def test_xnnpack_programs_do_not_run(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    inputs = random_inputs(case)
    path = tmp_path / "network.pte"
    path.write_bytes(lower(case.bad, inputs)[0])
    runtime = pytest.importorskip("executorch.runtime").Runtime.get()
    with pytest.raises(RuntimeError):
        runtime.load_program(path).load_method("forward").execute(list(inputs))


@pytest.mark.parametrize("name", ["silu-fp16", "cast"])
def test_xnnpack_leaves_fp16(name: str) -> None:
    case = CASES[name]
    conv = nn.Conv2d(8, 8, 1)
    inputs = tuple(tensor.half() for tensor in random_inputs(case))
    _, bad = lower(network(lambda c, inner, x: c(inner(c(x))), conv, case.bad).half(), inputs)
    _, good = lower(network(lambda c, inner, x: c(inner(c(x))), conv, case.good).half(), inputs)
    assert good == 1
    assert bad > 1


def convert(module: nn.Module, inputs: tuple[Tensor, ...]) -> list[str]:
    """Return the operations of a Core ML program."""
    ct = pytest.importorskip("coremltools")
    program = trace(module, inputs).run_decompositions({})
    model = ct.convert(program, minimum_deployment_target=ct.target.iOS17, skip_model_load=True)
    operations = model._mil_program.functions["main"].operations
    return [operation.op_type for operation in operations]


def test_core_ml_refuses_high_ranks_and_full_slices() -> None:
    with pytest.raises(ValueError, match="rank"):
        convert(CASES["rank"].bad, CASES["rank"].inputs)
    with pytest.raises(NotImplementedError, match="alias"):
        convert(CASES["full-slice"].bad, CASES["full-slice"].inputs)


def test_core_ml_unrolls_a_3d_shuffle_into_transposes() -> None:
    case = CASES["high-rank-shuffle"]
    assert convert(case.bad, case.inputs).count("transpose") == 7
    assert convert(case.good, case.good_inputs or ()).count("transpose") == 1


@pytest.mark.parametrize("name", ["conv-transpose3d", "idle-squeeze"])
def test_core_ai_refuses(name: str) -> None:
    coreai_torch = pytest.importorskip("coreai_torch")
    case = CASES[name]
    program = trace(case.bad, case.inputs).run_decompositions(coreai_torch.get_decomp_table())
    converter = coreai_torch.TorchConverter()
    converter.add_exported_program(
        program, input_names=["x"], output_names=["y"], entrypoint_name="main"
    )
    with pytest.raises(ValueError, match=r"not yet supported|creation failed"):
        converter.to_coreai()
