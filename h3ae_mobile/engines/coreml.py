"""Core ML: programs run by Core ML itself, on a Mac; with an evaluator in its place, anywhere."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.engines.exchange import Array, Exchange
from h3ae_mobile.errors import H3AEError, MissingExtraError

_UNITS = {
    "all": "ALL",
    "cpuOnly": "CPU_ONLY",
    "cpuAndGPU": "CPU_AND_GPU",
    "cpuAndNeuralEngine": "CPU_AND_NE",
}


class ProgramState(Protocol):
    """The states of one stream of calls."""

    def write(self, name: str, array: Array, /) -> None:
        """Replace the contents of a buffer."""
        ...


class Program(Protocol):
    """One function of a package, in whatever runs it."""

    def new_state(self) -> Any:
        """Return the function's states, zero at first."""
        ...

    def run(self, inputs: Mapping[str, Array], state: Any = None) -> Mapping[str, Array]:
        """Compute the function once; images are pixels `(H, W, 3)`."""
        ...


class CoreMLSession:
    """A graph as a function of a Core ML package.

    Parameters
    ----------
    program : Program
        Runs the function.
    artifact : ArtifactSpec
        What the package wants at its edges.
    graph : Graph
        What callers exchange.
    """

    def __init__(self, program: Program, artifact: ArtifactSpec, graph: Graph) -> None:
        self._program: Program | None = program
        self._artifact = artifact
        self._exchange = Exchange(graph, artifact)
        self._state: Any = None

    def run(self, inputs: Arrays) -> dict[str, NDArray[np.generic]]:
        """Run the graph once; caches that are passed become the contents of the states."""
        if self._program is None:
            raise H3AEError(f"the session of {self._artifact.graph} is closed")
        arrays, states = self._exchange.inputs(inputs)
        if states:
            self._state = self._program.new_state()
            for name, array in states.items():
                self._state.write(name, array)
        elif self._artifact.states and self._state is None:
            raise H3AEError(
                f"{self._artifact.graph} continues a stream that has not begun",
                "pass it the caches of the first step",
            )
        return self._exchange.outputs(self._program.run(arrays, self._state))

    def reset(self) -> None:
        """Forget the states."""
        self._state = None

    def close(self) -> None:
        """Give the program back."""
        self._program = self._state = None


class CoreMLProgram:
    """One function of a saved package, run by Core ML on a Mac.

    Parameters
    ----------
    path : Path
        A `.mlpackage`.
    artifact : ArtifactSpec
        Its entry, states and compute units.

    Raises
    ------
    H3AEError
        This machine is no Mac, or Core ML refuses the package.
    MissingExtraError
        coremltools is not installed.
    """

    def __init__(self, path: Path, artifact: ArtifactSpec) -> None:
        if platform.system() != "Darwin":
            raise H3AEError(f"{path.name} runs in Core ML, on a Mac only")
        try:
            import coremltools as ct
        except ImportError as error:
            raise MissingExtraError("coremltools", "coreml", "running Core ML packages") from error
        self._name = path.name
        try:
            self._model = ct.models.MLModel(
                str(path),
                compute_units=ct.ComputeUnit[_UNITS[artifact.compute_units or "all"]],
                function_name=None if artifact.entry == "main" else artifact.entry,
            )
        except Exception as error:  # Core ML's errors come as plain exceptions
            raise H3AEError(f"Core ML cannot load {self._name}: {error}") from error

    def new_state(self) -> _CoreMLState:
        """Return the function's states, zero at first. Needs macOS 15."""
        return _CoreMLState(self._model.make_state())

    def run(
        self, inputs: Mapping[str, Array], state: _CoreMLState | None = None
    ) -> dict[str, Array]:
        """Compute the function once."""
        try:
            results = self._model.predict(dict(inputs), state.native if state else None)
        except Exception as error:  # as above
            raise H3AEError(f"Core ML cannot run {self._name}: {error}") from error
        return {name: _array(value) for name, value in results.items()}


class _CoreMLState:
    def __init__(self, native: Any) -> None:
        self.native = native

    def write(self, name: str, array: Array) -> None:
        # The binding takes no fp16 arrays (of inputs, coremltools makes fp32 itself).
        self.native.write_state(name, np.asarray(array, np.float32))


def _array(value: Any) -> Array:
    # An image output arrives as a Pillow picture, RGBA for a colour pixel buffer.
    return np.asarray(value.convert("RGB") if hasattr(value, "convert") else value)


class CoreMLEngine:
    """Runs packages in Core ML."""

    name = "coreml"

    def obstacle(self, artifact: ArtifactSpec) -> str | None:
        """Return why this machine cannot run the file, or None."""
        if platform.system() != "Darwin":
            return "Core ML packages run in Core ML, on a Mac only"
        if importlib.util.find_spec("coremltools") is None:
            return str(MissingExtraError("coremltools", "coreml", "running Core ML packages"))
        return None

    def open(
        self, path: Path, artifact: ArtifactSpec, graph: Graph, threads: int | None = None
    ) -> CoreMLSession:
        """Open a function of a package; Core ML chooses its threads."""
        return CoreMLSession(CoreMLProgram(path, artifact), artifact, graph)
