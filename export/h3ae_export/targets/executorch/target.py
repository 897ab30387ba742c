"""The ExecuTorch target: one program of all graphs, and what is recorded of its methods."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Exported, NotRunnableError, Progress, Target
from h3ae_export.targets.coreml.tools import require_coremltools
from h3ae_export.targets.executorch.backends import RUNTIME_NAMES, minimum_os
from h3ae_export.targets.executorch.delegation import Delegation
from h3ae_export.targets.executorch.lowering import exchanges_half, lower, save
from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Session
from h3ae_mobile.engines.executorch import ExecuTorchEngine
from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.mobile.builder import MobileGraph
from h3ae_mobile.mobile.options import MobileOptions

_FILE = "h3ae.pte"


class ExecuTorchTarget(Target):
    """One program for XNNPACK, Core ML or Vulkan, a method a graph.

    A method that is not one call of the delegate is refused, whatever its parity: every further
    call costs copies and changes of layout, and portable kernels are slower by orders.
    """

    name = "executorch"

    def __init__(self) -> None:
        self._engine = ExecuTorchEngine()

    def check(self, settings: TargetSettings) -> None:
        """Refuse a machine without ExecuTorch, or without what its backend needs."""
        if importlib.util.find_spec("executorch") is None:
            raise MissingExtraError("executorch", "executorch", "exporting to ExecuTorch")
        if settings.backend == "coreml":
            require_coremltools()

    def options(self, settings: TargetSettings) -> MobileOptions:
        """Keep `pixel_shuffle` where the backend knows it."""
        return MobileOptions(
            precision=settings.precision, native_shuffle=settings.backend == "coreml"
        )

    def export(
        self,
        graphs: Sequence[MobileGraph],
        settings: TargetSettings,
        folder: Path,
        progress: Progress,
    ) -> list[Exported]:
        """Lower the graphs and save one program in `folder`.

        Raises
        ------
        H3AEError
            If a method is not one call of its delegate.
        """
        program, delegations = lower(graphs, settings, progress)
        for graph in graphs:
            _check(graph, delegations[graph.name], settings)
        path = folder / _FILE
        save(program, path)
        return [Exported(_spec(graph, delegations[graph.name], settings), path) for graph in graphs]

    def session(self, exported: Exported, graph: Graph) -> Session:
        """Open a method in the ExecuTorch runtime of this machine."""
        obstacle = self._engine.obstacle(exported.spec)
        if obstacle is not None:
            raise NotRunnableError(obstacle)
        return self._engine.open(exported.path, exported.spec, graph)

    def runtime(self) -> str:
        """Return what `session` runs a program in."""
        return f"executorch {version('executorch')}"


def _check(graph: MobileGraph, delegation: Delegation, settings: TargetSettings) -> None:
    if not delegation.whole:
        raise H3AEError(
            f"{graph.name} is not one call of {settings.backend} alone but {delegation.calls}, and "
            f"outside of the delegate run {delegation.culprits()}"
        )


def _spec(graph: MobileGraph, delegation: Delegation, settings: TargetSettings) -> ArtifactSpec:
    return ArtifactSpec(
        target="executorch",
        backend=settings.backend,
        graph=graph.name,
        precision=settings.precision,
        entry=graph.name,
        io_dtype="float16" if exchanges_half(settings) else None,
        minimum_os=minimum_os(settings),
        compute_units=settings.compute_units if settings.backend == "coreml" else None,
        delegates={RUNTIME_NAMES[settings.backend]: delegation.calls},
        options={"portable_ops": str(len(delegation.outside))},
    )
