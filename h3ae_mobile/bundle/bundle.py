"""Open a bundle and trust it."""

from __future__ import annotations

import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from h3ae_mobile.bundle.artifacts import Artifact
from h3ae_mobile.bundle.errors import BundleError, Code
from h3ae_mobile.bundle.integrity import digest, file_sha256, locate, refuse_link, total_bytes
from h3ae_mobile.bundle.manifest import (
    MANIFEST_FILE,
    MAX_MANIFEST_BYTES,
    Manifest,
    parse_manifest,
)
from h3ae_mobile.bundle.model import GoldenTensor

Verify = Literal["full", "sizes", "none"]


@dataclass(frozen=True)
class Bundle:
    """A `NAME.h3ae` directory whose manifest has been read and whose files have been checked.

    Attributes
    ----------
    manifest : Manifest
        What it holds.
    root : Path
        Where it lies.
    """

    manifest: Manifest
    root: Path

    @classmethod
    def open(cls, path: str | Path, verify: Verify = "full") -> Bundle:
        """Read the manifest at `path` and check the files it lists.

        Parameters
        ----------
        path : path
            The directory.
        verify : {"full", "sizes", "none"}
            Compare SHA-256 hashes, only sizes, or read nothing but the manifest.

        Raises
        ------
        BundleError
            One line that says what is wrong first; its `code` tells a program.
        """
        bundle = cls(parse_manifest(_read_manifest(Path(path))), Path(path))
        if verify != "none":
            bundle.verify(verify)
        return bundle

    @property
    def sha256(self) -> str:
        """Hash of the manifest, and with it of all that it lists: the bundle's identity."""
        return file_sha256(locate(self.root, MANIFEST_FILE, "manifest.missing"))

    def at(self, height: int, width: int) -> Bundle:
        """Return the bundle of one of its sizes; see `Manifest.at`."""
        return replace(self, manifest=self.manifest.at(height, width))

    def artifact(
        self, target: str, graph: str, precision: str | None = None, backend: str | None = None
    ) -> Artifact:
        """Return the first artifact that fits; their order in the manifest is one of preference.

        Raises
        ------
        BundleError
            With code ``artifact.unknown``, naming what there is instead.
        """
        found = [a for a in self.manifest.artifacts if (a.target, a.graph) == (target, graph)]
        for artifact in found:
            if precision in (None, artifact.precision) and backend in (None, artifact.backend):
                return artifact
        wanted = " ".join(filter(None, (precision, backend, target)))
        choices = {f"{a.precision} {a.backend}" for a in found} or {
            f"{a.target}" for a in self.manifest.artifacts
        }
        raise BundleError(
            "artifact.unknown",
            f"{self.manifest.name} holds no {wanted} artifact of {graph!r}",
            f"there are: {', '.join(sorted(choices))}",
        )

    def path(self, item: Artifact | GoldenTensor) -> Path:
        """Return where the file of an artifact or golden tensor lies.

        Raises
        ------
        BundleError
            If it is missing or behind a symbolic link.
        """
        return locate(self.root, item.file, _code(item, "missing"))

    def verify(self, level: Literal["full", "sizes"] = "full") -> None:
        """Check size and, with "full", hash of every file that the manifest lists."""
        items: list[Artifact | GoldenTensor] = [
            *self.manifest.artifacts,
            *self.manifest.golden_files,
        ]
        for item in {item.file: item for item in items}.values():
            self._verify_file(item, level)

    def _verify_file(self, item: Artifact | GoldenTensor, level: Literal["full", "sizes"]) -> None:
        path = self.path(item)
        try:
            size = total_bytes(path)
            if size != item.bytes:
                raise BundleError(
                    _code(item, "size"),
                    f"{item.file} has {size} bytes, the manifest says {item.bytes}",
                    "copy or download the bundle again",
                )
            if level == "full" and digest(path).sha256 != item.sha256:
                raise BundleError(
                    _code(item, "hash"),
                    f"{item.file} is not the file that was exported (SHA-256 differs)",
                    "copy or download the bundle again",
                )
        except OSError as error:
            raise BundleError(
                _code(item, "missing"), f"cannot read {item.file}: {error.strerror}"
            ) from error


def _code(item: Artifact | GoldenTensor, what: Literal["missing", "size", "hash"]) -> Code:
    codes: dict[str, tuple[Code, Code]] = {
        "missing": ("artifact.missing", "golden.missing"),
        "size": ("artifact.size", "golden.size"),
        "hash": ("artifact.hash", "golden.hash"),
    }
    return codes[what][isinstance(item, GoldenTensor)]


def _read_manifest(root: Path) -> bytes:
    try:
        if not root.exists():
            raise BundleError("bundle.missing", f"there is no bundle at {root}")
        if not root.is_dir():
            raise BundleError(
                "bundle.not_a_directory",
                f"{root} is not a bundle directory",
                "unpack a .h3ae.zip first" if root.suffix == ".zip" else None,
            )
        path = root / MANIFEST_FILE
        if not stat.S_ISREG(refuse_link(path)):
            raise BundleError("manifest.missing", f"{MANIFEST_FILE} of {root} is not a file")
        with path.open("rb") as stream:
            data = stream.read(MAX_MANIFEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BundleError(
            "manifest.missing", f"cannot read {MANIFEST_FILE} of {root}: {reason}"
        ) from None
    return data
