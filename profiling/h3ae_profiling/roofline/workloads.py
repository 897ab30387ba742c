"""Counted work of the models with published figures: `published.json`, a row a sort of operation.

``python profiling/benchmarks/recount.py`` writes the file anew; it needs diffusers for the peers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from h3ae_profiling.roofline.operations import OperationCost

PUBLISHED_FILE = Path(__file__).with_name("published.json")


@dataclass(frozen=True)
class Row:
    """Equal operations of a clip: what one call costs, and how many calls there are."""

    flops: int
    bytes: int
    calls: int


Work = tuple[Row, ...]


def work_of(operations: Iterable[OperationCost]) -> Work:
    """Return the work of a list of operations; views cost nothing."""
    counted: Counter[tuple[int, int]] = Counter()
    for one in operations:
        if one.category != "view":
            counted[one.flops, one.bytes] += one.calls
    return tuple(Row(flops, size, calls) for (flops, size), calls in sorted(counted.items()))


def published_work() -> dict[str, Work]:
    """Return the work of every model with a published figure, 17 x 512 x 512 in fp16."""
    document = json.loads(PUBLISHED_FILE.read_text(encoding="utf-8"))
    return {name: tuple(Row(*row) for row in rows) for name, rows in document.items()}
