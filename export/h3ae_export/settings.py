"""What an export is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from h3ae_mobile.mobile.options import Precision

Backend = Literal["xnnpack", "coreml", "vulkan"]
DeploymentTarget = Literal["ios17", "ios18"]
ComputeUnits = Literal["all", "cpuOnly", "cpuAndGPU", "cpuAndNeuralEngine"]


@dataclass(frozen=True)
class TargetSettings:
    """Choices that a target may read; each ignores what is not its own.

    Attributes
    ----------
    precision : {"fp32", "fp16"}
        Of weights and arithmetic.
    backend : {"xnnpack", "coreml", "vulkan"}
        ExecuTorch's delegate.
    deployment_target : {"ios17", "ios18"}
        Oldest system that a Core ML package must run on.
    compute_units : {"all", "cpuOnly", "cpuAndGPU", "cpuAndNeuralEngine"}
        Core ML's units, recorded for whoever loads the package.
    image_output : bool
        Core ML: the frame stage emits an RGB pixel buffer instead of a tensor (k = 1).
    stateful : bool
        Core ML: keep a stream's caches as states of the runtime, as Core AI always does.
    full_size_check : bool
        Core AI: run the saved file at its full size, which takes minutes, and not a small one.
    """

    precision: Precision = "fp32"
    backend: Backend = "xnnpack"
    deployment_target: DeploymentTarget = "ios17"
    compute_units: ComputeUnits = "all"
    image_output: bool = False
    stateful: bool = False
    full_size_check: bool = False
