"""The layers of a video decoder, through torch.export and both converters' precisions."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from h3ae_export.mil import Evaluator
from tests.export.mil.saving import convert, save


class CausalConv(nn.Module):
    """Kernel of three frames as three planes, on [T, C, H, W]."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.planes = nn.ModuleList(
            nn.Conv2d(channels, out, 3, padding=1, bias=tap == 2) for tap in range(3)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frames = x.shape[0]
        padded = torch.cat([x[:1], x[:1], x])
        return sum(plane(padded[tap : tap + frames]) for tap, plane in enumerate(self.planes))


class PixelNorm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("ones", torch.full((1, channels, 1, 1), 1 / channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(F.conv2d(x * x, self.ones) + 1e-4)


class Attention(nn.Module):
    """Causal over frames, frame by frame over its prefix."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.qkv, self.out = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.heads = 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        t, c, h, w = x.shape
        n = h * w
        tokens = self.qkv(x.permute(0, 2, 3, 1).reshape(1, t * n, c))
        q, k, v = tokens.reshape(t * n, 3, self.heads, c // self.heads).permute(1, 2, 0, 3)
        q = q * torch.rsqrt(q.square().mean(-1, keepdim=True) + 1e-4)
        frames = []
        for i in range(t):
            # The last prefix is everything: a slice of it would be an alias coremltools refuses.
            past = (k, v) if i == t - 1 else (k[:, : (i + 1) * n], v[:, : (i + 1) * n])
            scores = torch.bmm(q[:, i * n : (i + 1) * n], past[0].transpose(1, 2))
            frames.append(torch.bmm(torch.softmax(scores, -1), past[1]))
        mixed = torch.cat(frames, 1).permute(1, 0, 2).reshape(1, t * n, c)
        return x + self.out(mixed).reshape(t, h, w, c).permute(0, 3, 1, 2)


class Decoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.attention = CausalConv(8, 16), Attention(16)
        self.norm, self.middle = PixelNorm(16), CausalConv(16, 64)
        self.last = nn.Conv2d(8, 12, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.attention(self.first(x))
        y = self.norm(x)
        x = self.middle(y * torch.sigmoid(y))
        t, c, h, w = x.shape
        x = F.pixel_shuffle(x.reshape(2 * t, c // 2, h, w)[1:], 2)
        return F.pixel_shuffle(self.last(F.silu(x)), 2)


LATENTS = torch.randn(3, 8, 4, 4, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def expected() -> np.ndarray:
    with torch.no_grad():
        return Decoder().eval()(LATENTS).numpy()


@pytest.mark.parametrize("target", ["iOS17", "iOS18"])
@pytest.mark.parametrize("precision", ["FLOAT32", "FLOAT16"])
def test_a_decoder(tmp_path, target, precision, expected):
    model = convert(Decoder(), {"latents": LATENTS}, target=target, precision=precision)
    evaluator = Evaluator(save(model, tmp_path / "decoder.mlpackage"))
    seen: Counter[str] = Counter()
    result = evaluator.run(
        {"latents": LATENTS.numpy()}, watch=lambda step: seen.update([step.operation.type])
    )["y"]
    assert result.shape == (5, 3, 16, 16)
    assert result.dtype == (np.float16 if precision == "FLOAT16" else np.float32)
    assert {"conv", "matmul", "linear", "softmax", "pixel_shuffle", "rsqrt"} <= seen.keys()
    error = np.abs(result.astype(np.float64) - expected).max() / np.abs(expected).max()
    assert error < (3e-3 if precision == "FLOAT16" else 1e-5)
    assert precision == "FLOAT32" or error > 1e-5  # fp16 is not float32 in disguise
