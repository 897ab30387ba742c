"""The ONNX target: a model a graph, and what is recorded of it."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from h3ae_export.settings import TargetSettings
from h3ae_export.targets.base import Exported, Progress, Target
from h3ae_export.targets.onnx.convert import OPSET, convert
from h3ae_export.targets.onnx.weights import SharedWeights
from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Session
from h3ae_mobile.engines.onnx import OnnxEngine, model_path
from h3ae_mobile.errors import H3AEError, MissingExtraError
from h3ae_mobile.mobile.builder import MobileGraph
from h3ae_mobile.mobile.options import MobileOptions

_FOLDER = "h3ae"
_PACKAGES = ("onnx", "onnxscript", "onnxruntime")
# What the prebuilt packages of ONNX Runtime ask for.
_MINIMUM_OS = {"android": "24", "ios": "15.1", "macos": "14.0"}


class OnnxTarget(Target):
    """A directory with one model a graph and one file of weights, shared by all of them.

    The artifacts of all graphs name that directory; `entry` names the model, `ENTRY.onnx`.
    """

    name = "onnx"

    def check(self, settings: TargetSettings) -> None:
        """Refuse a machine without the exporter or the runtime."""
        for package in _PACKAGES:
            if importlib.util.find_spec(package) is None:
                raise MissingExtraError(package, "onnx", "exporting to ONNX")

    def options(self, settings: TargetSettings) -> MobileOptions:
        """Keep `pixel_shuffle`, which is DepthToSpace."""
        return MobileOptions(precision=settings.precision, native_shuffle=True)

    def export(
        self,
        graphs: Sequence[MobileGraph],
        settings: TargetSettings,
        folder: Path,
        progress: Progress,
    ) -> list[Exported]:
        """Convert the graphs, save them in one directory in `folder`, and check what was saved."""
        import onnx_ir

        path = folder / _FOLDER
        path.mkdir()
        with SharedWeights(path) as weights:
            for graph in graphs:
                progress(f"converting {graph.name}")
                model = convert(graph, settings.precision)
                weights.take(model)
                onnx_ir.save(model, model_path(path, graph.name))
        for graph in graphs:
            _check(model_path(path, graph.name))
        return [Exported(_spec(graph, settings), path) for graph in graphs]

    def session(self, exported: Exported, graph: Graph) -> Session:
        """Open a model in ONNX Runtime."""
        return OnnxEngine().open(exported.path, exported.spec, graph)

    def runtime(self) -> str:
        """Return what `session` runs a model in."""
        return f"onnxruntime {version('onnxruntime')}"


def _check(path: Path) -> None:
    import onnx

    try:
        onnx.checker.check_model(str(path), full_check=True)
    except onnx.checker.ValidationError as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise H3AEError(f"{path.name} is no valid ONNX model: {first}") from error


def _spec(graph: MobileGraph, settings: TargetSettings) -> ArtifactSpec:
    return ArtifactSpec(
        target="onnx",
        backend="onnxruntime",
        graph=graph.name,
        precision=settings.precision,
        entry=graph.name,
        io_dtype="float16" if settings.precision == "fp16" else None,
        minimum_os=_MINIMUM_OS,
        options={"opset": str(OPSET)},
    )
