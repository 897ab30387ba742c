"""The projection of a bundle onto a device, and the operations that cost the most above ideal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from h3ae_mobile.errors import H3AEError
from h3ae_profiling.roofline.calibration import Calibration, calibration_of, seconds_of
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
        For its arithmetic alone, as if memory were free: nothing for layout copies.
    bound : str
        ``compute`` or ``memory``, whichever takes longer.
    """

    cost: OperationCost
    seconds: float
    ideal_s: float
    bound: str

    @property
    def excess_s(self) -> float:
        """What is lost to traffic."""
        return self.seconds - self.ideal_s

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
        """Seconds if this projection is as far off as the worst of the published ones."""
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
                "figures": [
                    {
                        **asdict(one.figure),
                        "projected_s": one.projected,
                        "ratio": one.ratio,
                        "held_out_ratio": one.held_out_ratio,
                    }
                    for one in self.calibration.residuals
                ],
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
    peak = device.flops_per_second.get(precision)
    if peak is None:
        raise H3AEError(
            f"the {device.unit.replace('_', ' ')} of {device.name} runs no {precision}",
            f"choose --precision of {', '.join(device.flops_per_second)}",
        )
    calibration = calibration_of(device.unit)
    rate = peak * calibration.efficiency.compute
    bandwidth = device.bytes_per_second * calibration.efficiency.bandwidth
    return Projection(
        device,
        precision,
        frames,
        calibration,
        tuple(_under(one, rate, bandwidth) for one in operations if one.category != "view"),
    )


def _under(cost: OperationCost, rate: float, bandwidth: float) -> OperationProjection:
    ideal = cost.flops / rate
    seconds = seconds_of(cost.flops, cost.bytes, rate, bandwidth)
    bound = "compute" if seconds <= ideal else "memory"
    return OperationProjection(cost, seconds * cost.calls, ideal * cost.calls, bound)


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
