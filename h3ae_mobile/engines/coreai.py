"""Core AI: assets run by Apple's own runtime, on the CPU of a Linux machine or on a Mac."""

from __future__ import annotations

import asyncio
import importlib.util
import threading
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.integrity import file_sha256
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.engines.exchange import Array, Exchange
from h3ae_mobile.engines.quiet import quiet_stderr
from h3ae_mobile.errors import H3AEError, MissingExtraError

Result = TypeVar("Result")

_PROGRAM, _HASH = "main.mlirb", "main.hash"


class CoreAISession:
    """A graph as a function of a saved asset.

    Parameters
    ----------
    path : Path
        An `.aimodel`.
    artifact : ArtifactSpec
        Its entry, and what it wants at its edges.
    graph : Graph
        What callers exchange.

    Raises
    ------
    MissingExtraError
        Apple's packages are not installed.
    H3AEError
        The runtime refuses the asset.
    """

    def __init__(self, path: Path, artifact: ArtifactSpec, graph: Graph) -> None:
        self._artifact = artifact
        self._exchange = Exchange(graph, artifact)
        self._model: _LoadedFunction | None = _LoadedFunction(path, artifact.entry)
        self._state: dict[str, Array] = {}

    def run(self, inputs: Arrays) -> dict[str, NDArray[np.generic]]:
        """Run the graph once; caches that are passed become the contents of the states."""
        if self._model is None:
            raise H3AEError(f"the session of {self._artifact.graph} is closed")
        arrays, states = self._exchange.inputs(inputs)
        if states:
            self._state = states
        elif self._artifact.states and not self._state:
            raise H3AEError(
                f"{self._artifact.graph} continues a stream that has not begun",
                "pass it the caches of the first step",
            )
        results, self._state = self._model(arrays, self._state)
        return self._exchange.outputs(results)

    def reset(self) -> None:
        """Forget the states."""
        self._state = {}

    def close(self) -> None:
        """Give the model back."""
        if self._model is not None:
            self._model.close()
        self._model = None
        self._state = {}


class CoreAIEngine:
    """Runs assets in Apple's runtime, on a Mac or on the CPU of a Linux machine."""

    name = "coreai"

    def obstacle(self, artifact: ArtifactSpec) -> str | None:
        """Return why this machine cannot run the file, or None."""
        if importlib.util.find_spec("coreai") is None:
            return str(MissingExtraError("coreai-core", "coreai", "running Core AI assets"))
        return None

    def open(
        self, path: Path, artifact: ArtifactSpec, graph: Graph, threads: int | None = None
    ) -> CoreAISession:
        """Open a function of an asset; the runtime chooses its threads."""
        return CoreAISession(path, artifact, graph)


class _LoadedFunction:
    """One function of an asset, in the runtime."""

    def __init__(self, path: Path, entry: str) -> None:
        try:
            import coreai.authoring  # noqa: F401
        except ImportError as error:
            raise MissingExtraError("coreai-core", "coreai", "running Core AI assets") from error
        _check_asset(path)
        self._name = path.name
        self._loop = _Loop()
        self._resources = AsyncExitStack()
        try:
            self._function = self._loop.run(self._load(path, entry))
        except Exception as error:  # the runtime's errors come as plain exceptions
            self.close()
            raise H3AEError(f"Core AI cannot load {path.name}: {error}") from error

    async def _load(self, path: Path, entry: str) -> Any:
        from coreai.authoring import AIModelAsset

        model = await self._resources.enter_async_context(AIModelAsset.load(path).executable())
        with quiet_stderr():
            return model.load_function(entry)

    def __call__(
        self, inputs: Mapping[str, Array], state: Mapping[str, Array]
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return outputs and new states; the arrays that were passed stay as they are."""
        from coreai.runtime import NDArray

        # States are updated in place. An array of the runtime's own making would be filled in
        # vain (it does not see what is written through `numpy()`): only wrapped ones work.
        held = {name: NDArray(array.copy()) for name, array in state.items()}
        wrapped = {name: NDArray(array) for name, array in inputs.items()}
        try:
            results = self._loop.run(self._function(wrapped, state=held))
        except Exception as error:  # as above
            raise H3AEError(f"Core AI cannot run {self._name}: {error}") from error
        return _arrays(results), _arrays(held)

    def close(self) -> None:
        self._loop.run(self._resources.aclose())
        self._loop.close()


def _check_asset(path: Path) -> None:
    """Refuse a program that is missing or not as it was saved: the runtime would crash on it."""
    try:
        intact = bytes.fromhex(file_sha256(path / _PROGRAM)) == (path / _HASH).read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise H3AEError(f"{path.name} is no complete Core AI asset: {reason}") from error
    if not intact:
        raise H3AEError(f"{path.name} is damaged: its program has another hash")


def _arrays(values: Mapping[str, Any]) -> dict[str, Array]:
    """Copy arrays out of the runtime's memory."""
    return {name: np.array(value.numpy()) for name, value in values.items()}


class _Loop:
    """An event loop in a thread of its own: callers may already run one, as notebooks do."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, task: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(task, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
