"""Class files to dex: D8 for a debug build, R8 for a release."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

from locations import JAVA, TOOLCHAINS, framework, jars, java_home, pom_property, run

# A young generation that holds what one class leaves behind.
HEAP = ("-Xms2g", "-Xmn1200m", "-Xmx3g")
DEFAULTS = Path(__file__).with_name("agp-defaults.pro")


def _common(tool: str, *mode: str) -> tuple[str | Path, ...]:
    # The framework's jar has no java.*, which android.jar of an SDK has: the JDK gives it.
    return (
        *(*JAVA, *HEAP, "-cp", jars("r8"), f"com.android.tools.r8.{tool}", *mode),
        *("--lib", framework(), "--lib", java_home(), "--min-api", pom_property("android.min")),
    )


def archive(classes: Path, out: Path) -> Path:
    """Return a jar of a folder of classes: the dexers take no folders."""
    with zipfile.ZipFile(out, "w") as jar:
        for file in sorted(classes.rglob("*")):
            if file.is_file():
                jar.write(file, file.relative_to(classes))
    return out


def debug(own: list[Path], libraries: list[Path], out: Path) -> None:
    """Dex without optimising; libraries once, for as long as they stay the same."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(j.read_bytes()).digest() for j in libraries))
    cache = TOOLCHAINS / "dex" / digest.hexdigest()[:16]
    if not cache.is_dir():
        beside = cache.with_suffix(".part")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        run(*_common("D8", "--debug"), "--output", beside, *libraries)
        beside.rename(cache)
    paths = [word for jar in libraries for word in ("--classpath", jar)]
    run(*_common("D8", "--debug"), *paths, "--output", out, *own)
    count = len(list(out.glob("*.dex")))
    for index, file in enumerate(sorted(cache.glob("*.dex")), count + 1):
        shutil.copy(file, out / f"classes{index}.dex")


def release(jars_in: list[Path], rules: list[Path], mapping: Path, out: Path) -> None:
    """Shrink and dex everything at once."""
    given = [word for rule in [DEFAULTS, *rules] for word in ("--pg-conf", rule)]
    run(*_common("R8", "--release"), "--output", out, "--pg-map-output", mapping, *given, *jars_in)
