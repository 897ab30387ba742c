"""Small networks of the full structure in float64, and strategies that draw them."""

from __future__ import annotations

import torch
from hypothesis import strategies as st
from torch import Tensor

from h3ae_mobile.config import AutoencoderConfig, StageConfig
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.init import random_init

RELATIVE = 1e-9


def stage(
    kind: str, width: int = 8, blocks: int = 1, time: int = 1, fitted: int = 0
) -> StageConfig:
    return StageConfig(
        kind=kind, width=width, blocks=blocks, stride=(time, 2, 2), fitted_blocks=fitted
    )


def config(**changes: object) -> AutoencoderConfig:
    """The five stages of h3ae-8x32x32, a few channels wide; `changes` are its other fields."""
    fields: dict[str, object] = {
        "name": "tiny",
        "latent_channels": 3,
        "head_dim": 8,
        "stages": (
            stage("spatial", 4),
            stage("spatial", 6),
            stage("spatiotemporal", 8, time=2),
            stage("spatiotemporal", 8, time=2),
            stage("attention", 16, blocks=2, time=2, fitted=1),
        ),
    }
    return AutoencoderConfig(**(fields | changes))


_3D = tuple(
    stage("spatiotemporal" if s.kind == "spatial" else s.kind, s.width, s.blocks, s.stride[0])
    for s in config().stages
)
_CONVOLUTIONAL = (*config().stages[:-1], stage("spatiotemporal", 16, blocks=2, time=2))

# The rows of Table 1, and the other choices that a configuration has.
ABLATIONS: dict[str, AutoencoderConfig] = {
    "paper": config(),
    "group norm": config(norm="group"),
    "layer norm": config(norm="layer"),
    "interpolation": config(upsample="interpolation"),
    "patchify": config(patch=4, stages=config().stages[2:]),
    "patchify before 2D": config(patch=2, stages=config().stages[1:]),
    "3D spatial stages": config(stages=_3D),
    "no attention": config(stages=_CONVOLUTIONAL),
    "window of 2": config(attention_window=2),
    "window of 1": config(attention_window=1),
    "added condition": config(conditioning="add"),
    "gated condition": config(conditioning="gated"),
    "4x16x16": config(stages=config().stages[:4]),
}


def model(configuration: AutoencoderConfig | None = None, seed: int = 0) -> VideoAutoencoder:
    """A network whose every parameter matters: gains and statistics are random as well."""
    network = VideoAutoencoder(configuration or config()).double()
    random_init(network, seed)
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim == 1:  # biases, and the gains of norms
                parameter.add_(0.3 * noise(parameter.shape, generator=generator))
        network.latent_mean.copy_(noise(network.latent_mean.shape, generator=generator))
        network.latent_std.copy_(noise(network.latent_std.shape, generator=generator).exp())
    return network.eval().requires_grad_(False)


def noise(
    shape: torch.Size | tuple[int, ...], seed: int = 0, generator: torch.Generator | None = None
) -> Tensor:
    generator = generator or torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def relative_error(found: Tensor, wanted: Tensor) -> float:
    assert found.shape == wanted.shape, f"{tuple(found.shape)}, wanted {tuple(wanted.shape)}"
    scale = wanted.abs().max().item() if wanted.numel() else 1.0
    return (found - wanted).abs().max().item() / scale if wanted.numel() else 0.0


def assert_close(found: Tensor, wanted: Tensor, tolerance: float = RELATIVE) -> None:
    error = relative_error(found, wanted)
    assert error <= tolerance, f"relative error {error:.2e}"


@st.composite
def configs(draw: st.DrawFn) -> AutoencoderConfig:
    """Any network that a configuration can say, few channels wide."""
    width = st.integers(1, 3).map(lambda n: 2 * n)
    blocks = st.integers(0, 2)
    time = st.sampled_from([1, 2])
    stages = [stage("spatial", draw(width), draw(blocks)) for _ in range(draw(st.integers(0, 2)))]
    for _ in range(draw(st.integers(0, 2))):
        stages.append(stage("spatiotemporal", draw(width), draw(blocks), draw(time)))
    if not stages or draw(st.booleans()):
        fitted = draw(st.integers(0, 1))
        heads = draw(st.integers(1, 2))
        stages.append(stage("attention", 8 * heads, draw(blocks), draw(time), fitted))
    return config(
        stages=tuple(stages),
        latent_channels=draw(st.integers(1, 4)),
        norm=draw(st.sampled_from(["pixel", "group", "layer"])),
        upsample=draw(st.sampled_from(["pixel_shuffle", "interpolation"])),
        patch=draw(st.sampled_from([1, 1, 2, 3])),
        attention_window=draw(st.sampled_from([None, 1, 2, 3])),
        conditioning=draw(st.sampled_from(["average", "add", "gated"])),
    )


def plans(total: int) -> st.SearchStrategy[list[int]]:
    """Every way to write `total` as a sum of positive counts."""
    cuts = st.lists(st.booleans(), min_size=total - 1, max_size=total - 1)

    def plan(cut: list[bool]) -> list[int]:
        counts = [1]
        for here in cut:
            if here:
                counts.append(1)
            else:
                counts[-1] += 1
        return counts

    return cuts.map(plan)


def sizes(configuration: AutoencoderConfig) -> st.SearchStrategy[tuple[int, int]]:
    """Latent heights and widths; torch refuses to normalise a group of one number."""
    return st.tuples(st.integers(2 if configuration.norm == "group" else 1, 3), st.integers(1, 2))
