"""The Core AI target: which assets hold which graphs, and what is recorded of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import torch

from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Exported, Progress, Target
from h3ae_export.targets.coreai.asset import save_asset
from h3ae_export.targets.coreai.requirements import require_coreai
from h3ae_export.targets.parts import by_part
from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Session
from h3ae_mobile.engines.coreai import CoreAISession
from h3ae_mobile.mobile.builder import Extent, MobileGraph
from h3ae_mobile.mobile.options import MobileOptions

_DTYPES = {"fp32": torch.float32, "fp16": torch.float16}
# The first release of the framework, of every platform.
_MINIMUM_OS = {"ios": "27.0", "macos": "27.0"}
# What the one thread of the runtime decodes in half a minute; every compression divides it. Three
# latent frames at 8x: a stream's later step is then fed by the first one and by itself.
_CHECKED_SIDE = 128
_CHECKED_FRAMES = 17
# A stream lasts longer than its window, which takes four times as many frames by default.
_CHECKED_STREAM_SIDE = 64


class CoreAITarget(Target):
    """Assets of fixed shapes for iOS 27: one a part of the network, a function a graph.

    The caches of a stream are states: the app owns their memory and may read, copy and fill it,
    so that nothing is lost against caches as inputs and outputs, and no copies are made.
    """

    name = "coreai"

    def check(self, settings: TargetSettings) -> None:
        """Refuse to go on without Apple's packages."""
        require_coreai()

    def options(self, settings: TargetSettings) -> MobileOptions:
        """Shuffle by reshape: `pixel_shuffle` would be kept under a random name in every run."""
        return MobileOptions(precision=settings.precision)

    def export(
        self,
        graphs: Sequence[MobileGraph],
        settings: TargetSettings,
        folder: Path,
        progress: Progress,
    ) -> list[Exported]:
        """Convert the graphs and save their assets in `folder`.

        Graphs of several extents may be passed together under names of their own: they become
        functions of one asset and share its weights.
        """
        exported: list[Exported] = []
        for name, group in by_part(graphs).items():
            path = folder / f"{name}.aimodel"
            save_asset(
                {graph.name: graph for graph in group}, _DTYPES[settings.precision], path, progress
            )
            exported += [Exported(_spec(graph, settings), path) for graph in group]
        return exported

    def session(self, exported: Exported, graph: Graph) -> Session:
        """Open an asset in Apple's CPU runtime."""
        return CoreAISession(exported.path, exported.spec, graph)

    def runtime(self) -> str:
        """Return what `session` runs an asset in."""
        return f"coreai-core {version('coreai-core')}"

    def verification_extent(
        self, settings: TargetSettings, extent: Extent, stream_frames: int
    ) -> Extent:
        """Return a small extent, unless the full size was asked for.

        The runtime has one thread: a clip of 17 x 512 x 512 takes it 5 minutes and more.
        """
        if settings.full_size_check:
            return extent
        side = _CHECKED_SIDE if stream_frames <= _CHECKED_FRAMES else _CHECKED_STREAM_SIDE
        return replace(
            extent,
            height=min(extent.height, side),
            width=min(extent.width, side),
            frames=min(extent.frames, _CHECKED_FRAMES),
        )


def _spec(graph: MobileGraph, settings: TargetSettings) -> ArtifactSpec:
    return ArtifactSpec(
        target="coreai",
        backend="coreai",
        graph=graph.name,
        precision=settings.precision,
        entry=graph.name,
        io_dtype="float16" if settings.precision == "fp16" else None,
        states=tuple(cache.input for cache in graph.spec.caches),
        minimum_os=_MINIMUM_OS,
    )
