"""States of iOS 18: buffers that outlive a prediction."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from h3ae_export.mil.ops.call import Call
from h3ae_export.mil.ops.registry import kernel


@kernel("read_state", exact=True)
def _read_state(call: Call) -> Tensor:
    # No copy: kernels never write to what they read, and a written state is a new tensor.
    return call.states[call.value("input").name]


@kernel("write_state", exact=True)
def _write_state(call: Call) -> Sequence[Tensor]:
    # A copy: the data may be a narrow view that would keep a wide tensor alive.
    call.states[call.value("input").name] = call.tensor("data").clone()
    return ()
