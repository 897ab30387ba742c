"""ExecuTorch: methods of a program, run by the runtime that its wheel brings."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.engines.exchange import Array, Exchange
from h3ae_mobile.engines.quiet import quiet_stderr
from h3ae_mobile.errors import H3AEError, MissingExtraError


class ExecuTorchSession:
    """A graph as a method of a saved program.

    Every session maps the file anew: pages are shared, and closing one gives its memory back.

    Parameters
    ----------
    path : Path
        A `.pte`.
    artifact : ArtifactSpec
        Its entry, and the floating type it exchanges.
    graph : Graph
        What callers exchange.
    threads : int, optional
        Of the pool, which the process has one of; None leaves it as it is.

    Raises
    ------
    H3AEError
        If the program cannot be loaded.
    """

    def __init__(
        self, path: Path, artifact: ArtifactSpec, graph: Graph, threads: int | None = None
    ) -> None:
        self._graph = graph
        self._name = artifact.graph
        self._exchange = Exchange(graph, artifact)
        if threads is not None:
            _set_threads(threads)
        # The method lives in the program's memory: both are kept, and dropped together.
        self._program: Any
        self._program, self._method = _load(path, artifact.entry)

    def run(self, inputs: Arrays) -> dict[str, NDArray[np.generic]]:
        """Run the graph once."""
        if self._method is None:
            raise H3AEError(f"the session of {self._name} is closed")
        arrays, _ = self._exchange.inputs(inputs)
        tensors = [_tensor(arrays[tensor.name]) for tensor in self._graph.inputs]
        # The features of a clip are large, and nobody keeps them beyond the clip.
        lend = all(tensor.kind == "features" for tensor in self._graph.outputs)
        try:
            # `Method.execute` has no word for it and always copies.
            outputs = self._method._method(tensors, clone_outputs=not lend)
        except RuntimeError as error:
            raise H3AEError(f"ExecuTorch cannot run {self._name}: {_first(error)}") from error
        names = (tensor.name for tensor in self._graph.outputs)
        arrays = {name: value.numpy() for name, value in zip(names, outputs, strict=True)}
        if lend:
            arrays = {
                name: _lent(array, self._method, self._program) for name, array in arrays.items()
            }
        return self._exchange.outputs(arrays)

    def reset(self) -> None:
        """Nothing: caches are inputs and outputs."""

    def close(self) -> None:
        """Give the method and its packed weights back."""
        self._method = self._program = None


class ExecuTorchEngine:
    """Runs programs lowered to XNNPACK."""

    name = "executorch"

    def obstacle(self, artifact: ArtifactSpec) -> str | None:
        """Return why this machine cannot run the file, or None."""
        if importlib.util.find_spec("executorch") is None:
            return str(MissingExtraError("executorch", "executorch", "running ExecuTorch programs"))
        missing = [
            name
            for name in artifact.delegates
            if not _runtime().backend_registry.is_available(name)
        ]
        if missing:
            return f"the ExecuTorch runtime of this machine has no {missing[0]}"
        return None

    def open(
        self, path: Path, artifact: ArtifactSpec, graph: Graph, threads: int | None = None
    ) -> ExecuTorchSession:
        """Open a method of a program."""
        return ExecuTorchSession(path, artifact, graph, threads)


class _Lent:
    """Memory of a method, which stays loaded with its program as long as an array shows it."""

    def __init__(self, array: Array, *owners: Any) -> None:
        self.__array_interface__ = array.__array_interface__
        self._owners = (array, *owners)


def _lent(array: Array, *owners: Any) -> Array:
    lent: Array = np.asarray(_Lent(array, *owners))
    return lent


def _runtime() -> Any:
    with warnings.catch_warnings(), quiet_stderr():
        warnings.simplefilter("ignore")
        try:
            from executorch.runtime import Runtime
        except ImportError as error:
            raise MissingExtraError(
                "executorch", "executorch", "running ExecuTorch programs"
            ) from error
        return Runtime.get()


def _load(path: Path, entry: str) -> tuple[Any, Any]:
    """Return a program and its method."""
    try:
        with quiet_stderr():
            program = _runtime().load_program(path)
            if entry not in program.method_names:
                raise H3AEError(f"{path.name} holds no method {entry!r}")
            return program, program.load_method(entry)
    except RuntimeError as error:
        raise H3AEError(f"ExecuTorch cannot load {path.name}: {_first(error)}") from error


def _set_threads(threads: int) -> None:
    from executorch.extension.pybindings import portable_lib

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if portable_lib._threadpool_get_thread_count() != threads:
            portable_lib._unsafe_reset_threadpool(threads)


def _tensor(array: Array) -> torch.Tensor:
    """Wrap an array without a copy; torch wants it writable, though nothing writes to it."""
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def _first(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
