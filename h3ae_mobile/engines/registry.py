"""The engines by target, each imported when it is asked for, and the choice among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from h3ae_mobile.bundle.artifacts import Artifact
from h3ae_mobile.bundle.bundle import Bundle
from h3ae_mobile.bundle.errors import BundleError
from h3ae_mobile.engines.base import Engine, Session
from h3ae_mobile.errors import H3AEError

# Target to module and class, the fastest on a host first: Core AI's CPU runtime has one thread.
ENGINES: dict[str, tuple[str, str]] = {
    "coreml": ("h3ae_mobile.engines.coreml", "CoreMLEngine"),
    "executorch": ("h3ae_mobile.engines.executorch", "ExecuTorchEngine"),
    "onnx": ("h3ae_mobile.engines.onnx", "OnnxEngine"),
    "coreai": ("h3ae_mobile.engines.coreai", "CoreAIEngine"),
}


def get_engine(target: str) -> Engine:
    """Return the engine of a target.

    Raises
    ------
    H3AEError
        If there is none.
    """
    if target not in ENGINES:
        raise H3AEError(f"nothing here runs artifacts of the target {target!r}")
    module, factory = ENGINES[target]
    return cast(Engine, getattr(import_module(module), factory)())


@dataclass(frozen=True)
class Variant:
    """All artifacts of a bundle of one target, backend and precision.

    Attributes
    ----------
    bundle : Bundle
        Which holds them.
    engine : Engine
        Which runs them.
    target, backend, precision : str
        As in `ArtifactSpec`.
    """

    bundle: Bundle
    engine: Engine
    target: str
    backend: str
    precision: str

    def open_session(self, graph: str, threads: int | None = None) -> Session:
        """Open the artifact of a graph.

        Raises
        ------
        BundleError
            With code ``artifact.unknown``, if the variant has none.
        H3AEError
            If the engine refuses it.
        """
        artifact = self.bundle.artifact(self.target, graph, self.precision, self.backend)
        spec = self.bundle.manifest.graphs[graph]
        return self.engine.open(self.bundle.path(artifact), artifact, spec, threads)

    def __str__(self) -> str:
        return f"{self.target}, {self.backend}, {self.precision}"


def choose_variant(
    bundle: Bundle,
    target: str | None = None,
    precision: str | None = None,
    backend: str | None = None,
) -> Variant:
    """Return the best variant that this machine runs: by engine, then in the manifest's order.

    Raises
    ------
    BundleError
        With code ``artifact.unknown``, if the bundle holds nothing of the kind.
    H3AEError
        If nothing here runs what it holds; the message tells why.
    """
    wanted = {"target": target, "precision": precision, "backend": backend}
    found = [one for one in bundle.manifest.artifacts if _fits(one, wanted)]
    if not found:
        asked = " ".join(value for value in wanted.values() if value)
        held = {f"{one.target} {one.backend} {one.precision}" for one in bundle.manifest.artifacts}
        raise BundleError(
            "artifact.unknown",
            f"{bundle.manifest.name} holds no {asked} artifacts",
            f"there are: {', '.join(sorted(held)) or 'none'}",
        )
    obstacles: dict[str, None] = {}
    for artifact in _by_engine(found):
        engine = get_engine(artifact.target)
        obstacle = engine.obstacle(artifact)
        if obstacle is None:
            return Variant(bundle, engine, artifact.target, artifact.backend, artifact.precision)
        obstacles[obstacle] = None
    unknown = sorted({one.target for one in found} - ENGINES.keys())
    reasons = [*obstacles, *(f"no engine knows the target {name!r}" for name in unknown)]
    raise H3AEError(f"{bundle.manifest.name} cannot be run here: {'; '.join(reasons)}")


def _fits(artifact: Artifact, wanted: dict[str, str | None]) -> bool:
    return all(value in (None, getattr(artifact, name)) for name, value in wanted.items())


def _by_engine(artifacts: list[Artifact]) -> Iterator[Artifact]:
    for target in ENGINES:
        yield from (one for one in artifacts if one.target == target)
