"""What a target is: how graphs become files, and how a saved file is run again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from h3ae_export.settings import TargetSettings
from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.engines.base import Session
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent, MobileGraph
from h3ae_mobile.mobile.options import MobileOptions

Progress = Callable[[str], None]


class NotRunnableError(H3AEError):
    """The saved file cannot be run on this machine, so its parity stays unmeasured."""


@dataclass(frozen=True)
class Exported:
    """One graph in a saved file.

    Attributes
    ----------
    spec : ArtifactSpec
        Target, backend, graph, entry, precision, delegates ...; without parity yet.
    path : Path
        The file, or the directory, in the staging folder. Several graphs may share one.
    """

    spec: ArtifactSpec
    path: Path


class Target(Protocol):
    """A format that the toolchain can write.

    To add one: a file in this folder with a class that derives from this one, and its name in
    `registry.py`. docs/new-target.md walks through it.

    Attributes
    ----------
    name : str
        As in `--target`.
    """

    name: str

    def check(self, settings: TargetSettings) -> None:
        """Refuse settings that the target does not know, or a machine that lacks its packages.

        Raises
        ------
        MissingExtraError
            If an optional package is not installed.
        H3AEError
            If the settings do not fit.
        """
        ...

    def options(self, settings: TargetSettings) -> MobileOptions:
        """Return how the graphs for this target are to be rewritten."""
        ...

    def export(
        self,
        graphs: Sequence[MobileGraph],
        settings: TargetSettings,
        folder: Path,
        progress: Progress,
    ) -> list[Exported]:
        """Convert the graphs and save them in `folder`, which exists and is empty."""
        ...

    def verification_extent(
        self, settings: TargetSettings, extent: Extent, stream_frames: int
    ) -> Extent:
        """Return the extent to check at: a smaller one where the runtime here is too slow.

        Clips are decoded at that extent, streams at its height and width for `stream_frames`.

        The same weights are then exported once more at that extent, those files are run, and the
        parity record states their size.
        """
        return extent

    def session(self, exported: Exported, graph: Graph) -> Session:
        """Open the saved file in its runtime, or in the nearest thing this machine has.

        Raises
        ------
        NotRunnableError
            If this machine has neither; the bundle then says that the file is unverified.
        """
        ...

    def runtime(self) -> str:
        """Return what `session` runs a file in, with its version, for the parity record."""
        ...
