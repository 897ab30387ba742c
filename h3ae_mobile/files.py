"""Outputs are written beside their place and moved into it when they are whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from h3ae_mobile.errors import H3AEError


def _storage_error(path: Path, error: OSError) -> H3AEError:
    reason = error.strerror or str(error)
    return H3AEError(f"cannot write {path}: {reason}", "choose another place with --out")


def check_place(path: Path) -> None:
    """Refuse a place that nothing can be written to, before the work for it is done.

    Raises
    ------
    H3AEError
        If the nearest place above that exists takes no folder: it is a file, or read-only.
    """
    try:
        parent = next(parent for parent in path.absolute().parents if parent.exists())
        # To try is the only sure way to know: permissions do not tell of read-only mounts.
        Path(tempfile.mkdtemp(dir=parent, prefix=f".{path.stem}.")).rmdir()
    except OSError as error:
        raise _storage_error(path, error) from error


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; move it into place when the block ends well.

    The temporary name keeps the suffix, since many writers choose their format by it. Whatever
    ends the block early (an error, a full disk, an interrupt) leaves `path` as it was.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix
        )
        os.close(handle)
    except OSError as error:
        raise _storage_error(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise _storage_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_directory(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Yield an empty temporary directory beside `path`; move it into place when all went well.

    An existing directory of that name is refused, or with `replace` kept until the new one is
    complete and only then removed.
    """
    path = Path(path)
    if path.exists() and not replace:
        raise H3AEError(f"{path} exists already", "remove it or choose another --out")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as error:
        raise _storage_error(path, error) from error
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        if path.exists():
            retired = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
            try:
                path.replace(retired / "old")
                temporary.replace(path)
            except BaseException:  # an interrupt between the two moves must not lose the old one
                if not path.exists() and (retired / "old").exists():
                    (retired / "old").replace(path)
                raise
            finally:
                if path.exists():  # where the old one could not return, it stays aside
                    shutil.rmtree(retired, ignore_errors=True)
        else:
            temporary.replace(path)
    except OSError as error:
        raise _storage_error(path, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
