"""The Core ML target: which packages hold which graphs, and what is recorded of them."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from h3ae_export.mil import Evaluator
from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Exported, Progress, Target
from h3ae_export.targets.coreml.convert import convert, emits_pixels
from h3ae_export.targets.coreml.multifunction import merge
from h3ae_export.targets.coreml.package import seal
from h3ae_export.targets.coreml.tools import require_coremltools
from h3ae_export.targets.parts import by_part
from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Session
from h3ae_mobile.engines.coreml import CoreMLProgram, CoreMLSession, Program
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import MobileGraph
from h3ae_mobile.mobile.options import MobileOptions

_MAIN = "main"
_MINIMUM_OS = {
    "ios17": {"ios": "17.0", "macos": "14.0"},
    "ios18": {"ios": "18.0", "macos": "15.0"},
}


class CoreMLTarget(Target):
    """ML programs of fixed shapes.

    iOS 17: one package a graph. iOS 18: graphs that share weights (the steps of a stream, a
    conditioned graph and its plain form, both encoders) are functions of one package.
    docs/coreml.md tells why caches are inputs and outputs by default, and states on request.
    """

    name = "coreml"

    def check(self, settings: TargetSettings) -> None:
        """Refuse what Core ML cannot do."""
        require_coremltools()
        if settings.stateful and settings.deployment_target == "ios17":
            raise H3AEError("Core ML has states from iOS 18 on", "choose --deployment-target ios18")
        if settings.stateful and settings.precision == "fp32":
            raise H3AEError("Core ML keeps states in fp16 alone", "choose --precision fp16")
        if settings.image_output and settings.precision == "fp32":
            raise H3AEError(
                "a pixel buffer holds 8 bits a channel, which no fp32 parity can be proven with",
                "choose --precision fp16",
            )

    def options(self, settings: TargetSettings) -> MobileOptions:
        """Keep `pixel_shuffle`, which Core ML knows."""
        return MobileOptions(precision=settings.precision, native_shuffle=True)

    def export(
        self,
        graphs: Sequence[MobileGraph],
        settings: TargetSettings,
        folder: Path,
        progress: Progress,
    ) -> list[Exported]:
        """Convert the graphs and save their packages in `folder`."""
        for graph in graphs:
            _check_pixels(graph, settings)
        parts = {graph.name: [graph] for graph in graphs}
        if settings.deployment_target != "ios17":
            parts = by_part(graphs)
        exported: list[Exported] = []
        for name, group in parts.items():
            path = folder / f"{name}.mlpackage"
            functions = _save(group, settings, path, progress)
            exported += [
                Exported(_spec(graph, settings, entry), path) for entry, graph in functions.items()
            ]
        return exported

    def session(self, exported: Exported, graph: Graph) -> Session:
        """Open a package in Core ML on a Mac, in the evaluator of saved programs elsewhere."""
        spec = exported.spec
        program: Program
        if platform.system() == "Darwin":
            program = CoreMLProgram(exported.path, spec)
        else:
            program = Evaluator(exported.path, spec.entry)
        return CoreMLSession(program, spec, graph)

    def runtime(self) -> str:
        """Return what `session` runs a package in."""
        if platform.system() == "Darwin":
            return f"Core ML, macOS {platform.mac_ver()[0]}"
        return f"MIL evaluator, coremltools {version('coremltools')}"


def _check_pixels(graph: MobileGraph, settings: TargetSettings) -> None:
    count = graph.spec.outputs[0].shape[0]
    if emits_pixels(graph, settings) and count != 1:
        raise H3AEError(
            f"a pixel buffer holds one frame, {graph.name} gives {count}",
            "choose --frames-per-call 1",
        )


def _save(
    graphs: Sequence[MobileGraph], settings: TargetSettings, path: Path, progress: Progress
) -> dict[str, MobileGraph]:
    """Save graphs as one package and return its functions."""
    if len(graphs) == 1:
        progress(f"converting {graphs[0].name}")
        convert(graphs[0], settings, path)
        functions = {_MAIN: graphs[0]}
    else:
        functions = {graph.name: graph for graph in graphs}
        singles = path.with_suffix(".functions")
        singles.mkdir()
        packages = {}
        for name, graph in functions.items():
            progress(f"converting {name}")
            packages[name] = singles / f"{name}.mlpackage"
            convert(graph, settings, packages[name])
        merge(packages, path)
        shutil.rmtree(singles)
    seal(path, functions)
    return functions


def _spec(graph: MobileGraph, settings: TargetSettings, entry: str) -> ArtifactSpec:
    frames = tuple(one.name for one in graph.spec.outputs if emits_pixels(graph, settings))
    return ArtifactSpec(
        target="coreml",
        backend="mlprogram",
        graph=graph.name,
        precision=settings.precision,
        entry=entry,
        io_dtype="float16" if settings.precision == "fp16" else None,
        image_outputs=frames,
        states=tuple(cache.input for cache in graph.spec.caches) if settings.stateful else (),
        minimum_os=_MINIMUM_OS[settings.deployment_target],
        compute_units=settings.compute_units,
    )
