"""Unpack AARs: each into OUT/NAME/ (manifest, resources, native libraries, rules, lint checks).

All their classes are merged into one folder, so that dependents need one ordinary dependency.

Usage: aar.py AAR_DIR OUT CLASSES
"""

from __future__ import annotations

import io
import shutil
import sys
import zipfile
from pathlib import Path

SERVICES = "META-INF/services/"
SKIPPED = ("META-INF/MANIFEST.MF", "module-info.class")


def unpack(source: Path, out: Path, classes: Path) -> None:
    """Unpack all, unless the same AARs have been unpacked by the same code."""
    archives = sorted(source.glob("*.aar"))
    stamp, mark = out / ".stamp", "\n".join(a.name for a in archives) + Path(__file__).read_text()
    if stamp.exists() and stamp.read_text() == mark and classes.is_dir():
        return
    for folder in (out, classes):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    services: dict[str, list[str]] = {}
    for archive in archives:
        with zipfile.ZipFile(archive) as aar:
            names = aar.namelist()
            kept = [n for n in names if not n.endswith(".jar") or n.startswith("assets/")]
            aar.extractall(out / archive.stem, [*kept, *(n for n in names if n == "lint.jar")])
            for name in names:
                if name == "classes.jar" or (name.startswith("libs/") and name.endswith(".jar")):
                    _merge(aar.read(name), classes, services, archive.name)
    for name, lines in services.items():
        _write(classes / name, ("\n".join(lines) + "\n").encode())
    stamp.write_text(mark)


def _merge(jar: bytes, classes: Path, services: dict[str, list[str]], origin: str) -> None:
    with zipfile.ZipFile(io.BytesIO(jar)) as archive:
        for entry in archive.infolist():
            name = entry.filename
            if entry.is_dir() or name in SKIPPED:
                continue
            if name.startswith(SERVICES):
                services.setdefault(name, []).append(archive.read(entry).decode().strip())
                continue
            if name.endswith(".class") and (classes / name).exists():
                sys.exit(f"{name} is in {origin} and in another AAR")
            _write(classes / name, archive.read(entry))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    unpack(*(Path(argument) for argument in sys.argv[1:]))
