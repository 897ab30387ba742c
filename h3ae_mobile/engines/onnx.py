"""ONNX Runtime: models of a directory, on the CPU."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.engines.exchange import Exchange
from h3ae_mobile.errors import H3AEError, MissingExtraError

_ERRORS_ONLY = 3


def model_path(folder: Path, entry: str) -> Path:
    """Return where the model of an entry lies in the directory of an artifact."""
    return folder / f"{entry}.onnx"


class OnnxSession:
    """A graph as a model of a saved directory.

    Parameters
    ----------
    path : Path
        The directory.
    artifact : ArtifactSpec
        Its entry, and the floating type it exchanges.
    graph : Graph
        What callers exchange.
    threads : int, optional
        To compute with; one a core by default.

    Raises
    ------
    MissingExtraError
        If ONNX Runtime is not installed.
    H3AEError
        If it refuses the model.
    """

    def __init__(
        self, path: Path, artifact: ArtifactSpec, graph: Graph, threads: int | None = None
    ) -> None:
        self._graph = graph
        self._name = artifact.graph
        self._exchange = Exchange(graph, artifact)
        self._session: Any = _load(model_path(path, artifact.entry), threads)

    def run(self, inputs: Arrays) -> dict[str, NDArray[np.generic]]:
        """Run the graph once."""
        if self._session is None:
            raise H3AEError(f"the session of {self._name} is closed")
        arrays, _ = self._exchange.inputs(inputs)
        names = [tensor.name for tensor in self._graph.outputs]
        try:
            outputs = self._session.run(names, arrays)
        except Exception as error:  # ONNX Runtime's errors share no class
            raise H3AEError(f"ONNX Runtime cannot run {self._name}: {_first(error)}") from error
        return self._exchange.outputs(dict(zip(names, outputs, strict=True)))

    def reset(self) -> None:
        """Nothing: caches are inputs and outputs."""

    def close(self) -> None:
        """Give the session back."""
        self._session = None


class OnnxEngine:
    """Runs models in ONNX Runtime."""

    name = "onnx"

    def obstacle(self, artifact: ArtifactSpec) -> str | None:
        """Return why this machine cannot run the file, or None."""
        if importlib.util.find_spec("onnxruntime") is None:
            return str(MissingExtraError("onnxruntime", "onnx", "running ONNX models"))
        return None

    def open(
        self, path: Path, artifact: ArtifactSpec, graph: Graph, threads: int | None = None
    ) -> OnnxSession:
        """Open a model."""
        return OnnxSession(path, artifact, graph, threads)


def _load(path: Path, threads: int | None) -> Any:
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise MissingExtraError("onnxruntime", "onnx", "running ONNX models") from error
    options = ort.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    if threads is not None:
        options.intra_op_num_threads = threads
    # Threads that spin between two calls take the cores from the other stage.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        raise H3AEError(f"ONNX Runtime cannot load {path.name}: {_first(error)}") from error


def _first(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
