"""Damage done to a whole bundle, and the error every reader must give for it.

``python -m tests.bundle.mutations`` writes ``tests/golden/bundles`` anew: one valid bundle, the
same as an archive, and ``mutations.json``, whose operations any language can do on a copy.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from h3ae_mobile.bundle import pack
from tests.bundle.tiny import write_tiny

BUNDLES = Path(__file__).parents[1] / "golden" / "bundles"

PROGRAM = "artifacts/decoder.pte"
PACKAGE = "artifacts/decoder_frame.mlpackage"
WEIGHTS = f"{PACKAGE}/Data/com.apple.CoreML/weights/weight.bin"
GOLDEN = "golden/frames.safetensors"


@dataclass(frozen=True)
class Mutation:
    """One operation on a copy of the bundle.

    Attributes
    ----------
    op : str
        ``delete`` a file or folder; ``truncate`` to half its bytes; ``append`` a zero byte;
        ``flip`` all bits of the last byte; ``add`` a new file of one zero byte; ``link``: move
        the file or folder out of the bundle and put a symbolic link in its place.
    """

    name: str
    op: str
    file: str
    code: str


MUTATIONS = [
    Mutation("manifest-missing", "delete", "manifest.json", "manifest.missing"),
    Mutation("manifest-truncated", "truncate", "manifest.json", "manifest.json"),
    Mutation("manifest-linked", "link", "manifest.json", "path.symlink"),
    Mutation("program-missing", "delete", PROGRAM, "artifact.missing"),
    Mutation("program-truncated", "truncate", PROGRAM, "artifact.size"),
    Mutation("program-longer", "append", PROGRAM, "artifact.size"),
    Mutation("program-changed", "flip", PROGRAM, "artifact.hash"),
    Mutation("program-linked", "link", PROGRAM, "path.symlink"),
    Mutation("artifacts-linked", "link", "artifacts", "path.symlink"),
    Mutation("package-missing", "delete", PACKAGE, "artifact.missing"),
    Mutation("weights-missing", "delete", WEIGHTS, "artifact.size"),
    Mutation("weights-changed", "flip", WEIGHTS, "artifact.hash"),
    Mutation("weights-linked", "link", WEIGHTS, "path.symlink"),
    Mutation("package-extra-file", "add", f"{PACKAGE}/Data/extra", "artifact.size"),
    Mutation("package-hidden-file", "add", f"{PACKAGE}/.DS_Store", "path.escape"),
    Mutation("golden-missing", "delete", GOLDEN, "golden.missing"),
    Mutation("golden-truncated", "truncate", GOLDEN, "golden.size"),
    Mutation("golden-changed", "flip", GOLDEN, "golden.hash"),
    Mutation("golden-linked", "link", GOLDEN, "path.symlink"),
]


def mutate(root: Path, op: str, file: str) -> None:
    """Do it to the bundle at `root`; what is moved out of it lands beside it."""
    path = root / file
    if op == "delete":
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif op == "truncate":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif op == "append":
        path.write_bytes(path.read_bytes() + b"\0")
    elif op == "flip":
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 0xFF]))
    elif op == "add":
        path.write_bytes(b"\0")
    elif op == "link":
        outside = root.parent / "outside"
        path.rename(outside)
        path.symlink_to(outside)
    else:
        raise ValueError(op)


def write(folder: Path) -> None:
    """Write the bundle, its archive and the list of mutations into `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        bundle = write_tiny(folder / "tiny.h3ae", Path(scratch))
    pack(bundle)
    rows = [dataclasses.asdict(mutation) for mutation in MUTATIONS]
    (folder / "mutations.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    shutil.rmtree(BUNDLES, ignore_errors=True)
    write(BUNDLES)
