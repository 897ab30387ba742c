"""Core ML: the unit that its compute plan means every operation to run on. Not yet run on a Mac."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from h3ae_profiling.host.contender import Contender

METHOD = "MLComputePlan"
# coremltools' classes of devices, in the words of a report.
UNITS = {
    "MLCPUComputeDevice": "cpu",
    "MLGPUComputeDevice": "gpu",
    "MLNeuralEngineComputeDevice": "neural_engine",
}
# A bundle's words for units, in those of coremltools.
ASKED = {"cpuOnly": "CPU_ONLY", "cpuAndGPU": "CPU_AND_GPU", "cpuAndNeuralEngine": "CPU_AND_NE"}


def placement(contender: Contender) -> list[dict[str, Any]]:
    """Return the items of a report's placement, of every graph of a decode."""
    import coremltools as ct
    from coremltools.models.compute_plan import MLComputePlan

    asked = ct.ComputeUnit[ASKED.get(contender.compute_units or "all", "ALL")]
    items = []
    for graph in contender.decode.graphs:
        artifact = contender.opened.artifact(
            contender.target, graph, contender.precision, contender.backend
        )
        compiled = ct.models.utils.compile_model(str(contender.opened.path(artifact)))
        plan = MLComputePlan.load_from_path(str(compiled), compute_units=asked)
        items += [{"graph": graph, **one} for one in count(plan, artifact.entry)]
    return items


def count(plan: Any, function: str) -> list[dict[str, Any]]:
    """Return operations and share of the estimated cost by unit; constants run nowhere."""
    operations: Counter[str] = Counter()
    costs: defaultdict[str, float] = defaultdict(float)
    for one in plan.model_structure.program.functions[function].block.operations:
        usage = plan.get_compute_device_usage_for_mlprogram_operation(one)
        if usage is None:
            continue
        unit = UNITS.get(type(usage.preferred_compute_device).__name__, "unknown")
        cost = plan.get_estimated_cost_for_mlprogram_operation(one)
        operations[unit] += 1
        costs[unit] += 0.0 if cost is None else cost.weight
    total = max(sum(costs.values()), 1.0)
    return [
        {"unit": unit, "operations": number, "cost": costs[unit] / total}
        for unit, number in operations.items()
    ]
