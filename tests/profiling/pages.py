"""Reports as a real run would leave them: many clips, many operations, minutes, a sheet."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from h3ae_profiling.report import Interval, Sustained
from tests.bundle.edits import edit
from tests.profiling.samples import distribution, full

KINDS = ("Convolution (NHWC, F16)", "Multiply", "Sigmoid", "Add", "Copy", "Concatenate")
STATES = ("nominal", "nominal", "fair", "fair", "serious", "serious")


def rich(folder: Path, name: str, seed: int, scale: float = 1.0, **changes: Any) -> Path:
    """Write a report of 40 clips with everything in it, and its contact sheet."""
    generator = np.random.default_rng(seed)
    clips = [round(float(v), 9) for v in scale * generator.lognormal(-0.85, 0.04, 40)]
    intervals = tuple(
        Interval(
            start_s=10.0 * index,
            duration_s=10.0,
            frames=int(17 * 10 / clips[index] * (1 - 0.012 * index)),
            thermal=STATES[index // 3],
            memory_bytes=None,
        )
        for index in range(18)
    )
    climb = np.concatenate([np.linspace(40, 290, 20), 280 + 15 * np.sin(np.arange(60))])
    peak = 303_000_000
    operations = [
        {
            "graph": "decoder_temporal" if index < 50 else "decoder_frame",
            "name": f"stages.{index // 12}.{index % 12}.conv{index % 2 + 1}",
            "kind": KINDS[index % len(KINDS)],
            "calls": 1 if index < 50 else 17,
            "seconds": round(float(generator.gamma(1, 0.005)), 9),
            "unit": "neural_engine" if index % 7 else "gpu",
        }
        for index in range(70)
    ]
    document = edit(
        full(),
        {
            "label": name,
            "session": "one-run",
            "protocol.repetitions": len(clips),
            "clip": distribution(*clips),
            "frames_per_second": 17 / float(np.median(clips)),
            "first_frame": distribution(*(round(c * 0.71, 9) for c in clips)),
            "stages.0.clip": distribution(*(round(c * 0.7, 9) for c in clips)),
            "stages.1.clip": distribution(*(round(c * 0.28, 9) for c in clips)),
            "operations.items": operations,
            "memory.peak_bytes": peak,
            "memory.above_base_bytes": peak - 40_000_000,
            "memory.samples": [
                {"at_s": round(0.1 * i, 3), "bytes": int(mb * 1e6)} for i, mb in enumerate(climb)
            ],
            "sustained": Sustained.of(intervals).model_dump(mode="json"),
            **changes,
        },
    )
    sheet = folder / f"{seed}.png"
    folder.mkdir(parents=True, exist_ok=True)
    ramp = np.linspace(0, 255, 512, dtype=np.uint8)
    picture = np.stack([np.tile(ramp, (96, 1)), np.tile(ramp[::-1], (96, 1))], axis=-1)
    Image.fromarray(np.dstack([picture, np.full((96, 512), 120, np.uint8)])).save(sheet)
    digest = hashlib.sha256(sheet.read_bytes()).hexdigest()
    if document["output"] is not None:
        document["output"]["sheet"] = {"file": sheet.name, "sha256": digest}
    path = folder / f"{seed}.json"
    path.write_text(json.dumps(document))
    return path
