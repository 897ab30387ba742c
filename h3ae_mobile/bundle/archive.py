"""One file for a download: a bundle as an uncompressed zip, and its safe way back.

Only stored entries are written and accepted. Weights do not compress, and without compression an
archive cannot hold more bytes than it has: no zip bomb, however its entries overlap.
"""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
from pathlib import Path, PurePosixPath

from h3ae_mobile.bundle.bundle import Bundle
from h3ae_mobile.bundle.errors import BundleError
from h3ae_mobile.bundle.fields import first_repeated, is_safe_path
from h3ae_mobile.bundle.integrity import CHUNK_BYTES, MAX_TREE_FILES, tree_files
from h3ae_mobile.bundle.manifest import (
    MANIFEST_FILE,
    MAX_MANIFEST_BYTES,
    Manifest,
    parse_manifest,
)
from h3ae_mobile.bundle.writer import SUFFIX
from h3ae_mobile.files import atomic_directory, atomic_file

MAX_ARCHIVE_BYTES = 16 * 2**30

# What zipfile lets through from hostile headers, beside its own exception.
ZIP_ERRORS = (
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    struct.error,
)

# The earliest date of the format: equal bundles give equal archives.
EPOCH = (1980, 1, 1, 0, 0, 0)
FILE_MODE = stat.S_IFREG | 0o644


def pack(bundle: Bundle, path: Path | None = None) -> Path:
    """Write a bundle as ``NAME.h3ae.zip``, the manifest first, and return its path.

    Nothing but what the manifest lists goes in, and equal bundles give equal bytes.

    Parameters
    ----------
    bundle : Bundle
        Opened with verification.
    path : Path, optional
        Place of the archive; beside the bundle by default. An older one is replaced.
    """
    path = path or bundle.root.with_name(f"{bundle.manifest.name}{SUFFIX}.zip")
    top = f"{bundle.manifest.name}{SUFFIX}"
    with (
        atomic_file(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED, allowZip64=True) as archive,
    ):
        for name, source in _files(bundle).items():
            entry = zipfile.ZipInfo(f"{top}/{name}", EPOCH)
            entry.create_system = 3
            entry.external_attr = FILE_MODE << 16
            entry.file_size = source.stat().st_size
            with source.open("rb") as reader, archive.open(entry, "w") as writer:
                shutil.copyfileobj(reader, writer, CHUNK_BYTES)
    return path


def _files(bundle: Bundle) -> dict[str, Path]:
    """Files of the bundle by their names in it, the manifest first."""
    manifest = bundle.manifest
    files: dict[str, Path] = {}
    for artifact in manifest.artifacts:
        path = bundle.path(artifact)
        if path.is_dir():
            inside = tree_files(path).items()
            files.update((f"{artifact.file}/{name}", file) for name, file in inside)
        else:
            files[artifact.file] = path
    for tensor in manifest.golden_files:
        files[tensor.file] = bundle.path(tensor)
    return {MANIFEST_FILE: bundle.root / MANIFEST_FILE, **dict(sorted(files.items()))}


def unpack(
    archive: Path, folder: Path, *, replace: bool = False, max_bytes: int = MAX_ARCHIVE_BYTES
) -> Bundle:
    """Unpack an archive of `pack` into ``folder/NAME.h3ae`` and verify it.

    The bundle appears only when it is complete and every hash is right.

    Parameters
    ----------
    archive : Path
        ``NAME.h3ae.zip``, from anywhere.
    folder : Path
        Where to put the bundle.
    replace : bool
        Whether a bundle of that name may be replaced.
    max_bytes : int
        Refuse to write more than this.

    Raises
    ------
    BundleError
        With code ``archive.*``, or what `Bundle.open` raises.
    """
    try:
        with zipfile.ZipFile(archive) as source:
            manifest, entries = _inspect(source, archive.stat().st_size, max_bytes)
            place = folder / f"{manifest.name}{SUFFIX}"
            if place.exists() and not replace:
                raise BundleError("bundle.exists", f"{place} exists already")
            with atomic_directory(place, replace=replace) as temporary:
                for name, entry in entries.items():
                    _extract(source, entry, temporary / name)
                Bundle.open(temporary, verify="full")
    except (zipfile.BadZipFile, *ZIP_ERRORS) as error:
        raise BundleError("archive.format", f"{archive} cannot be read: {error}") from None
    return Bundle(manifest, place)


def _inspect(
    source: zipfile.ZipFile, archive_bytes: int, max_bytes: int
) -> tuple[Manifest, dict[str, zipfile.ZipInfo]]:
    """Judge the whole directory of the archive before a byte is written."""
    infos = source.infolist()
    if len(infos) > MAX_TREE_FILES:
        raise BundleError("archive.size", f"the archive holds {len(infos)} entries")
    for info in infos:
        _refuse_unsafe(info)
    total = sum(info.file_size for info in infos)
    if total > min(archive_bytes, max_bytes):
        raise BundleError("archive.size", f"the archive claims to hold {total} bytes")
    entries = _below_top(infos)
    if MANIFEST_FILE not in entries:
        raise BundleError("manifest.missing", f"the archive holds no {MANIFEST_FILE}")
    with source.open(entries[MANIFEST_FILE]) as stream:
        manifest = parse_manifest(stream.read(MAX_MANIFEST_BYTES + 1))
    _refuse_strangers(manifest, entries)
    return manifest, entries


def _refuse_unsafe(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if not is_safe_path(info.filename) or kind not in (0, stat.S_IFREG):
        raise BundleError("archive.unsafe", f"the archive holds {info.filename!r}")
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        raise BundleError(
            "archive.unsafe", f"{info.filename} is compressed, which no bundle archive is"
        )


def _below_top(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Return the entries by their names below the one folder that holds them all."""
    repeated = first_repeated(info.filename.lower() for info in infos)
    if repeated is not None:
        raise BundleError("archive.unsafe", f"the archive holds {repeated!r} twice")
    parts = [info.filename.partition("/") for info in infos]
    if len({top for top, _, _ in parts}) != 1 or not all(name for _, _, name in parts):
        raise BundleError("archive.unsafe", "the archive does not hold exactly one folder")
    return {name: info for (_, _, name), info in zip(parts, infos, strict=True)}


def _refuse_strangers(manifest: Manifest, entries: dict[str, zipfile.ZipInfo]) -> None:
    """Refuse everything that the manifest does not list."""
    listed = {MANIFEST_FILE, *(artifact.file for artifact in manifest.artifacts)}
    listed.update(tensor.file for tensor in manifest.golden_files)
    for name in entries:
        parents = {parent.as_posix() for parent in PurePosixPath(name).parents}
        if listed.isdisjoint({name, *parents}):
            raise BundleError("archive.unsafe", f"the manifest does not list {name!r}")
        if not parents.isdisjoint(entries):
            raise BundleError("archive.unsafe", f"{name!r} lies inside another file")


def _extract(source: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open(entry) as reader, target.open("xb") as writer:
        shutil.copyfileobj(reader, writer, CHUNK_BYTES)
