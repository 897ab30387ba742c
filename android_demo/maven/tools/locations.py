"""Where things are: one place for every path that the tools share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

MAVEN = Path(__file__).resolve().parent.parent
ANDROID = MAVEN.parent
TOOLCHAINS = ANDROID.parent / ".toolchains" / "android"
# For programs that run for seconds on few cores: what a second compiler and more collectors cost,
# they do not give back. On a busy machine R8 took 196 seconds of processor with them, 96 without.
JAVA = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
REPOSITORY = Path(os.environ.get("M2", Path.home() / ".m2" / "repository"))


def tool(name: str) -> Path:
    """Return the folder of a build tool that `fetch.py` filled."""
    return TOOLCHAINS / name


def jars(name: str) -> str:
    """Return a tool's class path."""
    return str(tool(name) / "*")


def pom_property(name: str) -> str:
    """Return a property of the parent POM."""
    found = re.search(rf"<{re.escape(name)}>(.*?)</", (MAVEN / "pom.xml").read_text())
    if found is None:
        sys.exit(f"pom.xml has no property {name}")
    return found[1]


def framework() -> Path:
    """Return the jar of Android's framework that Robolectric publishes."""
    version = pom_property("android.all")
    return REPOSITORY / f"org/robolectric/android-all/{version}/android-all-{version}.jar"


def java_home() -> Path:
    """Return the home of the JDK in use."""
    javac = shutil.which("javac")
    if javac is None:
        sys.exit("javac is not installed; on Debian: apt-get install openjdk-17-jdk-headless")
    return Path(javac).resolve().parent.parent


def run(*command: str | Path) -> str:
    """Run a tool and return what it prints; end with what it says if it fails."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        shown = " ".join(str(c) for c in command)[:300]
        sys.exit(f"{shown}\n{(done.stdout + done.stderr)[-6000:]}")
    return done.stdout


def say(line: str) -> None:
    """Tell what was done."""
    sys.stderr.write(line + "\n")
