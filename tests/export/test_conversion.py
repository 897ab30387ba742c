"""What is put off during a conversion is put back afterwards, and changes nothing else."""

from __future__ import annotations

import copy
import gc

import pytest
import torch
from torch.fx.traceback import NodeSource

from h3ae_export.conversion import unhindered


def _sources() -> list[NodeSource]:
    program = torch.export.export(torch.nn.Linear(2, 2), (torch.zeros(1, 2),)).run_decompositions()
    return [one for node in program.graph.nodes for one in node.meta.get("from_node", [])]


def test_garbage_waits_and_history_is_shared_until_the_end() -> None:
    source = _sources()[0]
    with unhindered():
        assert not gc.isenabled()
        assert copy.deepcopy([source])[0] is source
    assert gc.isenabled()
    assert copy.deepcopy(source) is not source


def test_a_failure_restores_too() -> None:
    with pytest.raises(KeyError), unhindered():
        raise KeyError
    assert gc.isenabled()
    assert not hasattr(NodeSource, "__deepcopy__")


def test_a_caller_who_collects_by_hand_is_left_alone() -> None:
    gc.disable()
    try:
        with unhindered():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_history_of_nodes_is_the_same() -> None:
    with unhindered():
        shared = _sources()
    copied = _sources()
    assert len(shared) == len(copied) > 0
    for one, other in zip(shared, copied, strict=True):
        assert (one.name, one.target, one.pass_name) == (other.name, other.target, other.pass_name)
