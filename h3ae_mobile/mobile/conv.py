"""Causal Conv3d as Conv2d over shifted frames, time folded into the batch.

XNNPACK, Vulkan and ONNX Runtime's Core ML provider have no Conv3d, Core ML runs it on the GPU
only. A kernel of three frames is the sum of three Conv2d, over the frames t-2, t-1 and t.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from h3ae_mobile.mobile.registry import Context, rewrites
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.conv import CausalConv3d, FrameConv2d


def conv2d_of(weight: Tensor, bias: Tensor | None, stride: int, padding: int) -> nn.Conv2d:
    """Return a Conv2d with copies of the given weight `(O, I, kh, kw)` and bias."""
    out, channels, *kernel = weight.shape
    with torch.device("meta"):
        conv = nn.Conv2d(
            channels, out, (kernel[0], kernel[1]), stride, padding, bias=bias is not None
        )
    conv.weight = nn.Parameter(weight.detach().clone(memory_format=torch.contiguous_format))
    if bias is not None:
        conv.bias = nn.Parameter(bias.detach().clone())
    return conv


class MobileFrameConv2d(nn.Module):
    """Conv2d on `(T, C, H, W)`."""

    def __init__(self, reference: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv2d_of(
            reference.weight, reference.bias, reference.stride[0], int(reference.padding[0])
        )

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Convolve every frame."""
        return self.conv(x)


class CausalPadding(nn.Module):
    """Puts `past` frames before a chunk: its first frame repeated, or the cache.

    XNNPACK concatenates no tensor with itself, and a slice of the full range would be a copy that
    it refuses too: a single frame is told from its repetition by a multiplication with one.
    """

    one: Tensor

    def __init__(self, past: int) -> None:
        super().__init__()
        self.past = past
        self.register_buffer("one", torch.ones(1, 1, 1, 1))

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Map `(T, C, H, W)` to `(past + T, C, H, W)`."""
        if not chunk.first:
            return torch.cat([chunk.take(), x])
        first = x[:1] if x.shape[0] > 1 else x * self.one
        return torch.cat([*[first] * self.past, x])


class MobileCausalConv(nn.Module):
    """Causal Conv3d without temporal stride: one Conv2d a tap, summed."""

    def __init__(self, reference: nn.Conv3d) -> None:
        super().__init__()
        weight, bias = reference.weight, reference.bias
        last = weight.shape[2] - 1
        stride, padding = reference.stride[1], int(reference.padding[1])
        self.taps = nn.ModuleList(
            conv2d_of(weight[:, :, tap], bias if tap == last else None, stride, padding)
            for tap in range(last + 1)
        )
        self.pad = CausalPadding(last)

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Convolve `(T, C, H, W)`."""
        frames, past = x.shape[0], len(self.taps) - 1
        # The last tap sees the chunk itself: no slice.
        y = self.taps[past](x)
        if not past:
            return y
        padded = self.pad(x, chunk)
        chunk.give(padded[-past:])
        for tap in range(past):
            y = y + self.taps[tap](padded[tap : tap + frames])
        return y


class MobileStridedCausalConv(nn.Module):
    """Causal Conv3d of kernel 3 and temporal stride 2, without strided slices.

    Two adjacent frames `(2, C, H, W)` are one frame `(1, 2C, H, W)` by a reshape, so the taps t-2
    and t-1 are one Conv2d over pairs, and the tap t one over the second halves of the pairs that
    begin one frame later.
    """

    def __init__(self, reference: nn.Conv3d) -> None:
        super().__init__()
        weight, bias = reference.weight, reference.bias
        stride, padding = reference.stride[1], int(reference.padding[1])
        pair = torch.cat([weight[:, :, 0], weight[:, :, 1]], dim=1)
        self.pair = conv2d_of(pair, None, stride, padding)
        self.last = conv2d_of(weight[:, :, 2], bias, stride, padding)
        self.pad = CausalPadding(2)

    def forward(self, x: Tensor, chunk: Chunk) -> Tensor:
        """Convolve `(T, C, H, W)`: T odd on the first chunk, even later."""
        _, channels, height, width = x.shape
        padded = self.pad(x, chunk)
        chunk.give(padded[-1:])
        frames = (padded.shape[0] - 1) // 2
        pairs = padded[: 2 * frames].reshape(frames, 2 * channels, height, width)
        later = padded[1:].reshape(frames, 2 * channels, height, width)
        return self.pair(pairs) + self.last(later[:, channels:])


def mobile_causal_conv(reference: nn.Conv3d) -> nn.Module:
    """Return the mobile form of a causally padded Conv3d."""
    if reference.stride[0] == 1:
        return MobileCausalConv(reference)
    return MobileStridedCausalConv(reference)


@rewrites(FrameConv2d)
def _frame_conv(reference: FrameConv2d, context: Context) -> nn.Module:
    return MobileFrameConv2d(reference.conv)


@rewrites(CausalConv3d)
def _causal_conv(reference: CausalConv3d, context: Context) -> nn.Module:
    return mobile_causal_conv(reference.conv)
