"""What every toolchain here spends time on and nobody needs, put off while a target converts."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from torch.fx.traceback import NodeSource

_COPY = "__deepcopy__"


@contextmanager
def unhindered() -> Iterator[None]:
    """Convert without collecting garbage and without copying where nodes came from.

    Passes make millions of small objects, of which few are garbage in cycles and all are looked
    through by every collection. And every pass copies, with every node, the whole history of
    nodes that it was made from, though nothing ever changes an entry: sharing them is enough.
    Together that was 28 % of the CPU time of lowering h3ae-demo's decoder to ExecuTorch
    (9 x 64 x 64, measured once on two cores).
    """
    collected = gc.isenabled()
    gc.disable()
    setattr(NodeSource, _COPY, _itself)
    try:
        yield
    finally:
        delattr(NodeSource, _COPY)
        if collected:
            gc.enable()


def _itself(source: NodeSource, memo: object) -> NodeSource:
    return source
