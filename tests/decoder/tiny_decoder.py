"""A decoder over torch modules: the host decoder's own logic, without any runtime."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from h3ae_export.plan import make_plan
from h3ae_export.request import ExportRequest
from h3ae_mobile.bundle import Schedule
from h3ae_mobile.decoder import VideoDecoder
from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph
from h3ae_mobile.mobile.options import MobileOptions
from tests.export.apple import small_model

# Every number of frames that is left over at the end of a call: 9 = 4 + 4 + 1.
EXTENT = Extent(32, 64, frames=9, frames_per_call=4)
WINDOW = 3


class ModuleSession:
    """Runs a mobile graph as it is, and writes down what happened to it."""

    def __init__(self, graph: MobileGraph, diary: list[str]) -> None:
        self.graph = graph
        self.diary = diary

    def run(self, inputs: Arrays) -> dict[str, np.ndarray]:
        spec = self.graph.spec
        assert {name: array.shape for name, array in inputs.items()} == {
            tensor.name: tensor.shape for tensor in spec.inputs
        }
        assert all(array.dtype == np.float32 for array in inputs.values())
        self.diary.append(self.graph.name)
        tensors = [torch.from_numpy(inputs[tensor.name].copy()) for tensor in spec.inputs]
        with torch.inference_mode():
            outputs = self.graph.module(*tensors)
        return {tensor.name: out.numpy() for tensor, out in zip(spec.outputs, outputs, strict=True)}

    def reset(self) -> None:
        self.diary.append(f"reset {self.graph.name}")

    def close(self) -> None:
        self.diary.append(f"close {self.graph.name}")


@lru_cache
def graphs() -> tuple[dict[str, MobileGraph], Schedule]:
    """All graphs of the small model, plain and conditioned, and the schedule of all of them."""
    request = ExportRequest(
        model="small",
        out=Path("small.h3ae"),
        targets=(),
        components=("both", "i2v"),
        mode="both",
        extent=EXTENT,
        window=WINDOW,
    )
    builder = GraphBuilder(small_model(), EXTENT, MobileOptions(window=WINDOW))
    plan = make_plan(request, builder)
    return {graph.name: graph for graph in plan.graphs}, plan.schedule


@dataclass
class Bench:
    """A decoder and the diary of its sessions."""

    schedule: Schedule = field(default_factory=lambda: graphs()[1])
    diary: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        built = graphs()[0]
        self.decoder = VideoDecoder(
            self.schedule,
            {name: graph.spec for name, graph in built.items()},
            lambda name: ModuleSession(built[name], self.diary),
        )


def latents(count: int, seed: int = 0) -> np.ndarray:
    channels = small_model().config.latent_channels
    shape = (count, channels, EXTENT.height // 8, EXTENT.width // 8)
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def video(frames: int) -> np.ndarray:
    shape = (frames, 3, EXTENT.height, EXTENT.width)
    return np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)


def batch(frames: np.ndarray) -> torch.Tensor:
    """[T, C, H, W] to (1, C, T, H, W)."""
    return torch.from_numpy(frames).transpose(0, 1)[None]


def reference(z: np.ndarray, image: np.ndarray | None = None) -> np.ndarray:
    """What the network decodes in one shot, `[T, 3, H, W]`."""
    model = small_model()
    features = None if image is None else model.first_frame_features(batch(image))
    frames = model.decode(model.denormalise(batch(z)), features).clamp(-1, 1)
    return frames[0].transpose(0, 1).numpy()
