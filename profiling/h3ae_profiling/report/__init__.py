"""The one format in which Python, Swift and Kotlin tell what a decoder did on a device."""

from h3ae_profiling.report.device import Device, Engine, OperatingSystem, Protocol, ThermalState
from h3ae_profiling.report.distribution import Distribution, quantile
from h3ae_profiling.report.errors import ReportError
from h3ae_profiling.report.memory import Memory, MemorySample, StagePeak
from h3ae_profiling.report.output import OutputCheck, Sheet
from h3ae_profiling.report.report import Report, parse_report, read_report, write_report
from h3ae_profiling.report.subject import Subject, Workload
from h3ae_profiling.report.sustained import Interval, Sustained
from h3ae_profiling.report.timing import (
    Loads,
    Operation,
    Operations,
    Placement,
    PlacementItem,
    Stage,
)

__all__ = [
    "Device",
    "Distribution",
    "Engine",
    "Interval",
    "Loads",
    "Memory",
    "MemorySample",
    "OperatingSystem",
    "Operation",
    "Operations",
    "OutputCheck",
    "Placement",
    "PlacementItem",
    "Protocol",
    "Report",
    "ReportError",
    "Sheet",
    "Stage",
    "StagePeak",
    "Subject",
    "Sustained",
    "ThermalState",
    "Workload",
    "parse_report",
    "quantile",
    "read_report",
    "write_report",
]
