"""The small protocol behind which every runtime stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph

# Of the dtypes that the graph states; all of ours exchange float32.
Arrays = Mapping[str, NDArray[Any]]


class Session(Protocol):
    """One graph, loaded and ready to run.

    Arrays are exchanged by the names of the bundle's graph (`Graph.inputs`, `Graph.outputs`), in
    the shapes and dtypes written there, whatever the file wants inside. A session whose runtime
    holds the caches itself (`ArtifactSpec.states`) returns none; caches that it is passed, as those
    of the first step, become its state, and without them it goes on from the state it has.

    Outputs are the caller's, but for features, which may lie in memory that the next run writes to.
    """

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph once."""
        ...

    def reset(self) -> None:
        """Forget the state of a stream; nothing where the caches are inputs and outputs."""
        ...

    def close(self) -> None:
        """Give the runtime's memory back."""
        ...


class Engine(Protocol):
    """A runtime that runs the artifacts of one target.

    Attributes
    ----------
    name : str
        The target.
    """

    name: str

    def obstacle(self, artifact: ArtifactSpec) -> str | None:
        """Return why this machine cannot run the artifact, or None if it can."""
        ...

    def open(
        self, path: Path, artifact: ArtifactSpec, graph: Graph, threads: int | None = None
    ) -> Session:
        """Open a graph of a saved file.

        Parameters
        ----------
        path : Path
            Where the artifact's file lies.
        artifact : ArtifactSpec
            Its entry, and what it wants at its edges.
        graph : Graph
            What callers exchange.
        threads : int, optional
            To compute with, where the runtime lets itself be told.

        Raises
        ------
        MissingExtraError
            If the runtime is not installed.
        H3AEError
            If it refuses the file.
        """
        ...
