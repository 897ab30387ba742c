"""Two valid reports as plain JSON: the least there can be, and one that uses every field."""

from __future__ import annotations

import json
from typing import Any

from h3ae_profiling.report import quantile

Json = dict[str, Any]


def distribution(*samples: float) -> Json:
    return {
        "samples_s": list(samples),
        "p50_s": round(quantile(samples, 0.5), 9),
        "p90_s": round(quantile(samples, 0.9), 9),
        "p99_s": round(quantile(samples, 0.99), 9),
    }


def stage(graph: str, calls: int, *samples: float) -> Json:
    return {"graph": graph, "calls": calls, "clip": distribution(*samples)}


_MINIMAL: Json = {
    "schema_version": "1.0",
    "label": "demo on a phone",
    "created": "2026-11-20T19:47:23Z",
    "created_by": {"h3ae-mobile": "0.1.0"},
    "subject": {
        "bundle": "h3ae-demo",
        "bundle_sha256": "3f" * 32,
        "model": "h3ae-demo",
        "target": "coreml",
        "backend": "mlprogram",
        "precision": "fp16",
    },
    "workload": {"mode": "clip", "frames": 17, "height": 512, "width": 512},
    "device": {
        "kind": "phone",
        "name": "iPhone 16 Pro Max",
        "model": "iPhone17,2",
        "processor": "A18 Pro",
        "cores": 6,
        "memory_bytes": 8_589_934_592,
        "os": {"name": "iOS", "version": "18.1"},
    },
    "engine": {"name": "coreml", "versions": {"coreml": "18.1"}},
    "protocol": {
        "warmup": 2,
        "repetitions": 4,
        "isolated": True,
        "power": "battery",
        "thermal_before": "nominal",
        "thermal_after": "fair",
    },
    "load": {},
    "clip": distribution(0.42, 0.44, 0.43, 0.45),
    "frames_per_second": 39.08046,
}

_OPTIONAL: Json = {
    "session": "20261120-a",
    "load": {
        "first_s": 41.5,
        "cold": distribution(1.9, 2.1, 2.0),
        "warm": distribution(0.3, 0.31),
        "first_clip_s": 0.9,
        "method": "new process each; the system keeps the compiled model",
    },
    "first_frame": distribution(0.31, 0.32, 0.31, 0.33),
    "stages": [
        {**stage("decoder_temporal", 1, 0.3, 0.31, 0.3, 0.32), "call": distribution(0.3, 0.31)},
        stage("decoder_frame", 17, 0.1, 0.11, 0.11, 0.12),
    ],
    "operations": {
        "method": "ETDump",
        "clip_s": 0.5,
        "items": [
            {
                "graph": "decoder_temporal",
                "name": "conv_12",
                "kind": "Convolution (NHWC, F32)",
                "calls": 1,
                "seconds": 0.021,
                "unit": "neural_engine",
                "flops": 12_000_000_000,
                "bytes": 80_000_000,
            },
            {
                "graph": "decoder_frame",
                "name": "shuffle",
                "kind": "Copy",
                "calls": 17,
                "seconds": 0.0,
            },
        ],
    },
    "placement": {
        "method": "MLComputePlan",
        "items": [
            {"graph": "decoder_temporal", "unit": "neural_engine", "operations": 210, "cost": 0.9},
            {"graph": "decoder_temporal", "unit": "gpu", "operations": 4, "cost": 0.1},
            {"graph": "decoder_frame", "unit": "neural_engine", "operations": 40},
        ],
    },
    "memory": {
        "method": "phys_footprint",
        "base_bytes": 40_000_000,
        "peak_bytes": 300_000_000,
        "above_base_bytes": 260_000_000,
        "stages": [{"graph": "decoder_temporal", "above_base_bytes": 220_000_000}],
        "samples": [{"at_s": 0.0, "bytes": 40_000_000}, {"at_s": 0.5, "bytes": 300_000_000}],
    },
    "sustained": {
        "duration_s": 180.0,
        "frames": 6120,
        "frames_per_second": 34.0,
        "lowest_frames_per_second": 30.0,
        "intervals": [
            {"start_s": 0.0, "duration_s": 60.0, "frames": 2280, "thermal": "nominal"},
            {"start_s": 60.0, "duration_s": 60.0, "frames": 2040, "thermal": "fair"},
            {
                "start_s": 120.0,
                "duration_s": 60.0,
                "frames": 1800,
                "thermal": "serious",
                "memory_bytes": 290_000_000,
            },
        ],
    },
    "output": {
        "frames": 5,
        "finite": True,
        "psnr_db": 61.2,
        "max_abs": 0.02,
        "tolerance": {"max_abs": 0.25, "psnr_db": 45.0},
        "passed": True,
        "sheet": {"file": "demo.png", "sha256": "5a" * 32},
    },
}


def minimal() -> Json:
    """Return a fresh copy of the least report."""
    return json.loads(json.dumps(_MINIMAL))


def full() -> Json:
    """Return a fresh copy of a report with every field."""
    document = {**minimal(), **json.loads(json.dumps(_OPTIONAL))}
    document["workload"]["frames_per_call"] = 1
    document["device"]["os"]["build"] = "22B83"
    document["engine"] |= {"compute_units": "cpuAndNeuralEngine", "checker": False}
    document["protocol"] |= {
        "threads": 2,
        "pause_s": 0.0,
        "interleaved_with": ["fp32"],
        "stages_overlap": False,
        "low_power_mode": False,
        "note": "in a cool room",
    }
    return document
