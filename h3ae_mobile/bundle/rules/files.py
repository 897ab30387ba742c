"""Artifacts refer to what exists, and no two entries of the bundle share a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h3ae_mobile.bundle.artifacts import Artifact
from h3ae_mobile.bundle.fields import first_repeated, violation

if TYPE_CHECKING:
    from h3ae_mobile.bundle.manifest import Manifest


def check_artifacts(manifest: Manifest) -> None:
    """Graphs, states and images exist; no two artifacts answer the same request."""
    keys: set[tuple[str, ...]] = set()
    for index, artifact in enumerate(manifest.artifacts):
        where = f"artifacts[{index}]"
        if artifact.graph not in manifest.graphs:
            raise violation("manifest.reference", f"{where}.graph: no graph {artifact.graph!r}")
        if artifact.key in keys:
            raise violation("manifest.reference", f"{where} repeats {'/'.join(artifact.key)}")
        keys.add(artifact.key)
        _check_tensors(manifest, artifact, where)


def _check_tensors(manifest: Manifest, artifact: Artifact, where: str) -> None:
    graph = manifest.graphs[artifact.graph]
    caches = {tensor.name for tensor in graph.inputs if tensor.kind == "cache"}
    frames = {tensor.name for tensor in graph.outputs if tensor.kind == "frames"}
    for field, names, known in (
        ("states", artifact.states, caches),
        ("image_outputs", artifact.image_outputs, frames),
    ):
        for name in names:
            if name not in known:
                raise violation(
                    "manifest.reference", f"{where}.{field}: {artifact.graph!r} has no {name!r}"
                )


def check_files(manifest: Manifest) -> None:
    """Every file is listed once for each entry, also on file systems that ignore case."""
    _check_shared_files(manifest.artifacts)
    files = list(dict.fromkeys(artifact.file for artifact in manifest.artifacts))
    files += [tensor.file for tensor in manifest.golden_files]
    repeated = first_repeated(file.lower() for file in files)
    if repeated is not None:
        raise violation("path.duplicate", f"two entries name {repeated!r} (ignoring case)")
    places = {file.lower() for file in files}
    for file in files:
        folders = file.lower().split("/")[:-1]
        for depth in range(1, len(folders) + 1):
            folder = "/".join(folders[:depth])
            if folder in places:
                raise violation("path.duplicate", f"{file!r} lies inside the artifact {folder!r}")


def _check_shared_files(artifacts: tuple[Artifact, ...]) -> None:
    """Several artifacts may be functions of one file, whose content is then stated alike."""
    entries: set[tuple[str, str]] = set()
    contents: dict[str, tuple[int, str]] = {}
    for index, artifact in enumerate(artifacts):
        where, file = f"artifacts[{index}].file", artifact.file
        if (file, artifact.entry) in entries:
            raise violation(
                "path.duplicate", f"{where}: {file!r} is listed twice with entry {artifact.entry!r}"
            )
        entries.add((file, artifact.entry))
        content = (artifact.bytes, artifact.sha256)
        if contents.setdefault(file, content) != content:
            raise violation("path.duplicate", f"{where}: {file!r} is listed with two contents")
