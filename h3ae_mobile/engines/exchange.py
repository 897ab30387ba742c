"""Between the arrays of a bundle's graph and those that a file exchanges.

A file may want another floating type than its graph states (`ArtifactSpec.io_dtype`), hold caches
as states of its runtime (`states`), or give frames as pixels (`image_outputs`). Sessions hide all
of that: their callers see the graph.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Arrays
from h3ae_mobile.errors import H3AEError

Array = NDArray[np.generic]


class Exchange:
    """Translates the inputs and outputs of one graph for one file.

    Parameters
    ----------
    graph : Graph
        As the bundle states it.
    artifact : ArtifactSpec
        As the file wants it.
    """

    def __init__(self, graph: Graph, artifact: ArtifactSpec) -> None:
        self._graph = graph
        self._name = artifact.graph
        self._dtype = artifact.io_dtype
        self._images = frozenset(artifact.image_outputs)
        self._states = frozenset(artifact.states)

    def inputs(self, arrays: Arrays) -> tuple[dict[str, Array], dict[str, Array]]:
        """Split and cast what a caller passes.

        Returns
        -------
        inputs : dict
            What the file takes.
        states : dict
            New contents of the states, empty to go on with those there are.

        Raises
        ------
        H3AEError
            If an input is missing, unknown or of another shape.
        """
        inputs: dict[str, Array] = {}
        states: dict[str, Array] = {}
        for tensor in self._graph.inputs:
            is_state = tensor.name in self._states
            if tensor.name not in arrays:
                if not is_state:
                    raise H3AEError(f"{self._name} needs the input {tensor.name!r}")
                continue
            array = np.asarray(arrays[tensor.name])
            if array.shape != tensor.shape:
                raise H3AEError(
                    f"{self._name}: the input {tensor.name!r} has the shape {array.shape}, "
                    f"not {tensor.shape}"
                )
            cast = np.ascontiguousarray(array, dtype=self._dtype or tensor.dtype)
            (states if is_state else inputs)[tensor.name] = cast
        unknown = arrays.keys() - inputs.keys() - states.keys()
        if unknown:
            raise H3AEError(f"{self._name} has no input {min(unknown)!r}")
        if states and len(states) < len(self._states):
            missing = min(self._states - states.keys())
            raise H3AEError(f"{self._name}: of all caches, {missing!r} is missing")
        return inputs, states

    def outputs(self, arrays: Arrays) -> dict[str, Array]:
        """Return what the graph promises, as the caller knows it; held states stay out of it."""
        return {
            tensor.name: _frame(arrays[tensor.name])
            if tensor.name in self._images
            else np.asarray(arrays[tensor.name]).astype(tensor.dtype, copy=False)
            for tensor in self._graph.outputs
            if tensor.name in arrays
        }


def _frame(pixels: Array) -> NDArray[np.float32]:
    """Turn pixels `(H, W, 3)` of 0 to 255 into a frame `[1, 3, H, W]` in [-1, 1]."""
    values = np.asarray(pixels, dtype=np.float32).transpose(2, 0, 1)[None]
    return np.ascontiguousarray(values / np.float32(127.5) - np.float32(1))
