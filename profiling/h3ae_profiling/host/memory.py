"""Memory of the calling process."""

from __future__ import annotations

import platform
import resource
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

SAMPLE_S = 0.01


def method() -> str:
    """Return what is read here."""
    return "VmHWM" if platform.system() == "Linux" else "ru_maxrss"


def resident_bytes() -> int:
    """Return what is resident now."""
    return int(psutil.Process().memory_info().rss)


def forget_peak() -> None:
    """Let the peak begin anew, where the system allows it."""
    # Writing 5 resets the high-water mark (Linux, proc(5)); elsewhere the process is young.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """Return the most that was resident since `forget_peak`."""
    with suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        line = next(line for line in lines if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024


class Recorder:
    """Samples the resident memory in a thread, from `start` to `stop`."""

    def __init__(self) -> None:
        self.samples: list[tuple[float, int]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._record, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> list[tuple[float, int]]:
        """End, and return moments in seconds with bytes."""
        self._stop.set()
        self._thread.join()
        return self.samples

    def _record(self) -> None:
        begin = time.perf_counter()
        while not self._stop.is_set():
            self.samples.append((time.perf_counter() - begin, resident_bytes()))
            self._stop.wait(SAMPLE_S)
