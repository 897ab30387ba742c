"""Sharing files among the processes of a launcher, without exchanging anything but files."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from h3ae_mobile.errors import H3AEError

Item = TypeVar("Item")

POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Shard:
    """One process among those that torchrun or `accelerate launch` started.

    Every item's result is a file of its own, moved into place when it is whole. So the processes
    need no connection, a killed one is restarted alone, and whatever ranks did the work, the
    merged result is the same.
    """

    rank: int = 0
    world: int = 1

    @classmethod
    def current(cls) -> Shard:
        """Read the launcher's environment; without one there is one process."""
        return cls(int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))

    @property
    def is_main(self) -> bool:
        """Whether this process merges and reports."""
        return self.rank == 0

    def own(self, items: Sequence[Item]) -> list[Item]:
        """Return this process's items: every `world`-th, so that long and short ones mix."""
        return list(items[self.rank :: self.world])

    def wait_for(self, results: Sequence[Sequence[Path]], timeout: float) -> None:
        """Wait until of each result one of its files exists.

        Raises
        ------
        H3AEError
            If some are missing after `timeout` seconds; the same command then resumes.
        """
        deadline = time.monotonic() + timeout
        missing = list(results)
        while missing := [files for files in missing if not any(f.exists() for f in files)]:
            if time.monotonic() > deadline:
                raise H3AEError(
                    f"{len(missing)} of {len(results)} results of other processes did not come, "
                    f"{missing[0][0].name} first",
                    "the same command resumes with what is there",
                )
            time.sleep(POLL_SECONDS)
