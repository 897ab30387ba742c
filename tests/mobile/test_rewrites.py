"""Every registered rewrite equals its reference layer in float64, over random shapes.

A case here draws one reference layer and an input; `test_every_rewrite_is_tested` fails for a
rewrite that has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.options import Grid, MobileOptions, Mode
from h3ae_mobile.mobile.registry import Context, registered, rewrite
from h3ae_mobile.models.attention import AttentionBlock
from h3ae_mobile.models.chunk import Chunk
from h3ae_mobile.models.conditioning import Join
from h3ae_mobile.models.conv import CausalConv3d, FrameConv2d
from h3ae_mobile.models.norm import ChannelLayerNorm, FrameGroupNorm, PixelNorm
from h3ae_mobile.models.resample import (
    InterpolationUpsample,
    Patchify,
    PixelShuffleUpsample,
    Unpatchify,
)
from h3ae_mobile.models.residual import ResidualBlock
from h3ae_mobile.models.stage import Stage
from tests.models.tiny import assert_close, noise

HEAD_DIM = 8


@dataclass(frozen=True)
class Case:
    """A reference layer, and the channels and multiples of frame size that it takes."""

    layer: nn.Module
    channels: int
    multiple: int = 1
    # A first chunk must have 1 + stride * n frames, a later one stride * n.
    stride: int = 1


WIDTHS = st.integers(1, 5)
TIMES = st.sampled_from([1, 2])
Cases = st.SearchStrategy[Case]


def _norms(kind: str, width: int) -> tuple[nn.Module, nn.Module]:
    make = {"pixel": PixelNorm, "layer": ChannelLayerNorm, "group": FrameGroupNorm}[kind]
    return make(width), make(width)


NORM_KINDS = st.sampled_from(["pixel", "layer", "group"])


@st.composite
def causal_convs(draw: st.DrawFn) -> Case:
    width, time, space = draw(WIDTHS), draw(TIMES), draw(TIMES)
    kernel = 3 if time == 2 else draw(st.sampled_from([1, 3, 5]))
    conv = CausalConv3d(width, draw(WIDTHS), kernel, (time, space, space))
    return Case(conv, width, stride=time)


@st.composite
def frame_convs(draw: st.DrawFn) -> Case:
    width = draw(WIDTHS)
    kernel, stride = draw(st.sampled_from([(1, 1), (3, 1), (3, 2)]))
    return Case(FrameConv2d(width, draw(WIDTHS), kernel, stride), width)


@st.composite
def shuffles(draw: st.DrawFn) -> Case:
    width, out, time = draw(WIDTHS), draw(WIDTHS), draw(TIMES)
    conv = draw(st.sampled_from([FrameConv2d, CausalConv3d]))(width, out * 4 * time)
    return Case(PixelShuffleUpsample(conv, (time, 2, 2)), width)


@st.composite
def interpolations(draw: st.DrawFn) -> Case:
    width = draw(WIDTHS)
    conv = draw(st.sampled_from([FrameConv2d, CausalConv3d]))(width, width)
    project = FrameConv2d(width, draw(WIDTHS), kernel=1)
    return Case(InterpolationUpsample(conv, project, (draw(TIMES), 2, 2)), width)


@st.composite
def residuals(draw: st.DrawFn) -> Case:
    width = draw(st.integers(2, 6))
    conv = draw(st.sampled_from([FrameConv2d, CausalConv3d]))
    convs = (conv(width, width), conv(width, width))
    return Case(ResidualBlock(_norms(draw(NORM_KINDS), width), convs), width)


@st.composite
def attentions(draw: st.DrawFn) -> Case:
    width = HEAD_DIM * draw(st.integers(1, 3))
    window = draw(st.sampled_from([None, 1, 2, 3]))
    norms = _norms(draw(NORM_KINDS), width)
    return Case(AttentionBlock(norms, width, HEAD_DIM, window, 1e4, 1e-8), width)


@st.composite
def stages(draw: st.DrawFn) -> Case:
    """Runs of attention and convolution in any order."""
    kind = draw(NORM_KINDS)

    def layer(is_attention: bool) -> nn.Module:
        norms = _norms(kind, HEAD_DIM)
        if is_attention:
            return AttentionBlock(norms, HEAD_DIM, HEAD_DIM, None, 1e4, 1e-8)
        return ResidualBlock(norms, (CausalConv3d(8, 8), CausalConv3d(8, 8)))

    layers = [layer(each) for each in draw(st.lists(st.booleans(), max_size=4))]
    return Case(Stage(layers), HEAD_DIM)


def _groups(channels: int) -> Case:
    return Case(FrameGroupNorm(channels), channels, multiple=2)


CASES: dict[type[nn.Module], Cases] = {
    PixelNorm: WIDTHS.map(lambda n: Case(PixelNorm(n), n)),
    ChannelLayerNorm: st.integers(2, 6).map(lambda n: Case(ChannelLayerNorm(n), n)),
    FrameGroupNorm: st.integers(1, 70).map(_groups),
    CausalConv3d: causal_convs(),
    FrameConv2d: frame_convs(),
    PixelShuffleUpsample: shuffles(),
    InterpolationUpsample: interpolations(),
    Patchify: st.integers(2, 4).map(lambda s: Case(Patchify(s), 3, multiple=s)),
    Unpatchify: st.integers(2, 4).map(lambda s: Case(Unpatchify(s), 2 * s * s)),
    ResidualBlock: residuals(),
    AttentionBlock: attentions(),
    Stage: stages(),
    Join: st.sampled_from(["average", "add", "gated"]).map(lambda k: Case(Join(k, 5), 5)),
}


def randomise(layer: nn.Module, seed: int) -> nn.Module:
    """Give every parameter a value that matters, in float64."""
    generator = torch.Generator().manual_seed(seed)
    layer = layer.double().eval().requires_grad_(False)
    for parameter in layer.parameters():
        fan_in = parameter[0].numel() if parameter.ndim > 1 else 1
        parameter.copy_(noise(parameter.shape, generator=generator) / fan_in**0.5)
    return layer


def mobile(
    layer: nn.Module,
    frames: int,
    size: tuple[int, int],
    mode: Mode = "clip",
    options: MobileOptions | None = None,
) -> nn.Module:
    context = Context(options or MobileOptions(), Grid(frames, *size), mode)
    return rewrite(layer, context).double()


def apply(layer: nn.Module, x: Tensor, reference: nn.Module) -> Tensor:
    """Norms alone take no chunk; a joint takes the first frame as its condition."""
    if isinstance(reference, Join):
        return layer(x, x[:, :, :1] if x.ndim == 5 else x[:1])
    is_norm = isinstance(reference, (PixelNorm, ChannelLayerNorm, FrameGroupNorm))
    return layer(x) if is_norm else layer(x, Chunk(keep=False))


def rank4(x: Tensor) -> Tensor:
    """`(1, C, T, H, W)` as `(T, C, H, W)`."""
    return x[0].transpose(0, 1)


def test_every_rewrite_is_tested() -> None:
    assert set(CASES) == set(registered()), "give the new rewrite a case in CASES"


@pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.__name__)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_rewrite_equals_its_reference(kind: type[nn.Module], data: st.DataObject) -> None:
    case = data.draw(CASES[kind])
    layer = randomise(case.layer, data.draw(st.integers(0, 99)))
    frames = 1 + case.stride * data.draw(st.integers(0, 3))
    height, width = (case.multiple * data.draw(st.integers(1, 3)) for _ in range(2))
    if any(isinstance(module, FrameGroupNorm) for module in layer.modules()):
        height *= 2  # torch refuses to normalise a group of one number
    native = MobileOptions(native_shuffle=data.draw(st.booleans()))
    rewritten = mobile(layer, frames, (height, width), options=native)
    x = noise((1, case.channels, frames, height, width))
    assert_close(apply(rewritten, rank4(x), layer), rank4(apply(layer, x, layer)))


STREAMED = [CausalConv3d, PixelShuffleUpsample, InterpolationUpsample, ResidualBlock]


@pytest.mark.parametrize("kind", STREAMED, ids=lambda kind: kind.__name__)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_rewrite_equals_its_reference_in_a_stream(
    kind: type[nn.Module], data: st.DataObject
) -> None:
    case = data.draw(CASES[kind])
    layer = randomise(case.layer, data.draw(st.integers(0, 99)))
    counts = [case.stride * data.draw(st.integers(1, 2)) for _ in range(3)]
    counts[0] -= case.stride - 1
    rewritten = mobile(layer, counts[0], (4, 4))
    x = noise((1, case.channels, sum(counts), 4, 4))
    caches = mobile_caches = None
    for piece in x.split(counts, dim=2):
        chunk, mobile_chunk = Chunk(caches), Chunk(mobile_caches)
        wanted = layer(piece, chunk)
        assert_close(rewritten(rank4(piece), mobile_chunk), rank4(wanted))
        caches, mobile_caches = chunk.caches, mobile_chunk.caches


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([None, 1, 2, 3, 9]),
    st.integers(1, 4),
    st.tuples(st.integers(1, 2), st.integers(2, 3)),
    NORM_KINDS,
)
def test_a_stream_of_attention_sees_its_window(
    window: int | None, stream: int, size: tuple[int, int], kind: str
) -> None:
    """The narrower of the model's window and the stream's rules."""
    norms, width = _norms(kind, 2 * HEAD_DIM), 2 * HEAD_DIM
    narrow = min(stream, window or stream)
    layer = AttentionBlock(norms, width, HEAD_DIM, window, 1e4, 1e-8)
    randomise(layer, 3)
    options = MobileOptions(window=stream)
    first = mobile(layer, 1, size, "first", options)
    later = mobile(layer, 1, size, "next", options)
    layer.window = narrow
    x = noise((1, width, 6, *size))
    wanted = rank4(layer(x, Chunk(keep=False)))
    chunk = Chunk()
    frames = [first(rank4(x[:, :, :1]), chunk)]
    for index in range(1, 6):
        chunk = Chunk(chunk.caches)
        frames.append(later(rank4(x[:, :, index : index + 1]), chunk))
    assert_close(torch.cat(frames), wanted)


@pytest.mark.parametrize("native", [True, False])
def test_the_shuffle_is_one_operation_where_a_target_wants_it(native: bool) -> None:
    layer = randomise(PixelShuffleUpsample(FrameConv2d(3, 8), (1, 2, 2)), 0)
    rewritten = mobile(layer, 1, (2, 2), options=MobileOptions(native_shuffle=native))

    class Alone(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(x, Chunk(keep=False))

    program = torch.export.export(Alone(rewritten), (noise((1, 3, 2, 2)),))
    names = {str(node.target) for node in program.graph.nodes if node.op == "call_function"}
    assert ("aten.pixel_shuffle.default" in names) == native


def test_the_weights_are_copies() -> None:
    layer = randomise(FrameConv2d(2, 2), 0)
    rewritten = mobile(layer, 1, (2, 2))
    before = rewritten(noise((1, 2, 2, 2)), Chunk())
    layer.conv.weight.zero_()
    assert torch.equal(rewritten(noise((1, 2, 2, 2)), Chunk()), before)


def test_a_layer_without_a_rewrite_is_named() -> None:
    with pytest.raises(H3AEError, match="no mobile rewrite of Conv1d is registered"):
        mobile(nn.Conv1d(1, 1, 1), 1, (1, 1))
