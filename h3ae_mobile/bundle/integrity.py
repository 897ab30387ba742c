r"""SHA-256 of files and of directory trees, read as streams, links refused.

The hash of a directory is the SHA-256 of the listing of its files that ``sha256sum`` would print,
sorted by path in byte order::

    <64 hex digits>  <path relative to the directory, with slashes>\n

Any phone computes it, and so does a shell::

    find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum

A file more, such as a ``.DS_Store``, changes it.
"""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from h3ae_mobile.bundle.errors import BundleError, Code
from h3ae_mobile.bundle.fields import is_safe_path

CHUNK_BYTES = 2**20
MAX_TREE_FILES = 10_000


@dataclass(frozen=True)
class Digest:
    """Size and hash of a file or directory."""

    bytes: int
    sha256: str


def digest(path: Path) -> Digest:
    """Hash a regular file or a directory.

    Raises
    ------
    BundleError
        If there is a symbolic link, anything that is neither file nor directory, or a file name
        that does not travel between systems.
    """
    if not path.is_dir():
        return Digest(path.stat().st_size, file_sha256(path))
    listing = hashlib.sha256()
    total = 0
    for name, file in sorted(tree_files(path).items()):
        listing.update(f"{file_sha256(file)}  {name}\n".encode())
        total += file.stat().st_size
    return Digest(total, listing.hexdigest())


def file_sha256(path: Path) -> str:
    """Hash one file without holding it in memory."""
    hasher = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.hexdigest()


def total_bytes(path: Path) -> int:
    """Size of a file, or of all files of a directory."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in tree_files(path).values())


def tree_files(directory: Path) -> dict[str, Path]:
    """Return the files below `directory` by their relative POSIX paths."""
    files: dict[str, Path] = {}
    pending = [directory]
    while pending:
        for entry in pending.pop().iterdir():
            name = entry.relative_to(directory).as_posix()
            if not is_safe_path(name):
                raise BundleError(
                    "path.escape", f"{directory.name} holds {name!r}, which is no portable name"
                )
            kind = refuse_link(entry)
            if stat.S_ISDIR(kind):
                pending.append(entry)
            elif stat.S_ISREG(kind):
                files[name] = entry
            else:
                raise BundleError("path.symlink", f"{entry.name} is neither file nor directory")
            if len(files) > MAX_TREE_FILES:
                raise BundleError(
                    "path.escape", f"{directory.name} holds more than {MAX_TREE_FILES} files"
                )
    return files


def refuse_link(path: Path) -> int:
    """Return the mode of what lies at `path`; a symbolic link may lead anywhere."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise BundleError("path.symlink", f"{path.name} is a symbolic link")
    return mode


def locate(root: Path, file: str, missing: Code) -> Path:
    """Return the place of the bundle's `file`, with no link on the way.

    Raises
    ------
    BundleError
        With the code `missing` if there is nothing of that name.
    """
    path = root
    for segment in file.split("/"):
        path = path / segment
        try:
            refuse_link(path)
        except OSError:
            raise BundleError(
                missing, f"{file} is missing", "the bundle was not copied or unpacked in full"
            ) from None
    return path
