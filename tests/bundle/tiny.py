"""A whole bundle of a few kilobytes, made by the real writer; its artifacts are no programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from h3ae_mobile.bundle import (
    ArtifactSpec,
    Bundle,
    BundleWriter,
    ClipDecode,
    FrameCounts,
    Graph,
    Model,
    Parity,
    Schedule,
    TensorSpec,
    Tolerance,
    Video,
)

SIZE = 32
CHANNELS = 4
FRAMES = 9


def tensor(name: str, shape: tuple[int, ...]) -> TensorSpec:
    return TensorSpec(name=name, shape=shape, dtype="float32", layout="TCHW", kind=name)


FEATURES = (8, SIZE // 4, SIZE // 4)
GRAPHS = {
    "decoder_temporal": Graph(
        role="temporal",
        inputs=(tensor("latents", (2, CHANNELS, 1, 1)),),
        outputs=(tensor("features", (FRAMES, *FEATURES)),),
    ),
    "decoder_frame": Graph(
        role="frame",
        inputs=(tensor("features", (1, *FEATURES)),),
        outputs=(tensor("frames", (1, 3, SIZE, SIZE)),),
    ),
}
SCHEDULE = Schedule(
    clip=ClipDecode(
        temporal="decoder_temporal",
        frame="decoder_frame",
        frames_per_call=1,
        latents=2,
        frames=FRAMES,
    )
)
MODEL = Model(
    name="tiny",
    config={"name": "tiny"},
    compression=(8, 32, 32),
    latent_channels=CHANNELS,
    latent_mean=(0.0, 0.5, -0.25, 0.125),
    latent_std=(1.0, 2.0, 0.5, 1.5),
    parameters=1234,
    checkpoint_sha256="3f" * 32,
    licence="Apache-2.0",
    note="No network at all: bytes for tests of readers.",
)
VIDEO = Video(height=SIZE, width=SIZE, frames=FRAMES, frame_law=FrameCounts(temporal=8))


def parity(worst: float = 120.5) -> Parity:
    return Parity(
        worst_psnr_db=worst,
        mean_psnr_db=worst + 1,
        max_abs=1e-6,
        threshold_db=100.0,
        frames=FRAMES,
        runtime="none",
        size=(SIZE, SIZE),
    )


def spec(graph: str, **changes: object) -> ArtifactSpec:
    fields = {
        "target": "executorch",
        "backend": "xnnpack",
        "graph": graph,
        "precision": "fp32",
        "entry": graph,
        "delegates": {"XnnpackBackend": 1},
        "parity": parity(),
    }
    return ArtifactSpec.model_validate(fields | changes)


def sources(folder: Path) -> tuple[Path, Path]:
    """Write the files of two artifacts: a program of two methods and a package of one."""
    program = folder / "decoder.pte"
    program.write_bytes(b"no program")
    package = folder / "decoder_frame.mlpackage"
    weights = package / "Data" / "com.apple.CoreML" / "weights"
    weights.mkdir(parents=True)
    (package / "Manifest.json").write_text("{}\n")
    (weights.parent / "model.mlmodel").write_bytes(b"no model")
    (weights / "weight.bin").write_bytes(bytes(range(64)))
    return program, package


def golden_arrays() -> tuple[np.ndarray, np.ndarray]:
    """Return latents and all frames of the clip, in float32."""
    latents = np.linspace(-2, 2, 2 * CHANNELS, dtype=np.float32).reshape(2, CHANNELS, 1, 1)
    ramp = np.linspace(-1, 1, FRAMES * 3 * SIZE * SIZE, dtype=np.float32)
    return latents, ramp.reshape(FRAMES, 3, SIZE, SIZE)


def add_everything(writer: BundleWriter, folder: Path) -> None:
    """Add the artifacts and golden vectors; `folder` holds the sources."""
    program, package = sources(folder)
    for graph in GRAPHS:
        writer.add_artifact(program, spec(graph))
    writer.add_artifact(
        package,
        spec(
            "decoder_frame",
            target="coreml",
            backend="mlprogram",
            precision="fp16",
            entry="main",
            delegates={},
            minimum_os={"ios": "17.0"},
            parity=None,
        ),
        allow_unverified=True,
    )
    latents, frames = golden_arrays()
    writer.add_golden(
        latents=latents,
        frames=frames[[8]],
        frame_indices=[8],
        source="A ramp, CC0.",
        tolerance={"fp32": Tolerance(max_abs=1e-3, psnr_db=60)},
    )


def finish(writer: BundleWriter) -> None:
    writer.finish(
        model=MODEL,
        video=VIDEO,
        graphs=GRAPHS,
        schedule=SCHEDULE,
        created_by={"h3ae-mobile": "0.1.0"},
    )


def write_tiny(path: Path, scratch: Path) -> Bundle:
    """Write the bundle at `path`, its sources in the empty folder `scratch`."""
    with BundleWriter(path) as writer:
        add_everything(writer, scratch)
        finish(writer)
    return Bundle.open(path)
