"""Where and how it was measured."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from h3ae_mobile.bundle.fields import Identifier, Label, Record, Text
from h3ae_profiling.report.fields import Bytes, Count, Moment

# Apple's words. Android's: none is nominal; light and moderate fair; severe serious; the rest
# critical.
ThermalState = Literal["nominal", "fair", "serious", "critical", "unknown"]


class OperatingSystem(Record):
    """What runs the device, for instance iOS, 18.1, 22B83."""

    name: Label
    version: Label
    build: Annotated[str, Field(max_length=200)] = ""


class Device(Record):
    """The machine.

    Attributes
    ----------
    kind : str
        What an emulator or a simulator measures says nothing about a phone: no gate passes it.
    name : str
        As its maker sells it.
    model : str
        As the system calls it, for instance ``iPhone17,2``.
    processor : str
        Chip or processor, as far as the system tells.
    """

    kind: Literal["phone", "tablet", "computer", "emulator", "simulator"]
    name: Label
    model: Label
    processor: Label
    cores: Annotated[int, Field(ge=1, le=4096)]
    memory_bytes: Bytes
    os: OperatingSystem


class Engine(Record):
    """The runtime.

    Attributes
    ----------
    versions : dict
        Of everything that took part, for instance ``{"executorch": "1.5.1", "torch": "2.13.0"}``.
    compute_units : str, optional
        That were asked for; `Report.placement` tells which ran.
    checker : bool
        The runtime exists to check files and is slow by design, as Core AI's on Linux: its times
        stand in no table of speeds, and no gate on speed passes them.
    """

    name: Identifier
    versions: Annotated[dict[Identifier, Label], Field(min_length=1, max_length=64)]
    compute_units: Identifier | None = None
    checker: bool = False


class Protocol(Record):
    """How the samples were taken.

    Attributes
    ----------
    warmup : int
        Clips decoded before the first sample.
    repetitions : int
        Clips measured.
    threads : int, optional
        Of the runtime; None: its own choice.
    pause_s : float
        Rest between two clips.
    isolated : bool
        Whether the process ran nothing else; engines that share one disturb each other.
    interleaved_with : tuple of str
        Labels of the runs that took turns with this one, clip by clip.
    stages_overlap : bool
        Whether stages run at the same time, so that they may add up to more than the clip.
    power : str
        What fed the device.
    low_power_mode : bool, optional
        None where the system has none or does not tell.
    thermal_before, thermal_after : str
        Around the samples.
    note : str
        Whatever else a reader should know.
    """

    warmup: Annotated[int, Field(ge=0, le=100_000)]
    repetitions: Count
    threads: Annotated[int, Field(ge=1, le=4096)] | None = None
    pause_s: Moment = 0.0
    isolated: bool
    interleaved_with: Annotated[tuple[Label, ...], Field(max_length=64)] = ()
    stages_overlap: bool = False
    power: Literal["battery", "mains", "unknown"]
    low_power_mode: bool | None = None
    thermal_before: ThermalState
    thermal_after: ThermalState
    note: Text = ""
