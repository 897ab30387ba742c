"""Write a bundle beside its place and move it there whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from h3ae_mobile import __version__
from h3ae_mobile.bundle.artifacts import Artifact, ArtifactSpec
from h3ae_mobile.bundle.errors import BundleError
from h3ae_mobile.bundle.fields import is_safe_path
from h3ae_mobile.bundle.golden import write_tensor
from h3ae_mobile.bundle.integrity import Digest, digest, tree_files
from h3ae_mobile.bundle.manifest import (
    MANIFEST_FILE,
    SCHEMA_VERSION,
    Manifest,
    build,
    parse_manifest,
)
from h3ae_mobile.bundle.model import Golden, Memory, Model, Tolerance, Video
from h3ae_mobile.bundle.schedule import Schedule
from h3ae_mobile.bundle.sizes import Size
from h3ae_mobile.bundle.tensors import Graph
from h3ae_mobile.files import atomic_directory, check_place

SUFFIX = ".h3ae"


class BundleWriter:
    """Collects artifacts and golden vectors, then publishes all of them or nothing.

    ::

        with BundleWriter(Path("out/demo.h3ae")) as writer:
            writer.add_artifact(pte, ArtifactSpec(..., parity=parity))
            writer.add_golden(latents, frames, ...)
            writer.finish(model=..., video=..., graphs=..., schedule=...)

    The files gather in a temporary sibling folder, which becomes the bundle when the block ends
    after `finish`. However else it ends (an error, an interrupt, a full disk), nothing is left
    behind and an older bundle of that name is as it was.

    Parameters
    ----------
    path : Path
        Place of the bundle, ``NAME.h3ae``.
    replace : bool
        Whether a bundle that is there already may be replaced.

    Raises
    ------
    BundleError
        With code ``bundle.name`` or ``bundle.exists``.
    H3AEError
        If nothing can be written there.
    """

    def __init__(self, path: str | Path, *, replace: bool = False) -> None:
        self.path = Path(path)
        if self.path.suffix != SUFFIX or not is_safe_path(self.path.name):
            raise BundleError(
                "bundle.name",
                f"{self.path.name!r} is no name for a bundle",
                f"use letters, digits, dots and dashes, and the ending {SUFFIX}",
            )
        check_place(self.path)
        self._refuse_loss(replace)
        self._place = atomic_directory(self.path, replace=replace)
        self._added: dict[str, tuple[Path, Digest]] = {}
        self._artifacts: list[Artifact] = []
        self._golden: Golden | None = None
        self._manifest: Manifest | None = None

    def _refuse_loss(self, replace: bool) -> None:
        if not self.path.exists():
            return
        if not replace:
            raise BundleError(
                "bundle.exists", f"{self.path} exists already", "choose another --out"
            )
        if not (self.path / MANIFEST_FILE).is_file():
            raise BundleError(
                "bundle.exists",
                f"{self.path} is not a bundle and is not replaced",
                "remove it or choose another --out",
            )

    def __enter__(self) -> BundleWriter:
        self._root = self._place.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and self._manifest is None:
            error = BundleError("bundle.unfinished", f"{self.path.name} was not finished")
            self._place.__exit__(type(error), error, None)
            raise error
        self._place.__exit__(kind, error, trace)
        if error is None:
            _sync([self.path.parent])

    def add_artifact(
        self,
        source: Path,
        spec: ArtifactSpec,
        *,
        name: str | None = None,
        allow_unverified: bool = False,
    ) -> Artifact:
        """Copy a file or directory into the bundle.

        The order of adding is the order of preference. A file with several entries (methods or
        functions) is added once for each of them and stored once.

        Parameters
        ----------
        source : Path
            What the exporter saved; it stays where it is.
        spec : ArtifactSpec
            What it is, with the parity that was measured on this very file.
        name : str, optional
            Name in the bundle; the source's by default.
        allow_unverified : bool
            Accept a `spec` without parity; the manifest then says so.

        Raises
        ------
        BundleError
            With code ``bundle.unverified`` if parity is missing or failed.
        """
        name = name or source.name
        _refuse_unverified(name, spec, allow_unverified)
        file = f"artifacts/{name}"
        if not is_safe_path(name) or "/" in name:
            raise BundleError("path.escape", f"{name!r} is no portable file name")
        stored = self._store(source, file)
        artifact = build(
            Artifact,
            **dict(spec),
            file=file,
            bytes=stored.bytes,
            sha256=stored.sha256,
            verified=spec.parity is not None,
        )
        self._artifacts.append(artifact)
        return artifact

    def _store(self, source: Path, file: str) -> Digest:
        key = file.lower()
        if key in self._added:
            earlier, stored = self._added[key]
            if earlier != source.resolve():
                raise BundleError("path.duplicate", f"{file} was added from another place already")
            return stored
        if not source.exists():
            raise BundleError("artifact.missing", f"there is no file {source} to add")
        target = self._root / file
        files = tree_files(source) if source.is_dir() else {"": source}
        for name, original in files.items():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, copy)
        stored = digest(target)
        self._added[key] = source.resolve(), stored
        return stored

    def add_golden(
        self,
        *,
        latents: NDArray[np.floating],
        frames: NDArray[np.generic],
        frame_indices: Sequence[int],
        source: str,
        tolerance: Mapping[str, Tolerance],
        image: NDArray[np.generic] | None = None,
        conditioned: NDArray[np.generic] | None = None,
        size: tuple[int, int] | None = None,
    ) -> Golden:
        """Write golden vectors; see `Golden` for shapes.

        Those of a further size are told apart by `size`, height and width; their record is part
        of the `Size` that `finish` is given.

        `frames` are what the reference decodes from `latents` in the type they have here, and
        `conditioned` the same with the features of `image`, also in the type that it has here.
        Floats of both are clamped to [-1, 1] and stored as float16: 2.5e-4 of rounding for half
        the size.
        """
        folder = self._root / "golden"
        folder.mkdir(exist_ok=True)
        suffix = "" if size is None else f"-{size[0]}x{size[1]}"
        first_frame = {
            "image": image,
            "conditioned": None if conditioned is None else _compact(conditioned),
        }
        golden = build(
            Golden,
            source=source,
            latents=write_tensor(folder, "latents", latents, suffix),
            frames=write_tensor(folder, "frames", _compact(frames), suffix),
            frame_indices=tuple(frame_indices),
            tolerance=dict(tolerance),
            **{
                name: write_tensor(folder, name, array, suffix)
                for name, array in first_frame.items()
                if array is not None
            },
        )
        if size is None:
            self._golden = golden
        return golden

    def finish(
        self,
        *,
        model: Model,
        video: Video,
        graphs: Mapping[str, Graph],
        schedule: Schedule,
        created_by: Mapping[str, str],
        memory: Memory | None = None,
        sizes: Sequence[Size] = (),
    ) -> Manifest:
        """Write the manifest, last of all, and bring everything to the disk.

        Raises
        ------
        BundleError
            If the parts do not fit together.
        """
        manifest = build(
            Manifest,
            schema_version=SCHEMA_VERSION,
            name=self.path.stem,
            created_by={"h3ae-mobile": __version__, **created_by},
            model=model,
            video=video,
            graphs=dict(graphs),
            artifacts=tuple(self._artifacts),
            schedule=schedule,
            memory=memory,
            golden=self._golden,
            sizes=tuple(sizes),
        )
        data = manifest.to_json()
        self._manifest = parse_manifest(data)
        (self._root / MANIFEST_FILE).write_bytes(data)
        # Files before their folders: a rename must not reach the disk before its contents.
        folders = [path for path in self._root.rglob("*") if path.is_dir()]
        _sync([*tree_files(self._root).values(), *folders, self._root])
        return self._manifest


def _refuse_unverified(name: str, spec: ArtifactSpec, allow_unverified: bool) -> None:
    if spec.parity is None and not allow_unverified:
        raise BundleError("bundle.unverified", f"{name} was not checked against the reference")
    if spec.parity is not None and not spec.parity.passed:
        raise BundleError(
            "bundle.unverified",
            f"{name} failed its check: worst frame {spec.parity.worst_psnr_db:g} dB, needed "
            f"{spec.parity.threshold_db:g} dB",
        )


def _compact(frames: NDArray[np.generic]) -> NDArray[np.generic]:
    if frames.dtype == np.uint8:
        return frames
    if not np.isfinite(frames).all():
        raise BundleError("golden.format", "the reference's frames are not finite")
    return np.clip(frames, -1, 1).astype(np.float16)


def _sync(paths: Sequence[Path]) -> None:
    """Wait until files and folders are on the disk."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
