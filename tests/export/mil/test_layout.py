from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.export.mil.families import Case, check_family, noise
from tests.export.mil.saving import element, mb

CASES = {
    "reshape": Case(lambda x: mb.reshape(x=x, shape=[2, -1]), lambda x: x.reshape(2, 192)),
    "reshape keeps": Case(
        lambda x: mb.reshape(x=x, shape=[0, -1, 2, 0]), lambda x: x.reshape(2, 16, 2, 6)
    ),
    "reshape keeps from the right": Case(
        lambda x: mb.reshape(x=x, shape=[0, -1, 6]), lambda x: x.reshape(8, 8, 6)
    ),
    "transpose": Case(
        lambda x: mb.transpose(x=x, perm=[0, -1, 1, 2]), lambda x: x.permute(0, 3, 1, 2)
    ),
    "expand_dims": Case(
        lambda x: mb.expand_dims(x=x, axes=[-1]), lambda x: x.unsqueeze(-1)
    ),
    "squeeze": Case(
        lambda x: mb.squeeze(
            x=mb.slice_by_size(x=x, begin=[1, 0, 3, 0], size=[1, 8, 1, 6]), axes=[-2]
        ),
        lambda x: x[1:, :, 3],
    ),
    "squeeze all": Case(lambda x: mb.squeeze(x=mb.expand_dims(x=x, axes=[2])), lambda x: x),
    "concat": Case(lambda x: mb.concat(values=[x, x], axis=-2), lambda x: torch.cat([x, x], -2)),
    "concat interleaved": Case(
        lambda x: mb.concat(values=[x, mb.abs(x=x)], axis=1, interleave=True),
        lambda x: torch.stack([x, x.abs()], 2).flatten(1, 2),
    ),
    "stack": Case(lambda x: mb.stack(values=[x, x], axis=1), lambda x: torch.stack([x, x], 1)),
    "split": Case(
        lambda x: mb.split(x=x, num_splits=4, axis=1)[2], lambda x: x[:, 4:6]
    ),
    "split sizes": Case(
        lambda x: mb.split(x=x, split_sizes=[1, 5, 2], axis=1)[1], lambda x: x[:, 1:6]
    ),
    "tile": Case(lambda x: mb.tile(x=x, reps=[1, 2, 1, 3]), lambda x: x.repeat(1, 2, 1, 3)),
    "reverse": Case(lambda x: mb.reverse(x=x, axes=[1, 3]), lambda x: x.flip(1, 3)),
    "reverse all": Case(lambda x: mb.reverse(x=x), lambda x: x.flip(0, 1, 2, 3)),
    "pad": Case(
        lambda x: mb.pad(x=x, pad=[1, 0, 0, 2], mode="constant", constant_val=element(x)(0.5)),
        lambda x: F.pad(x, (0, 2, 1, 0), value=0.5),
    ),
    "pad all axes": Case(
        lambda x: mb.pad(
            x=x, pad=[1, 0, 0, 1, 0, 0, 2, 2], mode="constant", constant_val=element(x)(0)
        ),
        lambda x: F.pad(x, (2, 2, 0, 0, 0, 1, 1, 0)),
    ),
    "pad reflect": Case(
        lambda x: mb.pad(x=x, pad=[2, 1, 1, 2], mode="reflect"),
        lambda x: F.pad(x, (1, 2, 2, 1), mode="reflect"),
    ),
    "pad replicate": Case(
        lambda x: mb.pad(x=x, pad=[0, 0, 0, 0, 0, 0, 2, 2], mode="replicate"),
        lambda x: F.pad(x, (2, 2, 0, 0), mode="replicate"),
    ),
    "pixel_shuffle": Case(
        lambda x: mb.pixel_shuffle(x=x, upscale_factor=2), lambda x: F.pixel_shuffle(x, 2)
    ),
    "pixel_unshuffle": Case(
        lambda x: mb.pixel_unshuffle(x=x, downscale_factor=np.uint32(2)),
        lambda x: F.pixel_unshuffle(x, 2),
    ),
    "depth_to_space": Case(
        lambda x: mb.depth_to_space(x=x, block_size=2),
        # numpy's words for TensorFlow's order: the block's place varies slowest over channels.
        lambda x: (
            x.reshape(2, 2, 2, 2, 4, 6).permute(0, 3, 4, 1, 5, 2).reshape(2, 2, 8, 12)
        ),
    ),
    "there and back": Case(
        lambda x: mb.space_to_depth(x=mb.depth_to_space(x=x, block_size=2), block_size=2),
        lambda x: x,
    ),
    "crop": Case(
        lambda x: mb.crop(x=x, crop_height=[1, 0], crop_width=[2, 1]),
        lambda x: x[..., 1:, 2:-1],
    ),
    "band_part": Case(
        lambda x: mb.band_part(x=x, lower=0, upper=1), lambda x: x.triu(0).tril(1)
    ),
    "lower triangle": Case(lambda x: mb.band_part(x=x, lower=-1, upper=0), torch.tril),
    "fill": Case(
        lambda x: mb.mul(x=x, y=mb.fill(shape=[4, 6], value=element(x)(2))), lambda x: 2 * x
    ),
    "fill_like": Case(
        lambda x: mb.fill_like(ref_tensor=x, value=element(x)(2)), lambda x: torch.full_like(x, 2)
    ),
    "shape": Case(lambda x: mb.shape(x=x), lambda x: torch.tensor(x.shape)),
    "range": Case(
        lambda x: mb.range_1d(start=np.int32(1), end=np.int32(8), step=np.int32(3)),
        lambda x: torch.arange(1, 8, 3),
    ),
    "identity": Case(lambda x: mb.identity(x=x), lambda x: x),
}  # fmt: skip

SLICES = {
    "slice": Case(
        lambda x: mb.slice_by_index(x=x, begin=[0, 1, 0, -4], end=[2, -1, 4, -1]),
        lambda x: x[:, 1:-1, :, -4:-1],
    ),
    "slice masks": Case(
        lambda x: mb.slice_by_index(
            x=x,
            begin=[1, 5, 3, 1],
            end=[0, 7, 1, 0],
            stride=[1, 2, 1, 2],
            begin_mask=[True, False, True, False],
            end_mask=[True, False, False, True],
        ),
        lambda x: x[:, 5:7:2, :1, 1::2],
    ),
    "slice squeeze": Case(
        lambda x: mb.slice_by_index(
            x=x,
            begin=[-1, 0, 2, 0],
            end=[0, 8, 0, 6],
            squeeze_mask=[True, False, True, False],
        ),
        lambda x: x[-1, :, 2],
    ),
    "slice backwards": Case(
        lambda x: mb.slice_by_index(
            x=x,
            begin=[0, 6, 0, 0],
            end=[2, 1, 4, 0],
            stride=[1, -2, 1, -1],
            begin_mask=[False, False, False, True],
            end_mask=[False, False, False, True],
        ),
        lambda x: x[:, [6, 4, 2]].flip(3),
    ),
    "slice_by_size": Case(
        lambda x: mb.slice_by_size(x=x, begin=[0, 2, 1, 0], size=[2, 3, -1, 6]),
        lambda x: x[:, 2:5, 1:],
    ),
}


def updated(x: torch.Tensor, index, value: torch.Tensor) -> torch.Tensor:
    x = x.clone()
    x[index] = value
    return x


UPDATES = {
    "slice_update": Case(
        lambda x: mb.slice_update(
            x=x,
            update=mb.slice_by_index(x=x, begin=[0, 0, 0, 0], end=[2, 2, 4, 6]),
            begin=[0, 3, 0, 0],
            end=[2, 7, 4, 6],
            stride=[1, 2, 1, 1],
        ),
        lambda x: updated(x, (slice(None), slice(3, 7, 2)), x[:, :2]),
    ),
    "slice_update squeezed": Case(
        lambda x: mb.slice_update(
            x=x,
            update=mb.slice_by_index(
                x=x, begin=[0, 1, 0, 0], end=[2, 0, 4, 6], squeeze_mask=[False, True, False, False]
            ),
            begin=[0, 3, 0, 0],
            end=[2, 0, 4, 6],
            squeeze_mask=[False, True, False, False],
        ),
        lambda x: updated(x, (slice(None), 3), x[:, 1]),
    ),
    "slice_update backwards": Case(
        lambda x: mb.slice_update(
            x=x,
            update=x,
            begin=[0, 0, 0, 0],
            end=[2, 8, 4, 0],
            stride=[1, 1, 1, -1],
            begin_mask=[True, True, True, True],
            end_mask=[True, True, True, True],
        ),
        lambda x: x.flip(3),
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_moving_values_is_exact(tmp_path, dtype):
    check_family(
        tmp_path / "p.mlpackage", [noise(2, 8, 4, 6, dtype=dtype)], CASES | SLICES, tolerance=1e-30
    )


def test_updating_slices_is_exact(tmp_path):
    x = noise(2, 8, 4, 6)
    check_family(tmp_path / "p.mlpackage", [x], UPDATES, target="iOS18", tolerance=1e-30)
