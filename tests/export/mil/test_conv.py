from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from h3ae_export.mil import Arithmetic, Evaluator
from tests.export.mil.families import Case, check_family, noise
from tests.export.mil.saving import element, mb, save_built

WEIGHT = noise(6, 4, 3, 3, seed=1) / 6
DEPTHWISE = noise(4, 1, 3, 3, seed=2) / 3
VOLUME = noise(6, 2, 3, 3, 3, seed=3) / 7
LINE = noise(6, 4, 3, seed=4) / 4
UP = noise(4, 6, 3, 3, seed=5) / 6
BIAS = noise(6, seed=6)


def conv(weight, reference, bias=None, **arguments) -> Case:
    offset = None if bias is None else torch.from_numpy(bias)
    return Case(
        lambda x: mb.conv(x=x, weight=weight.astype(element(x)), **with_bias(bias, x), **arguments),
        lambda x: reference(x, half_if(x, torch.from_numpy(weight)), offset),
    )


def with_bias(bias, x):
    return {} if bias is None else {"bias": bias.astype(element(x))}


def half_if(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Round weights to fp16 where the inputs are, for the comparison is not about weights."""
    return weight.half().float() if torch.equal(x, x.half().float()) else weight


def transposed(reference, **arguments) -> Case:
    return Case(
        lambda x: mb.conv_transpose(
            x=x, weight=UP.astype(element(x)), bias=BIAS.astype(element(x)), **arguments
        ),
        lambda x: reference(x, half_if(x, torch.from_numpy(UP)), torch.from_numpy(BIAS)),
    )


PLANE = {
    "valid": conv(WEIGHT, lambda x, w, b: F.conv2d(x, w)),
    "bias": conv(WEIGHT, F.conv2d, BIAS, pad_type="valid"),
    "custom": conv(
        WEIGHT,
        lambda x, w, b: F.conv2d(x, w, b, padding=(1, 2)),
        BIAS,
        pad_type="custom",
        pad=[1, 1, 2, 2],
    ),
    "uneven": conv(
        WEIGHT,
        lambda x, w, b: F.conv2d(F.pad(x, (0, 1, 2, 0)), w, stride=2),
        pad_type="custom",
        pad=[2, 0, 0, 1],
        strides=[2, 2],
    ),
    "same": conv(WEIGHT, lambda x, w, b: F.conv2d(x, w, padding=1), pad_type="same"),
    "same strided": conv(
        WEIGHT,
        lambda x, w, b: F.conv2d(F.pad(x, (0, 1, 1, 1)), w, stride=2),
        pad_type="same",
        strides=[2, 2],
    ),
    "same lower": conv(
        WEIGHT,
        lambda x, w, b: F.conv2d(F.pad(x, (1, 0, 1, 1)), w, stride=2),
        pad_type="same_lower",
        strides=[2, 2],
    ),
    "dilated": conv(
        WEIGHT,
        lambda x, w, b: F.conv2d(x, w, dilation=(2, 1)),
        pad_type="valid",
        dilations=[2, 1],
    ),
    "depthwise": conv(
        DEPTHWISE, lambda x, w, b: F.conv2d(x, w, groups=4), pad_type="valid", groups=4
    ),
    "transposed": transposed(lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2), strides=[2, 2]),
    "transposed custom": transposed(
        lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1),
        strides=[2, 2],
        pad_type="custom",
        pad=[1, 1, 1, 1],
    ),
    "transposed with output padding": transposed(
        lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1),
        strides=[2, 2],
        pad_type="custom",
        pad=[1, 1, 1, 1],
        output_shape=[2, 6, 10, 12],
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_convolutions_of_planes(tmp_path, dtype):
    x = noise(2, 4, 5, 6, dtype=dtype)
    tolerance = 4e-3 if dtype is np.float16 else 1e-5
    check_family(tmp_path / "p.mlpackage", [x], PLANE, tolerance=tolerance)


def test_convolutions_of_lines_and_volumes(tmp_path):
    check_family(
        tmp_path / "line.mlpackage",
        [noise(2, 4, 9)],
        {"conv1d": conv(LINE, F.conv1d, BIAS, pad_type="valid")},
    )
    check_family(
        tmp_path / "volume.mlpackage",
        [noise(1, 4, 4, 5, 6)],
        {
            "causal conv3d": conv(
                VOLUME,
                lambda x, w, b: F.conv3d(F.pad(x, (1, 1, 1, 1, 2, 0)), w, b, groups=2),
                BIAS,
                pad_type="custom",
                pad=[2, 0, 1, 1, 1, 1],
                groups=2,
            )
        },
    )


MATRIX = {
    "linear": Case(
        lambda x, y: mb.linear(x=x, weight=WEIGHT.reshape(6, 36)[:, :5].copy(), bias=BIAS),
        lambda x, y: F.linear(
            x, torch.from_numpy(WEIGHT.reshape(6, 36)[:, :5]), torch.from_numpy(BIAS)
        ),
    ),
    "linear without bias": Case(
        lambda x, y: mb.linear(x=x, weight=WEIGHT.reshape(6, 36)[:, :5].copy()),
        lambda x, y: F.linear(x, torch.from_numpy(WEIGHT.reshape(6, 36)[:, :5])),
    ),
    "matmul": Case(lambda x, y: mb.matmul(x=x, y=y), torch.matmul),
    "matmul transposed": Case(
        lambda x, y: mb.matmul(x=y, y=x, transpose_x=True, transpose_y=True),
        lambda x, y: y.transpose(-1, -2) @ x.transpose(-1, -2),
    ),
    "matmul by a matrix": Case(
        lambda x, y: mb.matmul(x=x, y=WEIGHT[0].reshape(-1)[:35].reshape(5, 7)),
        lambda x, y: x @ torch.from_numpy(WEIGHT[0].reshape(-1)[:35].reshape(5, 7)),
    ),
}


def test_matrix_products(tmp_path):
    arrays = [noise(2, 3, 4, 5), noise(2, 3, 5, 7, seed=1)]
    check_family(tmp_path / "p.mlpackage", arrays, MATRIX)


def test_einsum(tmp_path):
    equation = "nchw,nwhu->nchu"
    check_family(
        tmp_path / "p.mlpackage",
        [noise(2, 3, 4, 5), noise(2, 5, 4, 7, seed=1)],
        {
            "einsum": Case(
                lambda x, y: mb.einsum(values=(x, y), equation=equation),
                lambda x, y: torch.einsum(equation, x, y),
            )
        },
    )


def test_fused_attention(tmp_path):
    arrays = [noise(2, 3, 6, 8), noise(2, 3, 5, 8, seed=1), noise(2, 3, 5, 4, seed=2)]
    mask = np.where(np.tri(6, 5, dtype=bool), 0, -1e4).astype(np.float32)
    attention = {
        "plain": Case(
            lambda q, k, v: mb.scaled_dot_product_attention(query=q, key=k, value=v),
            F.scaled_dot_product_attention,
        ),
        "float mask": Case(
            lambda q, k, v: mb.scaled_dot_product_attention(
                query=q, key=k, value=v, attn_mask=mask
            ),
            lambda q, k, v: (q @ k.mT / 8**0.5 + torch.from_numpy(mask)).softmax(-1) @ v,
        ),
        "bool mask": Case(
            lambda q, k, v: mb.scaled_dot_product_attention(
                query=q, key=k, value=v, attn_mask=mask == 0
            ),
            lambda q, k, v: (q @ k.mT / 8**0.5 + torch.from_numpy(mask)).softmax(-1) @ v,
        ),
    }
    check_family(tmp_path / "p.mlpackage", arrays, attention, target="iOS18")


@pytest.mark.parametrize(
    "build",
    [
        lambda x: mb.conv(x=x, weight=np.ones((1, 512, 1, 1), np.float16), pad_type="valid"),
        lambda x: mb.linear(
            x=mb.reshape(x=x, shape=[1, 512]), weight=np.ones((1, 512), np.float16)
        ),
        lambda x: mb.matmul(x=mb.reshape(x=x, shape=[1, 512]), y=np.ones((512, 1), np.float16)),
    ],
    ids=["conv", "linear", "matmul"],
)
def test_fp16_accumulators_overflow_where_terms_would_cancel(tmp_path, build):
    """A ones-convolution is how PixelNorm sums squares on a phone."""
    x = np.full((1, 512, 1, 1), 256, np.float16)
    x[:, 256:] = -256
    path = save_built(tmp_path / "p.mlpackage", [x], build)
    (exact,) = Evaluator(path).run({"in_0": x}).values()
    assert exact.item() == 0
    pessimist = Evaluator(path, arithmetic=Arithmetic(accumulate_every=64))
    (result,) = pessimist.run({"in_0": x}).values()
    assert not np.isfinite(result.item())


def test_fp16_accumulators_change_little_where_nothing_overflows(tmp_path):
    x = noise(1, 64, 4, 4, dtype=np.float16)
    weight = noise(8, 64, 3, 3, dtype=np.float16, seed=1) / 24
    bias = noise(8, dtype=np.float16, seed=2)
    path = save_built(
        tmp_path / "p.mlpackage",
        [x],
        lambda x: mb.conv(x=x, weight=weight, bias=bias, pad_type="same"),
    )
    (exact,) = Evaluator(path).run({"in_0": x}).values()
    (rough,) = Evaluator(path, arithmetic=Arithmetic(accumulate_every=16)).run({"in_0": x}).values()
    assert not np.array_equal(exact, rough)
    np.testing.assert_allclose(exact, rough, atol=4e-3)
