"""Progress of a run on stderr."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from h3ae_mobile.training.reconstruction import RECONSTRUCTIONS


class Progress:
    """A bar with the latest losses; a context manager."""

    def __init__(self, total: int, done: int, *, visible: bool = True) -> None:
        self._bars = Bars(
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not visible,
        )
        self._task = self._bars.add_task("", total=total, completed=done)

    def update(self, step: int, row: dict[str, float]) -> None:
        """Show the losses of `row`."""
        shown = " ".join(
            f"{name} {row[name]:.4g}" for name in (*RECONSTRUCTIONS, "kl") if name in row
        )
        self._bars.update(self._task, completed=step, description=shown)

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()
