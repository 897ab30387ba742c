"""Two valid manifests as plain JSON: the least there can be, and one that uses every field."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def tensor(name: str, shape: list[int], kind: str) -> Json:
    layout = "TCHW"[-len(shape) :]
    return {"name": name, "shape": shape, "dtype": "float32", "layout": layout, "kind": kind}


LATENTS = tensor("latents", [3, 4, 2, 2], "latents")
LATENT = tensor("latents", [1, 4, 2, 2], "latents")
FEATURES = tensor("features", [17, 8, 16, 16], "features")
FEATURE_0 = tensor("feature_0", [1, 8, 16, 16], "condition")
CACHE_IN = tensor("cache_00_in", [2, 8, 2, 2], "cache")
CACHE_OUT = tensor("cache_00_out", [2, 8, 2, 2], "cache")


def graph(role: str, inputs: list[Json], outputs: list[Json], **fields: Any) -> Json:
    return {"role": role, "inputs": inputs, "outputs": outputs, **fields}


CLIP_GRAPHS = {
    "decoder_temporal": graph("temporal", [LATENTS], [FEATURES]),
    "decoder_frame": graph(
        "frame",
        [tensor("features", [1, 8, 16, 16], "features")],
        [tensor("frames", [1, 3, 64, 64], "frames")],
    ),
}
OTHER_GRAPHS = {
    "decoder_first": graph(
        "first", [LATENT], [tensor("features", [1, 8, 16, 16], "features"), CACHE_OUT]
    ),
    "decoder_next": graph(
        "next",
        [LATENT, CACHE_IN],
        [tensor("features", [8, 8, 16, 16], "features"), CACHE_OUT],
        caches=[{"input": "cache_00_in", "output": "cache_00_out"}],
    ),
    "encoder_clip": graph("encoder", [tensor("video", [17, 3, 64, 64], "video")], [LATENTS]),
    "encoder_image": graph(
        "image_encoder", [tensor("image", [1, 3, 64, 64], "image")], [LATENT, FEATURE_0]
    ),
    "decoder_temporal_i2v": graph("temporal", [LATENTS, FEATURE_0], [FEATURES]),
}
# A second size, 64 x 96.
WIDE_GRAPHS = {
    "decoder_temporal_64x96": graph(
        "temporal",
        [tensor("latents", [3, 4, 2, 3], "latents")],
        [tensor("features", [17, 8, 16, 24], "features")],
    ),
    "decoder_frame_64x96": graph(
        "frame",
        [tensor("features", [1, 8, 16, 24], "features")],
        [tensor("frames", [1, 3, 64, 96], "frames")],
    ),
}
CLIP = {
    "temporal": "decoder_temporal",
    "frame": "decoder_frame",
    "frames_per_call": 1,
    "latents": 3,
    "frames": 17,
}
PARITY = {
    "worst_psnr_db": 120.5,
    "mean_psnr_db": 125.0,
    "max_abs": 2e-6,
    "threshold_db": 100.0,
    "frames": 17,
    "runtime": "executorch 1.5.1",
    "size": [64, 64],
}


def program(name: str, **fields: Any) -> Json:
    """Return the artifact of one method of a multi-method program."""
    return {
        "target": "executorch",
        "backend": "xnnpack",
        "graph": name,
        "precision": "fp32",
        "entry": name,
        "file": "artifacts/decoder.pte",
        "bytes": 8,
        "sha256": "1d" * 32,
        "parity": PARITY,
        "verified": True,
        **fields,
    }


def golden_tensor(name: str, shape: list[int], dtype: str, size: int, suffix: str = "") -> Json:
    return {
        "file": f"golden/{name}{suffix}.safetensors",
        "tensor": name,
        "dtype": dtype,
        "shape": shape,
        "bytes": size,
        "sha256": "2e" * 32,
    }


_MINIMAL = {
    "schema_version": "1.0",
    "name": "minimal",
    "created_by": {"h3ae-mobile": "0.1.0"},
    "model": {
        "name": "h3ae-demo",
        "config": {},
        "compression": [8, 32, 32],
        "latent_channels": 4,
        "latent_mean": [0.0, 0.5, -0.25, 0.125],
        "latent_std": [1.0, 2.0, 0.5, 1.5],
        "parameters": 123456,
        "checkpoint_sha256": "3f" * 32,
        "licence": "Apache-2.0",
    },
    "video": {"height": 64, "width": 64, "frames": 17, "frame_law": {"temporal": 8}},
    "graphs": CLIP_GRAPHS,
    "artifacts": [program(name) for name in CLIP_GRAPHS],
    "schedule": {"clip": CLIP},
}

_PACKAGE = {
    "target": "coreml",
    "backend": "mlprogram",
    "precision": "fp16",
    "entry": "main",
    "bytes": 8,
    "delegates": {},
    "minimum_os": {"ios": "17.0", "macos": "14"},
    "compute_units": "cpuAndGPU",
    "io_dtype": "float16",
    "options": {"output": "image"},
}

_FULL = {
    **_MINIMAL,
    "schema_version": "1.2",
    "name": "full",
    "created_by": {"h3ae-mobile": "0.1.0", "torch": "2.13.0", "executorch": "1.5.1"},
    "model": {
        **_MINIMAL["model"],
        "config": {"name": "h3ae-demo", "stages": [{"kind": "spatial", "width": 8}], "patch": 1},
        "note": "Weights for tests; they decode to noise.",
    },
    "video": {
        "height": 64,
        "width": 64,
        "frames": 17,
        "frame_law": {"temporal": 8, "first": 1},
        "value_range": [-1, 1],
        "colour": {"space": "bt709", "transfer": "srgb", "range": "full"},
        "channel_order": "RGB",
        "fps": 29.97,
    },
    "graphs": {**CLIP_GRAPHS, **OTHER_GRAPHS, **WIDE_GRAPHS},
    "artifacts": [
        *(program(name, delegates={"XnnpackBackend": 1}) for name in (*CLIP_GRAPHS, *WIDE_GRAPHS)),
        *(
            program(
                name,
                delegates={"XnnpackBackend": 1},
                parity={**PARITY, "seam_psnr_db": 119.0, "one_shot_psnr_db": 200},
            )
            for name in OTHER_GRAPHS
        ),
        program(
            "decoder_frame",
            **_PACKAGE,
            file="artifacts/decoder_frame.mlpackage",
            sha256="4a" * 32,
            image_outputs=["frames"],
        ),
        program(
            "decoder_next",
            **_PACKAGE,
            file="artifacts/decoder_next.mlpackage",
            sha256="5b" * 32,
            states=["cache_00_in"],
            parity=None,
            verified=False,
        ),
    ],
    "schedule": {
        "clip": CLIP,
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
            "conditions": [{"output": "feature_0", "input": "feature_0"}],
            "clip": {**CLIP, "temporal": "decoder_temporal_i2v"},
            "stream": None,
        },
        "encode": {"graph": "encoder_clip", "frames": 17, "latents": 3},
    },
    "sizes": [
        {
            "height": 64,
            "width": 96,
            "schedule": {
                "clip": {
                    **CLIP,
                    "temporal": "decoder_temporal_64x96",
                    "frame": "decoder_frame_64x96",
                },
                "stream": None,
                "i2v": None,
                "encode": None,
            },
            "golden": {
                "source": "A synthetic clip, CC0.",
                "latents": golden_tensor("latents", [3, 4, 2, 3], "float32", 368, "-64x96"),
                "frames": golden_tensor("frames", [1, 3, 64, 96], "float16", 36944, "-64x96"),
                "frame_indices": [16],
                "image": golden_tensor("image", [1, 3, 64, 96], "uint8", 18512, "-64x96"),
                "conditioned": None,
                "tolerance": {"fp32": {"max_abs": 1e-3, "psnr_db": 60.0}},
            },
        }
    ],
    "memory": {
        "stages": {
            "decoder_temporal": {"weights": 4000, "activations": 9000, "caches": 0},
            "decoder_next": {"weights": 4000, "activations": 900, "caches": 256},
            "decoder_temporal_64x96": {"weights": 4000, "activations": 12000, "caches": 0},
        },
        "peak": 14000,
        "method": "weights and activations as planned by the runtime",
    },
    "golden": {
        "source": "A synthetic clip, CC0.",
        "latents": golden_tensor("latents", [3, 4, 2, 2], "float32", 272),
        "frames": golden_tensor("frames", [2, 3, 64, 64], "float16", 49232),
        "frame_indices": [0, 16],
        "image": golden_tensor("image", [1, 3, 64, 64], "uint8", 12368),
        "conditioned": golden_tensor("conditioned", [2, 3, 64, 64], "float16", 49240),
        "tolerance": {
            "fp32": {"max_abs": 1e-3, "psnr_db": 60.0},
            "fp16": {"max_abs": 0.05, "psnr_db": 45.0},
        },
    },
}


def minimal() -> Json:
    """Return a clip decoder with nothing optional in it."""
    return json.loads(json.dumps(_MINIMAL))


def full() -> Json:
    """Return a bundle of every schedule, with every optional field."""
    return json.loads(json.dumps(_FULL))
