"""Count the work of the models whose speed on a phone is published, for the roofline.

Writes `h3ae_profiling/roofline/published.json`. Needs diffusers (LTX-Video, Cosmos) and no
weights: everything is traced where tensors have shapes alone.
"""

from __future__ import annotations

import json

import torch
from diffusers import AutoencoderKLCosmos, AutoencoderKLLTXVideo
from torch import nn
from turbo_vaed import TurboVaedDecoder

from h3ae_mobile.ablations import ABLATIONS
from h3ae_mobile.config import get_config
from h3ae_mobile.files import atomic_file
from h3ae_mobile.mobile.builder import Extent
from h3ae_profiling.roofline.calibration import CHECKS
from h3ae_profiling.roofline.graphs import ITEM_BYTES, model_operations
from h3ae_profiling.roofline.operations import operations
from h3ae_profiling.roofline.workloads import PUBLISHED_FILE, Work, work_of

OURS = ("h3ae-4x16x16", "h3ae-8x32x32", "h3ae-8x64x64")


def peer_work(decoder: nn.Module, *latents: int) -> Work:
    """Return the work of a peer's decoder on latents of that shape."""
    with torch.no_grad():
        program = torch.export.export(decoder.eval(), (torch.empty(latents, device="meta"),))
    return work_of(operations(program, "decoder", ITEM_BYTES["fp16"]))


def main() -> None:
    """Count everything and write the file."""
    ours = [get_config(name) for name in OURS]
    ours += [ABLATIONS[figure.model] for figure in CHECKS]
    counted = {one.name: work_of(model_operations(one, Extent())) for one in ours}
    with torch.device("meta"):
        ltx, turbo = AutoencoderKLLTXVideo().decoder, TurboVaedDecoder()
        cosmos = AutoencoderKLCosmos(spatial_compression_ratio=16).decoder
    counted["ltx-video"] = peer_work(ltx, 1, 128, 3, 16, 16)
    counted["cosmos-cv-8x16x16"] = peer_work(cosmos, 1, 16, 3, 32, 32)
    counted["turbo-vaed-ltx"] = peer_work(turbo, 1, 128, 3, 16, 16)
    lines = [
        f'"{name}": {json.dumps([[row.flops, row.bytes, row.calls] for row in work])}'
        for name, work in counted.items()
    ]
    with atomic_file(PUBLISHED_FILE) as temporary:
        temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
