"""Re-checks a bundle anywhere: format, hashes, and the golden frames in every engine at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from h3ae_mobile.bundle import Bundle, GoldenResult, compare, load_golden
from h3ae_mobile.decoder import VideoDecoder
from h3ae_mobile.errors import H3AEError

Progress = Callable[[str], None]


@dataclass
class Verification:
    """Outcome of `verify_bundle`.

    Attributes
    ----------
    name : str
        Of the bundle.
    files : int
        Whose hashes agree.
    results : dict
        Target and precision to the comparison with the golden frames.
    not_run : dict
        Target and precision to the reason why nothing here runs it.
    failures : list of str
        One line each.
    """

    name: str
    files: int
    results: dict[str, GoldenResult] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "bundle": self.name,
            "files": self.files,
            "golden": {
                key: {"max_abs": one.max_abs, "psnr_db": one.psnr_db}
                for key, one in self.results.items()
            },
            "not_run": self.not_run,
            "failures": self.failures,
        }

    def table(self) -> Table:
        """Return a table of what was run."""
        table = Table(title=f"{self.name}: {self.files} files intact", title_justify="left")
        table.add_column("artifact")
        table.add_column("golden dB", justify="right")
        table.add_column("max abs", justify="right")
        for key, one in self.results.items():
            table.add_row(key, f"{one.psnr_db:.1f}", f"{one.max_abs:.1e}")
        for key, reason in self.not_run.items():
            table.add_row(key, "not run", reason)
        return table
