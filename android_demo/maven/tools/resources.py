"""What AGP's resource tasks do: merge manifests, compile and link resources, write R classes.

Usage: resources.py APP_SOURCES TARGET NAMESPACE UNPACKED_DIR[:UNPACKED_DIR]

Writes TARGET/android/{AndroidManifest.xml,res.ap_,r/,proguard.txt}, and for Robolectric
TARGET/test-classes/com/android/tools/test_config.properties.
"""

from __future__ import annotations

import concurrent.futures
import re
import shutil
import sys
from pathlib import Path

from locations import JAVA, framework, jars, pom_property, run, say, tool

GENERATED = "generated-res"
MERGER = "com.android.manifmerger.Merger"
CONFIG = "com/android/tools/test_config.properties"


def build(sources: Path, target: Path, namespace: str, libraries: list[Path]) -> None:
    """Build all of it."""
    out = target / "android"
    out.mkdir(parents=True, exist_ok=True)
    manifest = merge(sources, out, namespace, libraries)
    tables = compile_all(sources, out, libraries)
    link(out, manifest, libraries, tables)
    write_config(target, out, manifest, namespace)
    say(f"{len(libraries)} libraries, {len(tables)} tables of resources")


def merge(sources: Path, out: Path, namespace: str, libraries: list[Path]) -> Path:
    """Merge the manifests; Gradle keeps the package out of the source, the merger wants it in."""
    main, merged = out / "main-manifest.xml", out / "AndroidManifest.xml"
    text = (sources / "AndroidManifest.xml").read_text()
    main.write_text(text.replace("<manifest ", f'<manifest package="{namespace}" ', 1))
    values = {
        "MIN_SDK_VERSION": pom_property("android.min"),
        "TARGET_SDK_VERSION": pom_property("android.target"),
        "VERSION_CODE": pom_property("app.version.code"),
        "VERSION_NAME": pom_property("app.version.name"),
        "PACKAGE": namespace,
    }
    manifests = [m for library in libraries if (m := library / "AndroidManifest.xml").exists()]
    properties = [word for n, v in values.items() for word in ("--property", f"{n}={v}")]
    libs = ":".join(str(m) for m in manifests)
    run(
        *(*JAVA, "-cp", jars("merger"), MERGER, "--main", main, "--libs", libs),
        *(*properties, "--out", merged, "--log", "WARNING"),
    )
    return merged


def compile_all(sources: Path, out: Path, libraries: list[Path]) -> list[Path]:
    """Compile resources: one archive a library, kept while its name, and so its version, stays."""
    flat = out / "flat"
    flat.mkdir(exist_ok=True)

    def compiled(library: Path) -> Path | None:
        resources = library / "res"
        if not resources.is_dir() or not any(f.is_file() for f in resources.rglob("*")):
            return None
        archive = flat / f"{library.name}.zip"
        if not archive.exists():
            _aapt2("compile", "--legacy", "--dir", resources, "-o", archive)
        return archive

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        tables = [archive for archive in pool.map(compiled, libraries) if archive]
    generate(out)
    own = {"own": sources / "res", "generated": out / GENERATED}
    for name, folder in own.items():
        _aapt2("compile", "--dir", folder, "-o", flat / f"{name}.zip")
    return [*tables, *(flat / f"{name}.zip" for name in own)]


def generate(out: Path) -> None:
    """Write what `resValue` of build.gradle.kts says."""
    values = out / GENERATED / "values" / "generated.xml"
    values.parent.mkdir(parents=True, exist_ok=True)
    version = pom_property("executorch.version")
    string = f'<string name="executorch_version" translatable="false">{version}</string>'
    values.write_text(f"<resources>{string}</resources>\n")


def link(out: Path, manifest: Path, libraries: list[Path], tables: list[Path]) -> None:
    """Link one table; every library package gets an R of its own over it."""
    sources = out / "r"
    shutil.rmtree(sources, ignore_errors=True)
    with_r = [one for one in libraries if (t := one / "R.txt").exists() and t.stat().st_size]
    packages = sorted({_package(one / "AndroidManifest.xml") for one in with_r})
    assets = [word for one in libraries if (a := one / "assets").is_dir() for word in ("-A", a)]
    _aapt2(
        *("link", "-I", framework(), "--manifest", manifest, "-o", out / "res.ap_"),
        *("--java", sources, "--auto-add-overlay", "--no-version-vectors", "--non-final-ids"),
        *("--min-sdk-version", pom_property("android.min")),
        *("--target-sdk-version", pom_property("android.target")),
        *("--proguard", out / "proguard.txt", "--extra-packages", ":".join(packages)),
        *(*assets, *(word for table in tables for word in ("-R", table))),
    )


def write_config(target: Path, out: Path, manifest: Path, namespace: str) -> None:
    """Tell Robolectric where the app's resources are; it looks on the test class path."""
    config = target / "test-classes" / CONFIG
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(
        f"android_merged_manifest={manifest.resolve()}\n"
        f"android_resource_apk={out.resolve()}/res.ap_\n"
        f"android_custom_package={namespace}\n"
    )


def _package(manifest: Path) -> str:
    found = re.search(r'\bpackage="([^"]+)"', manifest.read_text())
    if found is None:
        sys.exit(f"{manifest} names no package")
    return found[1]


def _aapt2(*arguments: str | Path) -> None:
    run(tool("aapt2") / "aapt2", *arguments)


if __name__ == "__main__":
    app, destination, name, roots = sys.argv[1:]
    unpacked = sorted(d for root in roots.split(":") for d in Path(root).iterdir() if d.is_dir())
    build(Path(app), Path(destination), name, unpacked)
