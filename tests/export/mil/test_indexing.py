from __future__ import annotations

import numpy as np
import torch

from tests.export.mil.families import Case, check_family, noise
from tests.export.mil.saving import mb

ROWS = np.array([[2, 0], [1, 3]], np.int32)
POINTS = np.array([[0, 3], [1, 0], [1, 2]], np.int32)


def index(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array).long()


def scattered(mode: str, reference) -> Case:
    places = np.array([3, 0], np.int32)
    return Case(
        lambda x: mb.scatter(
            data=x,
            indices=places,
            updates=mb.slice_by_size(x=x, begin=[0, 1, 0], size=[2, 2, 5]),
            axis=1,
            mode=mode,
        ),
        lambda x: reference(x, index(places)),
    )


def assigned(x: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    result = x.clone()
    result[:, places] = x[:, 1:3]
    return result


def reduced(combine):
    def reference(x: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        result = x.clone()
        result[:, places] = combine(x[:, places], x[:, 1:3])
        return result

    return reference


MODES = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "max": torch.maximum,
    "min": torch.minimum,
}

CASES = {
    "gather": Case(
        lambda x: mb.gather(x=x, indices=ROWS, axis=1),
        lambda x: x[:, index(ROWS)],
    ),
    "gather last": Case(
        lambda x: mb.gather(x=x, indices=np.int32([4, 1]), axis=-1), lambda x: x[..., [4, 1]]
    ),
    "gather one": Case(lambda x: mb.gather(x=x, indices=np.int32(1), axis=0), lambda x: x[1]),
    "gather in batches": Case(
        lambda x: mb.gather(x=x, indices=ROWS, axis=1, batch_dims=1),
        lambda x: torch.stack([x[0, [2, 0]], x[1, [1, 3]]]),
    ),
    "gather_along_axis": Case(
        lambda x: mb.gather_along_axis(
            x=x, indices=np.tile(np.int32([[[3], [0]]]), (2, 1, 5)), axis=1
        ),
        lambda x: x[:, [3, 0]],
    ),
    "gather_nd": Case(
        lambda x: mb.gather_nd(x=x, indices=POINTS), lambda x: x[[0, 1, 1], [3, 0, 2]]
    ),
    "gather_nd in batches": Case(
        lambda x: mb.gather_nd(x=x, indices=np.int32([[[1]], [[3]]]), batch_dims=1),
        lambda x: torch.stack([x[0, [1]], x[1, [3]]]),
    ),
    "scatter update": scattered("update", assigned),
    **{f"scatter {mode}": scattered(mode, reduced(combine)) for mode, combine in MODES.items()},
    "scatter_along_axis": Case(
        lambda x: mb.scatter_along_axis(
            data=x,
            indices=np.tile(np.int32([[[3], [0]]]), (2, 1, 5)),
            updates=mb.slice_by_size(x=x, begin=[0, 1, 0], size=[2, 2, 5]),
            axis=1,
            mode="update",
        ),
        lambda x: assigned(x, torch.tensor([3, 0])),
    ),
    "scatter_nd": Case(
        lambda x: mb.scatter_nd(
            data=x,
            indices=POINTS,
            updates=mb.slice_by_index(
                x=x, begin=[0, 0, 0], end=[0, 3, 5], squeeze_mask=[True, False, False]
            ),
            mode="add",
        ),
        lambda x: x.index_put(index(POINTS).unbind(-1), x[0, :3], accumulate=True),
    ),
    "topk": Case(lambda x: mb.topk(x=x, k=2, axis=1)[0], lambda x: x.topk(2, 1)[0]),
    "topk smallest": Case(
        lambda x: mb.topk(x=x, k=2, axis=-1, ascending=True)[1],
        lambda x: x.topk(2, -1, largest=False)[1],
    ),
    "argsort": Case(
        lambda x: mb.argsort(x=x, axis=1), lambda x: x.argsort(1, descending=True)
    ),
    "argsort ascending": Case(
        lambda x: mb.argsort(x=x, axis=1, ascending=True), lambda x: x.argsort(1)
    ),
    "one_hot": Case(
        lambda x: mb.one_hot(
            indices=ROWS, one_hot_vector_size=4, axis=1, on_value=2.0, off_value=-1.0
        ),
        lambda x: 3 * torch.nn.functional.one_hot(index(ROWS), 4).movedim(-1, 1) - 1.0,
    ),
}  # fmt: skip


def test_gathering_and_scattering(tmp_path):
    check_family(tmp_path / "p.mlpackage", [noise(2, 4, 5)], CASES)
