"""Fetch every artifact of a lock into a folder, checked against its SHA-1; what is there stays.

For build tools only, as Maven itself refuses the metadata of some.

Usage: fetch.py TOOL...      locks/TOOL.lock -> the toolchains folder, TOOL/
"""

from __future__ import annotations

import concurrent.futures
import fcntl
import hashlib
import sys
import zipfile
from pathlib import Path

import repository
from locations import MAVEN, say, tool

# Inside apktool's library: a static aapt2. Google's own is in no repository but Google's.
AAPT2 = "prebuilt/linux/aapt2"


def rows(lock: Path) -> list[tuple[str, str, str, str]]:
    """Return group, artifact, version and type of each line."""
    entries = [line.split() for line in lock.read_text().splitlines() if line.strip()]
    return [(*coordinates.split(":"), kind) for _, coordinates, kind in entries]


def fetch(name: str) -> None:
    """Fill one tool's folder."""
    folder = tool(name)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # steps of the build run side by side
        _fill(name, folder)


def _fill(name: str, folder: Path) -> None:
    wanted = {f"{a}-{v}.{t}": repository.path(g, a, v, t) for g, a, v, t in rows(_lock(name))}
    missing = {file: where for file, where in wanted.items() if not (folder / file).exists()}
    for stranger in set(folder.glob("*.jar")) - {folder / file for file in wanted}:
        stranger.unlink()
    if missing:
        repository.address()  # asked once, before the threads below would all ask Maven
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        total = sum(pool.map(lambda item: _one(name, folder / item[0], item[1]), missing.items()))
    if missing:
        say(f"{name}: {len(missing)} files, {total / 1e6:.1f} MB")
    if name == "aapt2":
        _unpack_aapt2(folder, next(iter(wanted)))


def _lock(name: str) -> Path:
    return MAVEN / "locks" / f"{name}.lock"


def _one(name: str, target: Path, where: str) -> int:
    data, digest = repository.get(where), repository.get(where + ".sha1")
    if data is None or digest is None:
        sys.exit(f"{name}: the Maven repository has no {where}")
    if hashlib.sha1(data).hexdigest() != digest.decode().split()[0]:
        sys.exit(f"{name}: {where} has a wrong SHA-1")
    beside = target.with_suffix(".part")
    beside.write_bytes(data)
    beside.replace(target)
    return len(data)


def _unpack_aapt2(folder: Path, library: str) -> None:
    program = folder / "aapt2"
    if program.exists():
        return
    with zipfile.ZipFile(folder / library) as archive:
        beside = program.with_suffix(".part")
        beside.write_bytes(archive.read(AAPT2))
    beside.chmod(0o755)
    beside.replace(program)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        fetch(argument)
