"""The delegates of ExecuTorch that graphs can be lowered to."""

from __future__ import annotations

from typing import Any

from h3ae_export.settings import Backend, TargetSettings
from h3ae_export.targets.coreml.tools import coremltools

# Keys of `ArtifactSpec.delegates`, as the runtime's registry knows them.
RUNTIME_NAMES: dict[Backend, str] = {
    "xnnpack": "XnnpackBackend",
    "coreml": "CoreMLBackend",
    "vulkan": "VulkanBackend",
}

# What the prebuilt runtimes of ExecuTorch ask for.
_APPLE = {"ios": "17.0", "macos": "14.0"}
_ANDROID = {"android": "23"}


def minimum_os(settings: TargetSettings) -> dict[str, str]:
    """Return the oldest systems that a program runs on."""
    if settings.backend == "vulkan":
        return _ANDROID
    if settings.backend == "xnnpack":
        return {**_ANDROID, **_APPLE}
    return _APPLE if settings.deployment_target == "ios17" else {"ios": "18.0", "macos": "15.0"}


def make_partitioner(settings: TargetSettings) -> Any:
    """Return the partitioner of the backend; its package is installed."""
    if settings.backend == "coreml":
        return _coreml(settings)
    if settings.backend == "vulkan":
        from executorch.backends.vulkan.partitioner.vulkan_partitioner import VulkanPartitioner

        # The graph stays in fp32, and Vulkan would store and compute what it is given.
        return VulkanPartitioner({"force_fp16": settings.precision == "fp16"})
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

    return XnnpackPartitioner()


def _coreml(settings: TargetSettings) -> Any:
    with coremltools() as ct:
        from executorch.backends.apple.coreml.compiler import CoreMLBackend
        from executorch.backends.apple.coreml.partition.coreml_partitioner import (
            CoreMLPartitioner,
        )

        units = {
            "all": ct.ComputeUnit.ALL,
            "cpuOnly": ct.ComputeUnit.CPU_ONLY,
            "cpuAndGPU": ct.ComputeUnit.CPU_AND_GPU,
            "cpuAndNeuralEngine": ct.ComputeUnit.CPU_AND_NE,
        }
        specs = CoreMLBackend.generate_compile_specs(
            compute_unit=units[settings.compute_units],
            minimum_deployment_target=(
                ct.target.iOS17 if settings.deployment_target == "ios17" else ct.target.iOS18
            ),
            compute_precision=(
                ct.precision.FLOAT16 if settings.precision == "fp16" else ct.precision.FLOAT32
            ),
        )
        return CoreMLPartitioner(compile_specs=specs)
