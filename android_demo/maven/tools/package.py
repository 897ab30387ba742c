"""Classes, linked resources, native libraries and the demo bundle: a signed, checked APK.

Usage: package.py debug|release --sources DIR --target DIR --unpacked DIR... [--bundle DIR]

TARGET/runtime.cp holds the class path. Without --bundle, the app has no clip of its own.
"""

from __future__ import annotations

import argparse
import io
import shutil
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import dex
from locations import ANDROID, JAVA, TOOLCHAINS, jars, pom_property, run

ABI = "arm64-v8a"
PAGE = 16384
# What `zipalign` and signers use to say how an entry is aligned.
ALIGNMENT_FIELD = 0xD935
PASSWORD, ALIAS = "android", "androiddebugkey"
SIGN = Path(__file__).with_name("Sign.java")


class Apk:
    """An APK in the making: what is stored lies on 4 bytes, native libraries on 16 KiB."""

    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path, "w")

    def add(self, name: str, data: bytes, *, stored: bool, align: int = 4) -> None:
        """Add an entry, with a fixed date, so that equal inputs give equal APKs."""
        entry = zipfile.ZipInfo(name, (1981, 1, 1, 1, 1, 2))
        entry.external_attr = 0o644 << 16
        entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        if stored:
            begins = self.zip.fp.tell() + 30 + len(name.encode()) + 6
            padding = -begins % align
            field = struct.pack("<HHH", ALIGNMENT_FIELD, 2 + padding, align)
            entry.extra = field + bytes(padding)
        self.zip.writestr(entry, data)


def build(
    mode: str, sources: Path, target: Path, unpacked: list[Path], bundle: Path | None
) -> Path:
    """Build, sign and check one APK."""
    out = target / "android"
    compiled = out / f"{mode}-dex"
    shutil.rmtree(compiled, ignore_errors=True)
    compiled.mkdir(parents=True)
    libraries = [one for root in unpacked for one in (root, *root.iterdir()) if one.is_dir()]
    entries = [Path(p) for p in (target / "runtime.cp").read_text().strip().split(":")]
    own = [dex.archive(target / "classes", out / "own.jar")]
    packed = [
        dex.archive(p, out / f"{p.parents[1].name}.jar") if p.is_dir() else p for p in entries
    ]
    if mode == "release":
        rules = [r for one in libraries if (r := one / "proguard.txt").exists()]
        rules += [out / "proguard.txt", *ANDROID.glob("sdk-*/consumer-rules.pro")]
        dex.release([*own, *packed], rules, out / "mapping.txt", compiled)
    else:
        dex.debug(own, packed, compiled)
    unsigned, signed = out / f"{mode}-unsigned.apk", out / f"h3ae-demo-{mode}.apk"
    write(unsigned, out / "res.ap_", compiled, [*own, *packed], libraries, bundle)
    sign(unsigned, signed)
    return signed


def write(
    path: Path,
    resources: Path,
    compiled: Path,
    classpath: list[Path],
    libraries: list[Path],
    bundle: Path | None,
) -> None:
    """Write the unsigned APK."""
    apk = Apk(path)
    with apk.zip:
        with zipfile.ZipFile(resources) as table:
            for entry in table.infolist():
                plain = entry.compress_type == zipfile.ZIP_STORED
                stored = plain or entry.filename == "resources.arsc"
                apk.add(entry.filename, table.read(entry), stored=stored)
        for file in sorted(compiled.glob("*.dex")):
            apk.add(file.name, file.read_bytes(), stored=False)
        for name, data in sorted(java_resources(classpath).items()):
            apk.add(name, data, stored=False)
        native = {so.name: so for one in libraries for so in (one / "jni" / ABI).glob("*.so")}
        for name, library in sorted(native.items()):
            apk.add(f"lib/{ABI}/{name}", library.read_bytes(), stored=True, align=PAGE)
        if bundle is not None:
            apk.add(f"assets/{bundle.name}.zip", archived(bundle), stored=True)


def archived(bundle: Path) -> bytes:
    """Return a bundle as the archive that docs/bundle.md describes: stored, the manifest first."""
    files = sorted(f for f in bundle.rglob("*") if f.is_file())
    files.sort(key=lambda file: file != bundle / "manifest.json")
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for file in files:
            entry = zipfile.ZipInfo(f"{bundle.name}/{file.relative_to(bundle)}")
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, file.read_bytes())
    return memory.getvalue()


def java_resources(classpath: list[Path]) -> dict[str, bytes]:
    """Return what classes look for on their class path: services, schemas, Kotlin's built-ins."""
    found: dict[str, bytes] = {}
    for jar in classpath:
        with zipfile.ZipFile(jar) as archive:
            for entry in archive.infolist():
                name = entry.filename
                service = name.startswith("META-INF/services/")
                skipped = name.startswith("META-INF/") and not service
                if entry.is_dir() or skipped or name.endswith((".class", ".txt", ".html")):
                    continue
                earlier = found.get(name, b"") if service else b""
                found[name] = earlier + archive.read(entry)
    return found


def sign(unsigned: Path, signed: Path) -> None:
    """Sign with a debug key, made at the first use, and verify."""
    keys = TOOLCHAINS / "debug.p12"
    if not keys.exists():
        subprocess.run(
            [
                *("keytool", "-genkeypair", "-keystore", keys, "-storetype", "PKCS12"),
                *("-storepass", PASSWORD, "-alias", ALIAS, "-keyalg", "RSA", "-keysize", "2048"),
                *("-validity", "10000", "-dname", "CN=Android Debug,O=Android,C=US"),
            ],
            check=True,
            capture_output=True,
        )
    minimum = pom_property("android.min")
    command = (*JAVA, "-cp", jars("apksig"), SIGN, keys, PASSWORD, ALIAS, unsigned, signed)
    sys.stdout.write(run(*command, minimum))
    unsigned.unlink()


def check(apk: Path, bundle: Path | None) -> None:
    """Say what is inside; end if a native library could not be mapped on a 16 KiB page."""
    with zipfile.ZipFile(apk) as archive, apk.open("rb") as stream:
        for entry in archive.infolist():
            if not entry.filename.endswith(".so"):
                continue
            stream.seek(entry.header_offset + 26)
            name, extra = struct.unpack("<HH", stream.read(4))
            offset = entry.header_offset + 30 + name + extra
            aligned = _segments(archive.read(entry))
            fits = offset % PAGE == 0 and entry.compress_type == 0
            fits = fits and all(a % PAGE == 0 for a in aligned)
            shown = "16 KiB aligned" if fits else "NOT 16 KiB ALIGNED"
            sys.stdout.write(f"  {entry.filename} {entry.file_size} bytes, {shown}\n")
            if not fits:
                sys.exit(f"{entry.filename} cannot be loaded on a device with 16 KiB pages")
        dexes = [e.file_size for e in archive.infolist() if e.filename.endswith(".dex")]
        assets = [e for e in archive.infolist() if e.filename.startswith("assets/")]
    inside = sum(e.file_size for e in assets if bundle and bundle.name in e.filename)
    if bundle is not None and inside == 0:
        sys.exit(f"{apk} does not hold {bundle.name}")
    told = f"dex {sum(dexes)}, bundle {inside}"
    sys.stdout.write(f"{apk} {apk.stat().st_size} bytes; {told}\n")


def _segments(elf: bytes) -> set[int]:
    """Return the alignments of a library's loadable segments."""
    headers = struct.unpack_from("<Q", elf, 32)[0]
    size, count = struct.unpack_from("<HH", elf, 54)
    at = [headers + index * size for index in range(count)]
    return {struct.unpack_from("<Q", elf, h + 48)[0] for h in at if elf[h : h + 4] == b"\1\0\0\0"}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["debug", "release"])
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--unpacked", type=Path, nargs="+", required=True)
    parser.add_argument("--bundle", type=Path)
    given = parser.parse_args()
    built = build(given.mode, given.sources, given.target, given.unpacked, given.bundle)
    check(built, given.bundle)
