"""Bundles of a small network: a manifest alone, which is all that a projection reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from h3ae_mobile.bundle import parse_manifest
from tests.bundle.edits import edit
from tests.bundle.samples import minimal
from tests.models.tiny import config


def manifest_only(folder: Path, changes: dict[str, Any] | None = None) -> Path:
    """Write a bundle of 17 x 64 x 64 whose model can be built, and return its folder."""
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
