"""What is measured: the artifacts of a bundle in an engine, or its graphs in torch."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from h3ae_mobile.bundle import Bundle
from h3ae_mobile.engines.registry import Variant, choose_variant
from h3ae_mobile.errors import H3AEError
from h3ae_profiling.decode import Decode
from h3ae_profiling.report.report import slug
from h3ae_profiling.report.subject import Mode

if TYPE_CHECKING:
    from h3ae_profiling.host.torch_graphs import TorchVariant

TORCH = "torch"


# What opens the graphs of a bundle: artifacts in an engine, or modules in torch.
HostVariant: TypeAlias = "Variant | TorchVariant"


@dataclass(frozen=True)
class Contender:
    """One variant of a bundle, with its way to decode and its threads.

    Attributes
    ----------
    bundle : str
        Path of the bundle.
    target, backend, precision : str
        Of its artifacts; the target ``torch`` is the bundle's graphs in eager torch.
    threads : int, optional
        None leaves the runtime its own choice.
    mode : str
        Way to decode, one of `decode.MODES`.
    model : str, optional
        Checkpoint that the bundle was exported from, or a preset, where weights are needed.
    folder : str
        Of the bundle, where another of the same name takes part; see `told_apart`.
    """

    bundle: str
    target: str
    backend: str
    precision: str
    threads: int | None = None
    mode: Mode = "clip"
    model: str | None = None
    folder: str = ""

    @classmethod
    def choose(
        cls,
        bundle: Bundle,
        target: str | None = None,
        precision: str | None = None,
        backend: str | None = None,
        threads: int | None = None,
        mode: Mode | None = None,
        model: str | None = None,
    ) -> Contender:
        """Return the best that this machine can run.

        Raises
        ------
        H3AEError
            If it runs none, or the bundle does not decode in that mode.
        """
        place, way = str(bundle.root), Decode.choose(bundle.manifest, mode).mode
        if target == TORCH:
            if (precision or "fp32", backend or "eager") != ("fp32", "eager"):
                raise H3AEError("torch runs the graphs in fp32, eager", "leave the precision out")
            return cls(place, TORCH, "eager", "fp32", threads, way, model)
        found = choose_variant(bundle, target, precision, backend)
        return cls(place, found.target, found.backend, found.precision, threads, way, model)

    @cached_property
    def opened(self) -> Bundle:
        """The bundle; hashes were checked when the contender was chosen."""
        return Bundle.open(Path(self.bundle), verify="none")

    @cached_property
    def decode(self) -> Decode:
        """The way to decode."""
        return Decode.choose(self.opened.manifest, self.mode)

    def variant(self) -> HostVariant:
        """Return what opens the graphs."""
        if self.target == TORCH:
            from h3ae_profiling.host.torch_graphs import TorchVariant

            return TorchVariant(self.opened, self.decode, self.model)
        return choose_variant(self.opened, self.target, self.precision, self.backend)

    def files(self) -> set[Path]:
        """Return the artifacts' files; torch has none."""
        if self.target == TORCH:
            return set()
        found = (
            self.opened.artifact(self.target, graph, self.precision, self.backend)
            for graph in self.decode.graphs
        )
        return {self.opened.path(artifact) for artifact in found}

    @property
    def compute_units(self) -> str | None:
        """What the artifacts ask Core ML for; None of other runtimes."""
        if self.target == TORCH:
            return None
        graph = self.decode.graphs[0]
        return self.opened.artifact(self.target, graph, self.precision, self.backend).compute_units

    def as_json(self) -> dict[str, Any]:
        """Return what the worker is told."""
        return asdict(self)

    @property
    def label(self) -> str:
        """What tables call it."""
        name = (Path(self.folder) / Path(self.bundle).name).as_posix().removesuffix(".h3ae")
        mode = "" if self.mode == "clip" else f" {self.mode}"
        threads = ""
        if self.threads is not None:
            threads = f" {self.threads} thread{'s' if self.threads > 1 else ''}"
        return f"{name} {self.target} {self.precision}{mode}{threads}"

    def check_weights(self) -> None:
        """Refuse to run torch without its weights, or to check a decode by wrong ones.

        Raises
        ------
        WeightsError
            If the weights given, or those that torch runs, are not the bundle's.
        """
        checked = self.model is not None and self.decode.encoder is not None
        if self.target != TORCH and not checked:
            return
        # It imports torch, which most runs go without.
        from h3ae_profiling.host.weights import bundle_model

        bundle_model(self.opened.manifest, self.model)


def told_apart(contenders: Sequence[Contender]) -> list[Contender]:
    """Put the folder into labels that would make equal file names, as of old/x and new/x."""
    slugs = [slug(one.label) for one in contenders]
    counts = Counter(slugs)
    alike = [one for one, name in zip(contenders, slugs, strict=True) if counts[name] > 1]
    if not alike:
        return list(contenders)
    shared = os.path.commonpath([_folder(one) for one in alike])
    return [
        replace(one, folder=os.path.relpath(_folder(one), shared)) if counts[name] > 1 else one
        for one, name in zip(contenders, slugs, strict=True)
    ]


def _folder(contender: Contender) -> Path:
    return Path(contender.bundle).resolve().parent
