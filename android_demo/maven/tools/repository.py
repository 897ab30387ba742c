"""Reading from the Maven repository that Maven itself is set up for."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

from locations import MAVEN

ATTEMPTS = 4


@functools.cache
def address() -> str:
    """Return its address: ``$MAVEN_REPO_URL``, else what Maven's own settings say."""
    if url := os.environ.get("MAVEN_REPO_URL"):
        return url.rstrip("/")
    expression = "-Dexpression=project.repositories[0].url"
    said = subprocess.run(
        ["mvn", "-q", "-B", "-N", "help:evaluate", expression, "-DforceStdout"],
        capture_output=True,
        text=True,
        check=False,
        cwd=MAVEN,
    ).stdout
    found = re.search(r"https?://[^\s<\x1b]+", said)
    if found is None:
        sys.exit("Maven names no repository; set MAVEN_REPO_URL")
    return found[0].rstrip("/")


def path(group: str, artifact: str, version: str, extension: str) -> str:
    """Return where an artifact lies in a repository."""
    return f"{group.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}.{extension}"


def get(where: str) -> bytes | None:
    """Return a file, None if the repository has none; a refused or broken transfer is an error."""
    for attempt in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(f"{address()}/{where}", timeout=300) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                return None
            reason = f"HTTP {error.code}"
        except OSError as error:
            reason = str(error)
        time.sleep(attempt)
    sys.exit(f"could not fetch {where}: {reason}")
