"""What this machine says of itself."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import psutil

from h3ae_profiling.report import Device, OperatingSystem, ThermalState


def this_device() -> Device:
    """Return this machine, as far as its system tells."""
    system = platform.system()
    return Device(
        kind="computer",
        name=platform.machine() if system == "Linux" else f"{system} {platform.machine()}",
        model=_field("/sys/devices/virtual/dmi/id/product_name") or platform.machine(),
        processor=_processor(),
        cores=available_cores(),
        memory_bytes=psutil.virtual_memory().total,
        os=OperatingSystem(
            name=system or "unknown",
            version=platform.mac_ver()[0] or platform.release() or "unknown",
        ),
    )


def available_cores() -> int:
    """Return the cores that this process may use, which a container may have fewer of."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def load_note() -> str:
    """Return how busy the machine is, for a reader who wonders about the times."""
    average = getattr(os, "getloadavg", None)
    if average is None:
        return ""
    return f"load average before the run: {average()[0]:.2f} on {available_cores()} cores"


def power() -> str:
    """Return what feeds the machine: ``battery``, ``mains`` or ``unknown``."""
    battery = psutil.sensors_battery()
    if battery is None or battery.power_plugged is None:
        return "unknown"
    return "mains" if battery.power_plugged else "battery"


def thermal_state() -> ThermalState:
    """Return ``nominal`` to ``critical`` by the hottest sensor's own limits, if there are any."""
    sensors: dict[str, list[Any]] = getattr(psutil, "sensors_temperatures", dict)()
    hottest: float | None = None
    for readings in sensors.values():
        for one in readings:
            if one.high and one.critical and one.critical > one.high:
                share = (one.current - one.high) / (one.critical - one.high)
                hottest = share if hottest is None else max(hottest, share)
    if hottest is None:
        return "unknown"
    if hottest < -0.5:
        return "nominal"
    return "fair" if hottest < 0 else "serious" if hottest < 1 else "critical"


def _processor() -> str:
    for line in (_field("/proc/cpuinfo") or "").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip() or "unknown"
    return platform.processor() or platform.machine() or "unknown"


def _field(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
