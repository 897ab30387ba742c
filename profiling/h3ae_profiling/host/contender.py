"""What is measured: the artifacts of a bundle in an engine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from h3ae_mobile.bundle import Bundle
from h3ae_mobile.engines.registry import Variant, choose_variant


@dataclass(frozen=True)
class Contender:
    """One variant of a bundle, with its threads.

    Attributes
    ----------
    bundle : str
        Path of the bundle.
    target, backend, precision : str
        Of its artifacts.
    threads : int, optional
        None leaves the runtime its own choice.
    """

    bundle: str
    target: str
    backend: str
    precision: str
    threads: int | None = None

    @classmethod
    def choose(
        cls,
        bundle: Bundle,
        target: str | None,
        precision: str | None,
        backend: str | None,
        threads: int | None,
    ) -> Contender:
        """Return the best that this machine can run."""
        found = choose_variant(bundle, target, precision, backend)
        return cls(str(bundle.root), found.target, found.backend, found.precision, threads)

    def variant(self) -> Variant:
        """Return the artifacts; hashes were checked when the contender was chosen."""
        bundle = Bundle.open(Path(self.bundle), verify="none")
        return choose_variant(bundle, self.target, self.precision, self.backend)

    def as_json(self) -> dict[str, Any]:
        """Return what the worker is told."""
        return asdict(self)

    @property
    def label(self) -> str:
        """What tables call it."""
        name = Path(self.bundle).name.removesuffix(".h3ae")
        threads = f" {self.threads} threads" if self.threads else ""
        return f"{name} {self.target} {self.precision}{threads}"
