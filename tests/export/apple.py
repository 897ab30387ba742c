"""What the tests of Core ML and Core AI share: models, exports, decodes, and file checks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Exported, Target
from h3ae_mobile.config import get_config
from h3ae_mobile.engines.base import Arrays, Session
from h3ae_mobile.mobile.builder import Extent, GraphBuilder, MobileGraph
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.init import random_init
from h3ae_mobile.video import synthetic_clip, to_tensor
from tests.models import tiny

THRESHOLD_DB = {"fp32": 100.0, "fp16": 45.0}
SMALL = Extent(64, 64, frames=9)
STREAM = Extent(64, 64, frames=25)


def video(extent: Extent) -> Tensor:
    return torch.from_numpy(to_tensor(synthetic_clip(extent.frames, 64, 64).frames))


@lru_cache
def demo() -> VideoAutoencoder:
    """h3ae-demo with random weights, statistics of its latents, and frames mostly in range."""
    model = VideoAutoencoder(get_config("h3ae-demo")).eval().requires_grad_(False)
    random_init(model)
    model.decoder.stages[-1][-1].conv.conv.weight.mul_(0.3)
    moments = model.encode(video(STREAM)).mode()
    model.latent_mean.copy_(moments.mean(dim=(0, 2, 3, 4)))
    model.latent_std.copy_(moments.std(dim=(0, 2, 3, 4)))
    return model


@lru_cache
def small_model() -> VideoAutoencoder:
    """A stage of each kind, a few channels wide: converted in seconds."""
    stages = (
        tiny.stage("spatial", 4),
        tiny.stage("spatiotemporal", 8, time=2),
        tiny.stage("attention", 16, time=2),
    )
    return tiny.model(tiny.config(stages=stages)).float()


def latents(model: VideoAutoencoder, extent: Extent) -> Tensor:
    """Normalised latents of a clip, as an fp16 number each: what an app would ship."""
    return model.normalise(model.encode(video(extent)).mode()).half().float()


def decode(model: VideoAutoencoder, z: Tensor, features: list[Tensor] | None = None) -> np.ndarray:
    frames = model.decode(model.denormalise(z), features).clamp(-1, 1)
    return frames[0].transpose(0, 1).numpy()


def encoded(model: VideoAutoencoder, image: Tensor) -> dict[str, np.ndarray]:
    """What `encoder_image` is to give."""
    features = {f"feature_{i}": one for i, one in enumerate(model.first_frame_features(image))}
    latents = model.normalise(model.encode(image).mode())
    return {name: rows(tensor) for name, tensor in ({"latents": latents} | features).items()}


def worst_db(found: np.ndarray, wanted: np.ndarray, peak: float = 2.0) -> float:
    """PSNR of the worst entry of the first axis."""
    assert found.shape == wanted.shape
    errors = ((found.astype(np.float64) - wanted) ** 2).reshape(len(wanted), -1).mean(axis=1)
    return float(10 * np.log10(peak**2 / max(errors.max(), 1e-30)))


@dataclass(frozen=True)
class Files:
    """What an export wrote, with the graphs it came from."""

    target: Target
    graphs: dict[str, MobileGraph]
    exported: dict[str, Exported]

    @contextmanager
    def session(self, name: str) -> Iterator[Session]:
        session = self.target.session(self.exported[name], self.graphs[name].spec)
        yield session
        session.close()

    def noise(self, name: str, seed: int = 0) -> np.ndarray:
        """Random latents for a graph."""
        (shape,) = (t.shape for t in self.graphs[name].spec.inputs if t.kind == "latents")
        return np.random.default_rng(seed).standard_normal(shape, np.float32)

    def run(self, name: str, inputs: Arrays) -> dict[str, np.ndarray]:
        with self.session(name) as session:
            return session.run(inputs)

    def frames(
        self, features: np.ndarray, conditions: Arrays | None = None, name: str = "decoder_frame"
    ) -> np.ndarray:
        with self.session(name) as session:
            frames = [
                session.run({"features": one[None], **(conditions or {})})["frames"]
                for one in features
            ]
        return np.concatenate(frames)

    def clip(self, z: Tensor) -> np.ndarray:
        outputs = self.run("decoder_temporal", {"latents": rows(z)})
        return self.frames(outputs["features"])

    def stream_features(self, z: np.ndarray) -> list[np.ndarray]:
        """Run a stream of latent frames [T, Z, H, W], whoever keeps the caches."""
        first, *others = z[:, None]
        outputs = self.run("decoder_first", {"latents": first})
        features = [outputs["features"]]
        with self.session("decoder_next") as session:
            for latent in others:
                caches = {
                    cache.input: outputs[cache.output]
                    for cache in self.graphs["decoder_next"].spec.caches
                    if cache.output in outputs
                }
                outputs = session.run({"latents": latent, **caches})
                features.append(outputs["features"])
        return features

    def stream(self, z: Tensor) -> np.ndarray:
        return self.frames(np.concatenate(self.stream_features(rows(z))))


def rows(z: Tensor) -> np.ndarray:
    """(1, C, T, H, W) to [T, C, H, W]."""
    return np.ascontiguousarray(z[0].transpose(0, 1).numpy())


def export(
    target: Target,
    settings: TargetSettings,
    folder: Path,
    model: VideoAutoencoder,
    extent: Extent,
    *names: str,
) -> Files:
    """Export graphs of a model by name; the folder must not exist."""
    builder = GraphBuilder(model, extent, target.options(settings))
    graphs = [graph_of(builder, name) for name in names]
    return export_graphs(target, settings, folder, graphs)


def export_graphs(
    target: Target, settings: TargetSettings, folder: Path, graphs: list[MobileGraph]
) -> Files:
    target.check(settings)
    folder.mkdir()
    exported = target.export(graphs, settings, folder, lambda line: None)
    assert sorted(one.spec.graph for one in exported) == sorted(graph.name for graph in graphs)
    return Files(
        target,
        {graph.name: graph for graph in graphs},
        {one.spec.graph: one for one in exported},
    )


def graph_of(builder: GraphBuilder, name: str) -> MobileGraph:
    stem = name.removesuffix("_i2v")
    return getattr(builder, stem)(i2v=True) if stem != name else getattr(builder, stem)()


def renamed(graph: MobileGraph, name: str) -> MobileGraph:
    return replace(graph, name=name)


def host_paths(root: Path, *others: Path) -> list[str]:
    """Traces of this machine in the files below `root`."""
    traces = {str(Path.cwd()), str(Path.home()), sys.prefix, "site-packages", "/tmp/"}
    traces |= {str(other) for other in others}
    return [
        f"{trace} in {file.name}"
        for file in files(root)
        for trace in traces
        if trace.encode() in file.read_bytes()
    ]


def files(root: Path) -> Iterable[Path]:
    return (file for file in root.rglob("*") if file.is_file())


def export_in_another_process(module: str, folder: Path) -> None:
    """Run the `export_small` of a test module, with another order of hashes."""
    code = f"import {module} as m, pathlib; m.export_small(pathlib.Path({str(folder)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "12345", "PATH": "", "HOME": str(Path.home())},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
