"""Bundles of a small network that no exporter wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from h3ae_export.plan import make_plan
from h3ae_export.reference import make_reference
from h3ae_export.request import ExportRequest
from h3ae_mobile.bundle import BundleWriter, parse_manifest
from h3ae_mobile.bundle.artifacts import ArtifactSpec
from h3ae_mobile.bundle.integrity import digest
from h3ae_mobile.bundle.model import FrameCounts, Model, Tolerance, Video
from h3ae_mobile.checkpoint import load_checkpoint, save_checkpoint
from h3ae_mobile.mobile.builder import Extent, GraphBuilder
from h3ae_mobile.mobile.options import MobileOptions
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from tests.bundle.edits import edit
from tests.bundle.samples import minimal
from tests.models.tiny import config


def manifest_only(folder: Path, changes: dict[str, Any] | None = None) -> Path:
    """Write the manifest of 17 x 64 x 64 alone, which is all that a projection reads."""
    model = config(latent_channels=4, stages=(*_stages(),))
    document = edit(
        minimal(),
        {
            "model.config": model.model_dump(mode="json"),
            **(changes or {}),
        },
    )
    data = json.dumps(document).encode()
    parse_manifest(data)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_bytes(data)
    return folder


def _stages() -> list[Any]:
    # The minimal manifest has features of 8 channels.
    first, second, *rest = config().stages
    return [first, second.model_copy(update={"width": 8}), *rest]


def torch_bundle(folder: Path) -> tuple[Path, Path]:
    """Write a bundle of every way to decode, whose artifact is no program; return its checkpoint.

    Torch runs the graphs without artifacts: the schedule, the golden vectors and the hash of the
    checkpoint are real.
    """
    checkpoint = folder / "tiny.safetensors"
    torch.manual_seed(0)
    save_checkpoint(checkpoint, VideoAutoencoder(config()))
    network = load_checkpoint(checkpoint).model
    extent = Extent(64, 64, frames=17, frames_per_call=4)
    request = ExportRequest(
        model=str(checkpoint),
        out=folder / "ways.h3ae",
        targets=(),
        components=("decoder", "i2v"),
        mode="both",
        extent=extent,
        window=2,
    )
    builder = GraphBuilder(network, extent, MobileOptions(window=2))
    plan = make_plan(request, builder)
    reference = make_reference(network, extent, 2, None, i2v=True)
    program = folder / "none.bin"
    program.write_bytes(b"no program")
    with BundleWriter(request.out) as writer:
        for name in plan.specs:
            spec = ArtifactSpec(
                target="executorch", backend="none", graph=name, precision="fp32", entry=name
            )
            writer.add_artifact(program, spec, allow_unverified=True)
        writer.add_golden(
            latents=reference.latents.astype("float16"),
            frames=reference.frames[[0, 8, 16]],
            frame_indices=[0, 8, 16],
            source=reference.source,
            tolerance={"fp32": Tolerance(max_abs=1e-3, psnr_db=80.0)},
            image=reference.image,
        )
        writer.finish(
            model=Model(
                name="tiny",
                config=network.config.model_dump(mode="json"),
                compression=network.config.compression,
                latent_channels=network.config.latent_channels,
                latent_mean=tuple(network.latent_mean.tolist()),
                latent_std=tuple(network.latent_std.tolist()),
                parameters=sum(one.numel() for one in network.parameters()),
                checkpoint_sha256=digest(checkpoint).sha256,
                licence="CC0-1.0",
            ),
            video=Video(
                height=64,
                width=64,
                frames=17,
                frame_law=FrameCounts(temporal=network.config.compression[0]),
            ),
            graphs=plan.specs,
            schedule=plan.schedule,
            created_by={"tests": "1"},
        )
    return request.out, checkpoint
