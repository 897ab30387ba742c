"""Android lint over the built app, from a project description: no Gradle, no SDK.

Usage: lint.py SOURCES... --target DIR --unpacked DIR
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import quoteattr

from locations import JAVA, framework, jars, java_home, pom_property

MAIN = "com.android.tools.lint.Main"


def describe(sources: list[Path], target: Path, unpacked: Path) -> str:
    """Return the description; Kotlin files one by one, as lint reads none out of a folder."""
    app = sources[0]
    # What is read as source must not be on the class path as well: lint's compiler fails over it.
    read = tuple(f"{one.parents[1].name}-" for one in sources)
    entries = (target / "runtime.cp").read_text().strip().split(":")
    classpath = [jar for jar in entries if not Path(jar).name.startswith(read)]
    generated = target / "android" / "r"
    lines = [
        f"<project><root dir={_quoted(app)}/>",
        '<module name="app" android="true" library="false" '
        f'compile-sdk-version="{pom_property("android.compile")}">',
        f"<manifest file={_quoted(target / 'android' / 'AndroidManifest.xml')}/>",
        f"<resource dir={_quoted(app / 'res')}/>",
        f"<resource dir={_quoted(target / 'android' / 'generated-res')}/>",
        *(f"<src file={_quoted(f)}/>" for one in sources for f in sorted(one.rglob("*.kt"))),
        *(f"<src file={_quoted(f)}/>" for f in sorted(generated.rglob("R.java"))),
        *(f"<classpath jar={_quoted(jar)}/>" for jar in [*classpath, framework()]),
        *(f"<lint-checks jar={_quoted(jar)}/>" for jar in sorted(unpacked.glob("*/lint.jar"))),
        "</module></project>",
    ]
    return "\n".join(lines)


def lint(sources: list[Path], target: Path, unpacked: Path) -> int:
    """Run lint and show what it says."""
    project, report = target / "lint-project.xml", target / "lint.txt"
    project.write_text(describe(sources, target, unpacked))
    done = subprocess.run(
        [
            *(*JAVA, "-Xmx2g", "-cp", jars("lint"), MAIN, "--project", project),
            *("--text", report, "--jdk-home", java_home(), "--exitcode", "--quiet"),
            *("--config", sources[0].parents[1] / "lint.xml", "-Werror"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stdout.write(report.read_text() if report.exists() else done.stdout + done.stderr)
    return done.returncode


def _quoted(path: Path | str) -> str:
    return quoteattr(str(Path(path).resolve()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--target", type=Path, required=True)
    parser.add_argument("--unpacked", type=Path, required=True)
    given = parser.parse_args()
    sys.exit(lint(given.sources, given.target, given.unpacked))
