"""Sessions that trust no file: whatever one does wrong is a line, not a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numpy.typing import NDArray

from h3ae_export.targets.base import Exported, Target
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Arrays, Session
from h3ae_mobile.errors import H3AEError

Result = TypeVar("Result")


class InspectedSession:
    """A session whose outputs are held against what the graph promises.

    Parameters
    ----------
    session : Session
        Runs the file.
    exported : Exported
        The file.
    graph : Graph
        What it must give.
    """

    def __init__(self, session: Session, exported: Exported, graph: Graph) -> None:
        self._session = session
        self._name = exported.spec.graph
        held = {cache.output for cache in graph.caches if cache.input in exported.spec.states}
        self._promised = [tensor for tensor in graph.outputs if tensor.name not in held]

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph once.

        Raises
        ------
        H3AEError
            If it fails, or gives too little or another shape.
        """
        outputs = _told(self._name, lambda: self._session.run(inputs))
        for tensor in self._promised:
            if tensor.name not in outputs:
                raise H3AEError(f"{self._name} gives no {tensor.name!r}")
            shape = outputs[tensor.name].shape
            if shape != tensor.shape:
                raise H3AEError(
                    f"{self._name} gives {tensor.name!r} of shape {list(shape)}, not "
                    f"{list(tensor.shape)}"
                )
        return outputs

    def reset(self) -> None:
        """Forget the state of a stream."""
        self._session.reset()

    def close(self) -> None:
        """Give the runtime's memory back."""
        self._session.close()


def open_inspected(target: Target, exported: Exported, graph: Graph) -> InspectedSession:
    """Open a saved file in a target's runtime.

    Raises
    ------
    H3AEError
        If the runtime cannot open it; `NotRunnableError` if there is none.
    """
    session = _told(exported.spec.graph, lambda: target.session(exported, graph))
    return InspectedSession(session, exported, graph)


def _told(name: str, work: Callable[[], Result]) -> Result:
    """Do what runtimes fail at in many ways: a file may be anything, also where hashes agree."""
    try:
        return work()
    except H3AEError:
        raise
    except Exception as error:
        first = next(iter(str(error).splitlines()), "")
        raise H3AEError(f"{name} fails with {type(error).__name__}: {first}") from error
