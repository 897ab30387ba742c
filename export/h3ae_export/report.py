"""What an export gives back: one row an artifact, and what was skipped or failed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from h3ae_mobile.bundle.artifacts import Artifact


@dataclass(frozen=True)
class StreamCheck:
    """What streams are checked over.

    Attributes
    ----------
    window : int
        Latent frames that the attention sees.
    latents, frames : int
        Latent frames that go in, and frames that come out.
    source : str
        The clip.
    """

    window: int
    latents: int
    frames: int
    source: str

    def __str__(self) -> str:
        within = "past" if self.latents > self.window else "WITHIN"
        return (
            f"streams are checked over {self.latents} latent frames, {within} their window of "
            f"{self.window} ({self.frames} frames of {self.source})"
        )


@dataclass
class ExportReport:
    """Result of a pipeline run.

    Attributes
    ----------
    bundle : Path, optional
        None if no artifact passed.
    artifacts : list of Artifact
        What the bundle holds.
    skipped : dict
        Target to the reason why it was left out (its packages are not installed).
    failed : dict
        Target and precision to the line that says what failed.
    seconds : dict
        Step to its wall time.
    peak_bytes : int
        Largest memory of the process.
    stream_check : StreamCheck, optional
        Where streams are exported and checked.
    """

    bundle: Path | None = None
    artifacts: list[Artifact] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    peak_bytes: int = 0
    stream_check: StreamCheck | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        keys = {"target", "backend", "graph", "precision", "entry", "file", "bytes", "sha256"}
        keys |= {"parity", "delegates", "verified", "options"}
        return {
            "bundle": None if self.bundle is None else str(self.bundle),
            "artifacts": [
                artifact.model_dump(mode="json", include=keys) for artifact in self.artifacts
            ],
            "skipped": self.skipped,
            "failed": self.failed,
            "seconds": self.seconds,
            "peak_bytes": self.peak_bytes,
            "stream_check": None if self.stream_check is None else asdict(self.stream_check),
        }

    def table(self) -> Table:
        """Return the parity table."""
        parities = [artifact.parity for artifact in self.artifacts if artifact.parity is not None]
        streamed = any(parity.one_shot_psnr_db is not None for parity in parities)
        streams = ("seam dB", "one-shot dB") if streamed else ()
        table = Table(title="Artifacts, checked as saved", title_justify="left")
        for column in ("target", "graph", "precision", "delegates"):
            table.add_column(column)
        for column in ("MB", "worst dB", "mean dB", "max abs"):
            table.add_column(column, justify="right")
        for column in streams:
            table.add_column(column, justify="right")
        table.add_column("checked in")
        for artifact in self.artifacts:
            parity = artifact.parity
            numbers = ["-"] * (3 + len(streams))
            checked = "not verified"
            if parity is not None:
                numbers[:3] = (
                    f"{parity.worst_psnr_db:.1f}",
                    f"{parity.mean_psnr_db:.1f}",
                    f"{parity.max_abs:.1e}",
                )
                if streams:
                    numbers[3:] = map(_db, (parity.seam_psnr_db, parity.one_shot_psnr_db))
                height, width = parity.size
                checked = f"{parity.runtime}, {parity.frames} x {height} x {width}"
            table.add_row(
                f"{artifact.target} ({artifact.backend})",
                artifact.graph,
                artifact.precision,
                ", ".join(f"{count} {name}" for name, count in artifact.delegates.items()) or "-",
                f"{artifact.bytes / 1e6:.1f}",
                *numbers,
                checked,
            )
        return table


def _db(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
