"""Talks to the worker of one contender."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.host.contender import Contender

# Pools that spin after their work slow whatever runs next by up to a factor of two.
PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0", "GOMP_SPINCOUNT": "0"}


class WorkerProcess:
    """A contender in a process of its own.

    Parameters
    ----------
    contender : Contender
        Whom to measure.

    Raises
    ------
    H3AEError
        If the process cannot begin, or ends before its time.
    """

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `close`)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "h3ae_profiling.host.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **PASSIVE},
            text=True,
            encoding="utf-8",
        )
        try:
            self.versions: dict[str, str] = self.ask("open", **contender.as_json())["versions"]
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, request: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and wait for the answer.

        Raises
        ------
        H3AEError
            If the worker says so, or is gone.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with suppress(BrokenPipeError):
            stdin.write(json.dumps({"do": request, "with": arguments}) + "\n")
            stdin.flush()
        line = stdout.readline()
        if not line:
            raise self._gone()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise H3AEError(f"{self.contender.label}: {answer['error']}", answer["hint"])
        return answer

    def close(self) -> None:
        """End the process."""
        with suppress(BrokenPipeError, OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # After an interrupt nobody waits for the clip to end.
        if error is not None:
            self._process.kill()
        self.close()

    def _gone(self) -> H3AEError:
        code = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        last = f": {lines[-1]}" if lines else ""
        if code == -9:
            return H3AEError(
                f"{self.contender.label}: the measuring process was killed",
                "the system may have run out of memory",
            )
        return H3AEError(f"{self.contender.label}: the measuring process ended ({code}){last}")


def drop_from_cache(path: Path) -> bool:
    """Ask the system to forget the pages of a file or a folder; tell whether it can be asked."""
    advise = getattr(os, "posix_fadvise", None)
    if advise is None:
        return False
    for one in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        handle = os.open(one, os.O_RDONLY)
        try:
            advise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)
    return True
