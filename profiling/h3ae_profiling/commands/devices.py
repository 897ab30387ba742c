"""What `android` and `ios` share: several devices in turn, and a report kept of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from h3ae_mobile import commandline as cl
from h3ae_mobile.errors import H3AEError
from h3ae_profiling.report import Report, write_report

Device = TypeVar("Device")


def profile_each(
    devices: Iterable[Device],
    profile: Callable[[Device], Report],
    place: Callable[[Report, Device], Path],
    as_json: bool,
) -> None:
    """Profile every device, write its report at once, and tell at the end what failed.

    Raises
    ------
    H3AEError
        With the line of every device that failed.
    """
    reports: list[Report] = []
    failures = []
    for device in devices:
        try:
            report = profile(device)
        except H3AEError as error:
            # One broken phone of a rack must not cost the others' figures.
            failures.append(str(error))
            continue
        path = place(report, device)
        write_report(report, path)
        reports.append(report)
        if not as_json:
            cl.say(str(path))
    if as_json:
        cl.print_json({"reports": [report.model_dump(mode="json") for report in reports]})
    if failures:
        raise H3AEError("; ".join(failures))
