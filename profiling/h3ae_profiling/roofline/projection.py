"""The projection of a bundle onto a device, and the operations that cost the most above ideal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.roofline.calibration import Calibration, Residual, Roof, calibration_of
from h3ae_profiling.roofline.devices import RoofDevice
from h3ae_profiling.roofline.operations import OperationCost

LABEL = "projection, not a measurement"


@dataclass(frozen=True)
class OperationProjection:
    """One operation under the roof, all its calls of a clip.

    Attributes
    ----------
    seconds : float
        Projected.
    ideal_s : float
        For its arithmetic alone, as if memory and starts were free: nothing for layout copies.
    bound : str
        ``compute``, ``memory`` or ``start``, whichever takes longest.
    """

    cost: OperationCost
    seconds: float
    ideal_s: float
    bound: str

    @property
    def excess_s(self) -> float:
        """What is lost to traffic and starts."""
        return self.seconds - self.ideal_s

    @property
    def remedy(self) -> str:
        """What would spare it."""
        if self.cost.category in ("elementwise", "reduction"):
            return "fuse with a neighbour"
        if self.bound == "start":
            return "fewer, larger calls"
        if self.cost.category == "layout":
            return "keep the layout"
        return "smaller tensors between layers" if self.bound == "memory" else "less work"

    def as_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            **asdict(self.cost),
            "shape": list(self.cost.shape),
            "intensity": self.cost.intensity,
            "seconds": self.seconds,
            "ideal_s": self.ideal_s,
            "excess_s": self.excess_s,
            "bound": self.bound,
            "remedy": self.remedy,
        }


@dataclass(frozen=True)
class Projection:
    """What a clip would cost on a device.

    Attributes
    ----------
    frames : int
        Of the clip.
    operations : tuple of OperationProjection
        In order of execution.
    """

    device: RoofDevice
    precision: str
    frames: int
    calibration: Calibration
    operations: tuple[OperationProjection, ...]

    @property
    def seconds(self) -> float:
        """Of a clip."""
        return sum(one.seconds for one in self.operations)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Seconds if this projection is as far off as the worst of those that were not fitted."""
        ratios = self.calibration.ratios
        return None if ratios is None else (self.seconds / ratios[1], self.seconds / ratios[0])

    def dearest(self, count: int) -> list[OperationProjection]:
        """Return the operations with the most time above the ideal, equal ones joined."""
        return sorted(_joined(self.operations), key=lambda one: -one.excess_s)[:count]

    def by_category(self) -> dict[str, tuple[float, float]]:
        """Return seconds and seconds above the ideal by category of operation."""
        found: dict[str, tuple[float, float]] = {}
        for one in self.operations:
            seconds, excess = found.get(one.cost.category, (0.0, 0.0))
            found[one.cost.category] = seconds + one.seconds, excess + one.excess_s
        return found

    def as_json(self, top: int) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "label": LABEL,
            "device": self.device.identifier,
            "unit": self.device.unit,
            "precision": self.precision,
            "frames": self.frames,
            "latency_s": self.seconds,
            "interval_s": self.interval,
            "frames_per_second": self.frames / self.seconds,
            "flops": sum(one.cost.flops * one.cost.calls for one in self.operations),
            "bytes": sum(one.cost.bytes * one.cost.calls for one in self.operations),
            "categories": {
                name: {"seconds": seconds, "excess_s": excess}
                for name, (seconds, excess) in self.by_category().items()
            },
            "calibration": {
                "note": self.calibration.note,
                "efficiency": asdict(self.calibration.efficiency),
                "typical_error": self.calibration.typical_error,
                "figures": [_residual_json(one) for one in self.calibration.residuals],
                "checks": [_residual_json(one) for one in self.calibration.checks],
            },
            "sources": list(self.device.sources),
            "dearest": [one.as_json() for one in self.dearest(top)],
        }


def project(
    operations: Sequence[OperationCost], device: RoofDevice, precision: str, frames: int
) -> Projection:
    """Project a clip onto a device.

    Raises
    ------
    H3AEError
        If the device's unit does not run that precision.
    """
    if precision not in device.flops_per_second:
        raise H3AEError(
            f"the {device.unit.replace('_', ' ')} of {device.name} runs no {precision}",
            f"choose --precision of {', '.join(device.flops_per_second)}",
        )
    calibration = calibration_of(device.unit)
    roof = Roof.of(device, precision, calibration.efficiency)
    return Projection(
        device,
        precision,
        frames,
        calibration,
        tuple(_under(one, roof) for one in operations if one.category != "view"),
    )


def _under(cost: OperationCost, roof: Roof) -> OperationProjection:
    parts = {
        "compute": cost.flops / roof.flops_per_second,
        "memory": cost.bytes / roof.bytes_per_second,
        "start": roof.start_s,
    }
    bound = max(parts, key=lambda name: parts[name])
    seconds = roof.seconds(cost.flops, cost.bytes) * cost.calls
    return OperationProjection(cost, seconds, parts["compute"] * cost.calls, bound)


def _residual_json(one: Residual) -> dict[str, Any]:
    return {
        **asdict(one.figure),
        "projected_s": one.projected,
        "ratio": one.ratio,
        "held_out_ratio": one.held_out_ratio,
    }


def _joined(operations: Iterable[OperationProjection]) -> Iterable[OperationProjection]:
    """Join operations of one sort, shape and stage: one line for what one change would fix."""
    groups: dict[tuple[object, ...], list[OperationProjection]] = {}
    for one in operations:
        key = (one.cost.graph, one.cost.kind, one.cost.shape, one.cost.flops, one.cost.bytes)
        groups.setdefault(key, []).append(one)
    for members in groups.values():
        first, others = members[0].cost, len(members) - 1
        cost = replace(
            first,
            calls=sum(one.cost.calls for one in members),
            name=f"{first.name} and {others} more" if others else first.name,
        )
        yield OperationProjection(
            cost,
            sum(one.seconds for one in members),
            sum(one.ideal_s for one in members),
            members[0].bound,
        )
