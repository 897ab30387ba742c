"""Metrics that need published network weights: LPIPS, FloLPIPS and rFVD, from paths the user gives.

Nothing is downloaded. LPIPS reads one safetensors file; the optical flow of FloLPIPS and the I3D
network of rFVD are TorchScript programs, since their networks are published in many variants.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from h3ae_mobile.errors import H3AEError
from h3ae_mobile.evaluation.lpips import LPIPS

Frames = NDArray[np.uint8]
Array = NDArray[np.float64]

I3D_SIZE = 224
RIDGE = 1e-9


@dataclass(frozen=True)
class PerceptualPaths:
    """Where the user keeps the weights; None leaves a metric out.

    Attributes
    ----------
    lpips : Path, optional
        ``.safetensors`` of AlexNet's convolutions and the linear heads, see `docs/evaluation.md`.
    flow : Path, optional
        TorchScript: two batches `(B, 3, H, W)` in [0, 1] to the flow `(B, 2, H, W)` in pixels.
    i3d : Path, optional
        TorchScript: `(B, 3, T, 224, 224)` in [-1, 1] to features `(B, D)`.
    """

    lpips: Path | None = None
    flow: Path | None = None
    i3d: Path | None = None


class PerceptualMetrics:
    """The metrics whose weights are there.

    Raises
    ------
    H3AEError
        If a file is missing or unusable, named, with what it must hold.
    """

    def __init__(self, paths: PerceptualPaths) -> None:
        if paths.flow is not None and paths.lpips is None:
            raise H3AEError("FloLPIPS weights LPIPS by the flow", "give --lpips as well")
        self.lpips = LPIPS.load(paths.lpips) if paths.lpips is not None else None
        self.flow = _program(paths.flow, "an optical flow network (FloLPIPS)")
        self.i3d = _program(paths.i3d, "an I3D network (rFVD)")
        given = (paths.lpips, paths.flow, paths.i3d)
        self.identity = [None if path is None else _digest(path) for path in given]

    @torch.inference_mode()
    def score(self, original: Frames, reconstruction: Frames) -> dict[str, float | list[float]]:
        """Return `lpips`, `flolpips` and the clip's features for rFVD, as far as they are set."""
        scores: dict[str, float | list[float]] = {}
        one, other = _tensor(original), _tensor(reconstruction)
        if self.lpips is not None:
            pairs = zip(torch.split(one, 1), torch.split(other, 1), strict=True)
            maps = torch.cat([self.lpips.maps(a, b) for a, b in pairs])
            scores["lpips"] = float(maps.mean())
            if self.flow is not None and len(one) > 1:
                scores["flolpips"] = float(self._flow_weighted(maps, one, other))
        if self.i3d is not None and len(one) > 1:
            for name, clip in (("original", one), ("reconstruction", other)):
                scores[f"features_{name}"] = self._features(clip)
        return scores

    def _flow_weighted(self, maps: Tensor, one: Tensor, other: Tensor) -> Tensor:
        """Weight LPIPS by where motion differs (FloLPIPS: Danier et al., 2022)."""
        means = []
        for index in range(len(one) - 1):
            flows = [
                self.flow(*torch.split((clip[index : index + 2] + 1) / 2, 1))  # type: ignore[misc]
                for clip in (one, other)
            ]
            difference = (flows[0] - flows[1]).norm(dim=1, keepdim=True)
            total = difference.sum()
            uniform = torch.full_like(difference, 1 / difference.numel())
            weights = difference / total if total > 0 else uniform
            means.append((weights * maps[index : index + 1]).sum())
        return torch.stack(means).mean()

    def _features(self, clip: Tensor) -> list[float]:
        small = torch.nn.functional.interpolate(
            clip, (I3D_SIZE, I3D_SIZE), mode="bilinear", align_corners=False
        )
        features: Tensor = self.i3d(small.transpose(0, 1)[None])  # type: ignore[misc]
        return [float(value) for value in features.flatten()]


def frechet_distance(one: Array, other: Array) -> float:
    """Return the Frechet distance of two Gaussians fitted to features `(N, D)`.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)); the trace of the root by the eigenvalues of the
    symmetric C1^(1/2) C2 C1^(1/2).
    """
    means = one.mean(0), other.mean(0)
    first, second = (np.cov(x, rowvar=False).reshape(x.shape[1], -1) for x in (one, other))
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    product = np.linalg.eigvalsh(root @ second @ root)
    cross = np.sqrt(np.clip(product, 0, None)).sum()
    distance = np.square(means[0] - means[1]).sum() + np.trace(first) + np.trace(second) - 2 * cross
    return float(max(distance, 0.0))


def _program(path: Path | None, purpose: str) -> torch.jit.ScriptModule | None:
    if path is None:
        return None
    if not path.is_file():
        raise H3AEError(f"there is no {path}: {purpose} as a TorchScript file belongs there")
    try:
        program: torch.jit.ScriptModule = torch.jit.load(  # type: ignore[no-untyped-call]
            str(path), map_location="cpu"
        ).eval()
    except (RuntimeError, ValueError) as error:
        raise H3AEError(f"{path} is no TorchScript program: {str(error).splitlines()[0]}") from None
    return program


def _tensor(frames: Frames) -> Tensor:
    return torch.from_numpy(frames.transpose(0, 3, 1, 2).astype(np.float32)) / 127.5 - 1


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
