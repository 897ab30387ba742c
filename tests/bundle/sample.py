"""A small bundle that uses every part of the format, as plain JSON."""

from __future__ import annotations

import copy
from typing import Any

Json = dict[str, Any]


def tensor(name: str, shape: list[int], kind: str, dtype: str = "float32") -> Json:
    layout = "TCHW"[-len(shape) :]
    return {"name": name, "shape": shape, "dtype": dtype, "layout": layout, "kind": kind}


def _graphs() -> Json:
    latents = tensor("latents", [1, 4, 2, 2], "latents")
    cache_in = tensor("conv0", [2, 8, 2, 2], "cache")
    cache_out = tensor("conv0_next", [2, 8, 2, 2], "cache")
    return {
        "decoder_temporal": {
            "role": "temporal",
            "inputs": [tensor("latents", [3, 4, 2, 2], "latents")],
            "outputs": [tensor("features", [17, 8, 16, 16], "features")],
        },
        "decoder_frame": {
            "role": "frame",
            "inputs": [tensor("features", [1, 8, 16, 16], "features")],
            "outputs": [tensor("frames", [1, 3, 64, 64], "frames")],
        },
        "decoder_first": {
            "role": "first",
            "inputs": [latents],
            "outputs": [tensor("features", [1, 8, 16, 16], "features"), cache_out],
        },
        "decoder_next": {
            "role": "next",
            "inputs": [latents, cache_in],
            "outputs": [tensor("features", [8, 8, 16, 16], "features"), cache_out],
            "caches": [{"input": "conv0", "output": "conv0_next"}],
        },
        "encoder_clip": {
            "role": "encoder",
            "inputs": [tensor("video", [17, 3, 64, 64], "video")],
            "outputs": [tensor("latents", [3, 4, 2, 2], "latents")],
        },
        "encoder_image": {
            "role": "image_encoder",
            "inputs": [tensor("image", [1, 3, 64, 64], "image")],
            "outputs": [
                tensor("latents", [1, 4, 2, 2], "latents"),
                tensor("feature0", [1, 8, 16, 16], "condition"),
            ],
        },
        "decoder_temporal_i2v": {
            "role": "temporal",
            "inputs": [
                tensor("latents", [3, 4, 2, 2], "latents"),
                tensor("condition0", [1, 8, 16, 16], "condition"),
            ],
            "outputs": [tensor("features", [17, 8, 16, 16], "features")],
        },
    }


def _artifact(graph: str, **fields: Any) -> Json:
    return {
        "target": "executorch",
        "backend": "xnnpack",
        "graph": graph,
        "precision": "fp32",
        "entry": graph,
        "file": "artifacts/demo.pte",
        "bytes": 4,
        "sha256": "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
        "delegates": {"XnnpackBackend": 1},
        "parity": {
            "worst_psnr_db": 120.5,
            "mean_psnr_db": 125.0,
            "max_abs": 2e-6,
            "threshold_db": 100.0,
            "frames": 17,
            "runtime": "executorch 1.5.1",
            "size": [64, 64],
        },
        "verified": True,
        **fields,
    }


def _golden(name: str, shape: list[int], dtype: str) -> Json:
    return {
        "file": f"golden/{name}.safetensors",
        "tensor": name,
        "dtype": dtype,
        "shape": shape,
        "bytes": 200,
        "sha256": "0" * 64,
    }


def manifest() -> Json:
    """Return a fresh, valid manifest."""
    graphs = _graphs()
    clip = {
        "temporal": "decoder_temporal",
        "frame": "decoder_frame",
        "frames_per_call": 1,
        "latents": 3,
        "frames": 17,
    }
    document = {
        "schema_version": "1.0",
        "name": "sample",
        "created_by": {"h3ae-mobile": "0.1.0", "torch": "2.13.0"},
        "model": {
            "name": "h3ae-demo",
            "config": {"name": "h3ae-demo", "stages": [{"kind": "spatial", "width": 8}]},
            "compression": [8, 32, 32],
            "latent_channels": 4,
            "latent_mean": [0.0, 0.5, -0.25, 0.125],
            "latent_std": [1.0, 2.0, 0.5, 1.5],
            "parameters": 123456,
            "checkpoint_sha256": "ab" * 32,
            "licence": "Apache-2.0",
            "note": "Weights of a test.",
        },
        "video": {
            "height": 64,
            "width": 64,
            "frames": 17,
            "frame_law": {"temporal": 8, "first": 1},
            "value_range": [-1, 1],
            "colour": {"space": "bt709", "transfer": "srgb", "range": "full"},
            "channel_order": "RGB",
            "fps": 24.0,
        },
        "graphs": graphs,
        "artifacts": [
            *(_artifact(graph) for graph in graphs),
            _artifact(
                "decoder_frame",
                target="coreml",
                backend="mlprogram",
                precision="fp16",
                entry="main",
                file="artifacts/decoder_frame.mlpackage",
                bytes=8,
                sha256="cd" * 32,
                delegates={},
                image_outputs=["frames"],
                minimum_os={"ios": "17.0", "macos": "14.0"},
                compute_units="cpuAndGPU",
                io_dtype="float16",
            ),
            _artifact(
                "decoder_next",
                target="coreml",
                backend="mlprogram",
                precision="fp16",
                entry="main",
                file="artifacts/decoder_next.mlpackage",
                bytes=8,
                sha256="ef" * 32,
                delegates={},
                states=["conv0"],
                parity=None,
                verified=False,
            ),
        ],
        "schedule": {
            "clip": clip,
            "stream": {
                "first": "decoder_first",
                "next": "decoder_next",
                "frame": "decoder_frame",
                "frames_per_call": 1,
                "attention_window": 7,
                "frames_first": 1,
                "frames_next": 8,
            },
            "i2v": {
                "encoder": "encoder_image",
                "conditions": [{"output": "feature0", "input": "condition0"}],
                "clip": {**clip, "temporal": "decoder_temporal_i2v"},
            },
            "encode": {"graph": "encoder_clip", "frames": 17, "latents": 3},
        },
        "memory": {
            "stages": {
                "decoder_temporal": {"weights": 4000, "activations": 9000, "caches": 0},
                "decoder_frame": {"weights": 1000, "activations": 2000, "caches": 0},
            },
            "peak": 14000,
            "method": "sum of weights and the largest pair of activations",
        },
        "golden": {
            "source": "a synthetic clip",
            "latents": _golden("latents", [3, 4, 2, 2], "float32"),
            "frames": _golden("frames", [2, 3, 64, 64], "float16"),
            "frame_indices": [0, 16],
            "tolerance": {
                "fp32": {"max_abs": 1e-3, "psnr_db": 60.0},
                "fp16": {"max_abs": 0.05, "psnr_db": 45.0},
            },
        },
    }
    return copy.deepcopy(document)
