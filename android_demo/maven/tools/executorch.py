"""Unpack ExecuTorch's Java API and Android libraries out of the npm package that carries them.

The AAR of ExecuTorch is not on the registries that this build uses.

Usage: executorch.py OUT CLASSES      -> OUT/executorch/jni/ABI/*.so, CLASSES/org/pytorch/...
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from locations import TOOLCHAINS, say

PACKAGE = "react-native-executorch@0.8.4"
CLASSES_JAR = "package/android/libs/classes.jar"
LIBRARIES = "package/third-party/android/libs/executorch/"


def archive() -> Path:
    """Return the package's archive, fetched once."""
    folder = TOOLCHAINS / "executorch"
    found = folder / (PACKAGE.replace("@", "-") + ".tgz")
    if not found.exists():
        if shutil.which("npm") is None:
            sys.exit("npm is not installed; on Debian: apt-get install npm")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as beside:
            command = ["npm", "pack", PACKAGE, "--silent", "--pack-destination", beside]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            packed = list(Path(beside).glob("*.tgz"))
            if done.returncode or not packed:
                sys.exit(f"npm could not fetch {PACKAGE}: {done.stderr.strip()[-500:]}")
            packed[0].replace(found)
        say(f"{PACKAGE}: {found.stat().st_size / 1e6:.1f} MB")
    return found


def unpack(out: Path, classes: Path) -> None:
    """Unpack what an app needs; what is there already stays."""
    folder = out / "executorch"
    stamp = folder / ".stamp"
    if stamp.exists() and stamp.read_text() == PACKAGE and classes.is_dir():
        return
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(archive()) as tar:
        for entry in tar:
            if entry.name == CLASSES_JAR:
                with zipfile.ZipFile(io.BytesIO(tar.extractfile(entry).read())) as jar:
                    names = [n for n in jar.namelist() if not n.startswith("META-INF/")]
                    jar.extractall(classes, names)
            elif entry.name.startswith(LIBRARIES) and entry.isfile():
                target = folder / "jni" / entry.name.removeprefix(LIBRARIES)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(tar.extractfile(entry).read())
    stamp.write_text(PACKAGE)


if __name__ == "__main__":
    unpack(*(Path(argument) for argument in sys.argv[1:]))
