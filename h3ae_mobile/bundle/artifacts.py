"""What lies in `artifacts/`: one record for each target, graph and precision."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from h3ae_mobile.bundle.fields import (
    ArtifactPath,
    Decibels,
    Dim,
    FileBytes,
    Identifier,
    Label,
    Record,
    Release,
    Sha256,
    Symbol,
    Text,
    violation,
)

Calls = Annotated[int, Field(ge=0, le=1_000_000)]

# Recorded for equal frames: JSON has no infinity.
EQUAL_DB = 200.0


class Parity(Record):
    """How far the saved file is from the reference, measured on real latents.

    Attributes
    ----------
    worst_psnr_db, mean_psnr_db : float
        Over frames, for a peak-to-peak range of 2 (video in [-1, 1]); 200 says equal.
    max_abs : float
        Largest absolute difference.
    threshold_db : float
        What `worst_psnr_db` had to reach.
    frames : int
        Number of frames compared.
    runtime : str
        What ran the file, with its version, for instance ``"onnxruntime 1.31.0"``.
    size : tuple of int
        Height and width of the frames compared; smaller than the video's where a runtime is slow.
    seam_psnr_db, one_shot_psnr_db : float, optional
        Streaming only: the frames at chunk seams, and the stream against the one-shot pass.
    """

    worst_psnr_db: Decibels
    mean_psnr_db: Decibels
    max_abs: Annotated[float, Field(ge=0)]
    threshold_db: Decibels
    frames: Annotated[int, Field(ge=1, le=65_536)]
    runtime: Label
    size: tuple[Dim, Dim]
    seam_psnr_db: Decibels | None = None
    one_shot_psnr_db: Decibels | None = None

    @property
    def passed(self) -> bool:
        """Whether every frame reached the threshold."""
        return self.worst_psnr_db >= self.threshold_db


class ArtifactSpec(Record):
    """What an exporter knows of a file before it is in the bundle.

    Attributes
    ----------
    target : str
        Format: ``coreml``, ``coreai``, ``executorch``, ``onnx``; readers skip what they do not
        know.
    backend : str
        What executes it: ``mlprogram``, ``xnnpack``, ``vulkan``, ``onnxruntime``, ...
    graph : str
        Key in `Manifest.graphs`.
    precision : str
        Of the arithmetic: ``fp32``, ``fp16``, ``int8``, ...
    entry : str
        Name of the method or function in the file.
    io_dtype : str, optional
        Floating type exchanged with this file, where it is not the graph's.
    image_outputs : tuple of str
        Outputs of kind ``frames`` that come as an RGB pixel buffer instead of a tensor.
    states : tuple of str
        Cache inputs of the graph that the runtime holds itself as state; they and their outputs
        are neither passed nor returned.
    minimum_os : dict
        Platform to release, for instance ``{"ios": "17.0", "android": "26"}``.
    compute_units : str, optional
        Core ML's name of the units it was prepared for, for instance ``cpuAndGPU``.
    delegates : dict
        Backend to the number of its delegate calls in this entry.
    options : dict
        Whatever else the exporter wants to state; no reader depends on it.
    parity : Parity, optional
        None says that the file was never checked.
    """

    target: Identifier
    backend: Identifier
    graph: Symbol
    precision: Identifier
    entry: Symbol = "forward"
    io_dtype: Literal["float32", "float16"] | None = None
    image_outputs: Annotated[tuple[Symbol, ...], Field(max_length=16)] = ()
    states: Annotated[tuple[Symbol, ...], Field(max_length=256)] = ()
    minimum_os: dict[Identifier, Release] = Field(default_factory=dict, max_length=16)
    compute_units: Identifier | None = None
    delegates: dict[Identifier, Calls] = Field(default_factory=dict, max_length=16)
    options: dict[Identifier, Text] = Field(default_factory=dict, max_length=64)
    parity: Parity | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from the others of its bundle."""
        return self.target, self.backend, self.graph, self.precision


class Artifact(ArtifactSpec):
    """An `ArtifactSpec` with its file.

    Attributes
    ----------
    file : str
        Relative POSIX path of a file, or of a directory such as ``.mlpackage``. Several
        artifacts may name one file if their entries differ.
    bytes : int
        Of the file, or of all files of the directory.
    sha256 : str
        Of the file, or of the directory's listing (see `h3ae_mobile.bundle.integrity`).
    verified : bool
        Whether parity was measured on the saved file and passed.
    """

    file: ArtifactPath
    bytes: FileBytes
    sha256: Sha256
    verified: bool

    @model_validator(mode="after")
    def _check(self) -> Artifact:
        if self.verified and self.parity is None:
            raise violation("manifest.parity", "verified, but there is no parity record")
        if self.parity is not None and not self.verified:
            raise violation("manifest.parity", "a parity record, but not verified")
        if self.parity is not None and not self.parity.passed:
            raise violation(
                "manifest.parity",
                f"worst frame {self.parity.worst_psnr_db:g} dB misses the threshold of "
                f"{self.parity.threshold_db:g} dB",
            )
        return self
