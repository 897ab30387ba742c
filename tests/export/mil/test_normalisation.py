from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.export.mil.families import FP16_STEP, Case, check_family, noise
from tests.export.mil.saving import element, mb

GAMMA, BETA, MEAN = noise(4, seed=1), noise(4, seed=2), noise(4, seed=3)
VARIANCE = np.abs(noise(4, seed=4)) + 0.5
LAYER = noise(5, 6, seed=5), noise(5, 6, seed=6)


def tensors(*arrays):
    return [torch.from_numpy(array) for array in arrays]


def test_normalisations(tmp_path):
    cases = {
        "batch_norm": Case(
            lambda x: mb.batch_norm(x=x, mean=MEAN, variance=VARIANCE, gamma=GAMMA, beta=BETA),
            lambda x: F.batch_norm(x, *tensors(MEAN, VARIANCE, GAMMA, BETA)),
        ),
        "batch_norm plain": Case(
            lambda x: mb.batch_norm(x=x, mean=MEAN, variance=VARIANCE, epsilon=1e-2),
            lambda x: F.batch_norm(x, *tensors(MEAN, VARIANCE), eps=1e-2),
        ),
        "instance_norm": Case(
            lambda x: mb.instance_norm(x=x, gamma=GAMMA, beta=BETA, epsilon=1e-3),
            lambda x: F.instance_norm(x, None, None, *tensors(GAMMA, BETA), eps=1e-3),
        ),
        "layer_norm": Case(
            lambda x: mb.layer_norm(x=x, axes=[2, -1], gamma=LAYER[0], beta=LAYER[1]),
            lambda x: F.layer_norm(x, (5, 6), *tensors(*LAYER)),
        ),
        "layer_norm over channels": Case(
            lambda x: mb.layer_norm(x=x, axes=[1], gamma=GAMMA, epsilon=1e-3),
            lambda x: F.layer_norm(x.movedim(1, -1), (4,), *tensors(GAMMA), eps=1e-3).movedim(
                -1, 1
            ),
        ),
        "l2_norm": Case(
            lambda x: mb.l2_norm(x=x, epsilon=1e-3),
            lambda x: x / (x.square().sum((1, 2, 3), True) + 1e-3).sqrt(),
        ),
    }
    check_family(tmp_path / "p.mlpackage", [noise(2, 4, 5, 6)], cases)


def pool(name: str, reference, **arguments) -> Case:
    return Case(lambda x: getattr(mb, name)(x=x, **arguments), reference)


POOLS = {
    "max": pool(
        "max_pool",
        lambda x: F.max_pool2d(x, 2),
        kernel_sizes=[2, 2],
        strides=[2, 2],
        pad_type="valid",
    ),
    "max padded": pool(
        "max_pool",
        lambda x: F.max_pool2d(x, 3, 2, 1),
        kernel_sizes=[3, 3],
        strides=[2, 2],
        pad_type="custom",
        pad=[1, 1, 1, 1],
    ),
    "max ceil": pool(
        "max_pool",
        lambda x: F.max_pool2d(x, 2, ceil_mode=True),
        kernel_sizes=[2, 2],
        strides=[2, 2],
        pad_type="valid",
        ceil_mode=True,
    ),
    "average": pool(
        "avg_pool",
        lambda x: F.avg_pool2d(x, 3, 1, 1),
        kernel_sizes=[3, 3],
        pad_type="same",
    ),
    "average without padding": pool(
        "avg_pool",
        lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
        kernel_sizes=[3, 3],
        strides=[2, 2],
        pad_type="custom",
        pad=[1, 1, 1, 1],
        exclude_padding_from_average=True,
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_pooling(tmp_path, dtype):
    check_family(tmp_path / "p.mlpackage", [noise(2, 3, 5, 7, dtype=dtype)], POOLS)


def bilinear(height: int, width: int, mode: str, reference) -> Case:
    return Case(
        lambda x: mb.resize_bilinear(
            x=x, target_size_height=height, target_size_width=width, sampling_mode=mode
        ),
        reference,
    )


def interpolate(x: torch.Tensor, *size: int, corners: bool) -> torch.Tensor:
    return F.interpolate(x, size, mode="bilinear", align_corners=corners)


RESIZES = {
    "nearest": Case(
        lambda x: mb.upsample_nearest_neighbor(x=x, scale_factor_height=2, scale_factor_width=3),
        lambda x: F.interpolate(x, scale_factor=(2, 3)),
    ),
    "nearest to size": Case(
        lambda x: mb.resize_nearest_neighbor(x=x, target_size_height=10, target_size_width=3),
        lambda x: F.interpolate(x, (10, 3)),
    ),
    "bilinear": Case(
        lambda x: mb.upsample_bilinear(
            x=x, scale_factor_height=2, scale_factor_width=2, align_corners=False
        ),
        lambda x: interpolate(x, 10, 14, corners=False),
    ),
    "bilinear aligned": Case(
        lambda x: mb.upsample_bilinear(x=x, scale_factor_height=2, scale_factor_width=3),
        lambda x: interpolate(x, 10, 21, corners=True),
    ),
    "unaligned": bilinear(8, 3, "UNALIGN_CORNERS", lambda x: interpolate(x, 8, 3, corners=False)),
    "strictly aligned": bilinear(
        8, 3, "STRICT_ALIGN_CORNERS", lambda x: interpolate(x, 8, 3, corners=True)
    ),
    "aligned": bilinear(8, 3, "ALIGN_CORNERS", lambda x: interpolate(x, 8, 3, corners=True)),
    "aligned to one": bilinear(1, 7, "ALIGN_CORNERS", lambda x: x[:, :, 2:3]),
    "default": bilinear(5, 7, "DEFAULT", lambda x: x),
    "offset": bilinear(
        10,
        3,
        "OFFSET_CORNERS",
        lambda x: read_at(read_at(x, 0.4 * (np.arange(10) + 0.5)).mT, 2.0 * np.arange(3) + 1).mT,
    ),
}


def read_at(x: torch.Tensor, places: np.ndarray) -> torch.Tensor:
    """Read the rows at fractional places."""
    low = np.floor(places).astype(int)
    share = torch.from_numpy(places - low).float()[:, None]
    high = np.minimum(low + 1, x.shape[-2] - 1)
    return x[..., low, :] * (1 - share) + x[..., high, :] * share


def test_resizing(tmp_path):
    check_family(tmp_path / "p.mlpackage", [noise(2, 3, 5, 7)], RESIZES)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_quantising(tmp_path, dtype):
    scale, zero = np.array([0.02, 0.05, 0.1], dtype), np.array([3, -5, 0], np.int8)

    def steps(x, low, high, scale, zero):
        return ((x / scale).round() + zero).clamp(low, high)

    def wide(a):
        return torch.from_numpy(a.astype(np.float32)).reshape(3, 1)

    cases = {
        "one scale": Case(
            lambda x: mb.dequantize(
                input=mb.quantize(
                    input=x, scale=dtype(0.05), zero_point=np.uint8(100), output_dtype="uint8"
                ),
                scale=dtype(0.05),
                zero_point=np.uint8(100),
            ),
            lambda x: (steps(x, 0, 255, float(dtype(0.05)), 100) - 100) * float(dtype(0.05)),
        ),
        "a scale a channel": Case(
            lambda x: mb.dequantize(
                input=mb.quantize(
                    input=x, scale=scale, zero_point=zero, axis=1, output_dtype="int8"
                ),
                scale=scale,
                zero_point=zero,
                axis=-2,
            ),
            lambda x: (steps(x, -128, 127, wide(scale), wide(zero)) - wide(zero)) * wide(scale),
        ),
        "no zero point": Case(
            lambda x: mb.cast(
                x=mb.quantize(input=x, scale=dtype(0.03), output_dtype="int8"), dtype="int32"
            ),
            lambda x: steps(x, -128, 127, float(dtype(0.03)), 0).int(),
        ),
    }
    tolerance = FP16_STEP if dtype is np.float16 else 1e-6
    x = 3 * noise(2, 3, 16, dtype=dtype)
    check_family(tmp_path / "p.mlpackage", [x], cases, tolerance=tolerance)


def test_literals_take_the_element_type(tmp_path):
    x = noise(2, 3, dtype=np.float16)
    check_family(
        tmp_path / "p.mlpackage",
        [x],
        {"add": Case(lambda x: mb.add(x=x, y=element(x)(0.5)), lambda x: x + 0.5)},
    )
