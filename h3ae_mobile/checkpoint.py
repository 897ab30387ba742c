"""Checkpoints: safetensors with the configuration in the metadata; no pickle is ever loaded."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from h3ae_mobile.bundle.integrity import file_sha256
from h3ae_mobile.config import PRESETS, AutoencoderConfig, get_config
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.files import atomic_file
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from h3ae_mobile.models.init import random_init

CONFIG_KEY = "h3ae.config"
PROVENANCE_KEY = "h3ae.provenance"

MOST_LICENCE = 1000  # what a bundle's manifest holds

Parsed = TypeVar("Parsed")
_CONFIG = TypeAdapter(AutoencoderConfig)
_PROVENANCE = TypeAdapter(dict[str, Any])

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedModel:
    """An autoencoder with what is known of its weights.

    Attributes
    ----------
    model : VideoAutoencoder
        In evaluation mode, float32, on the CPU.
    source : str
        The checkpoint's path, or how the weights came to be.
    trained : bool
        False where a preset without public weights was filled with random ones.
    provenance : dict
        Whatever the trainer wrote: data, steps, scores.
    """

    model: VideoAutoencoder
    source: str
    trained: bool
    provenance: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def sha256(self) -> str:
        """Hash of the checkpoint file, or of random weights' numbers: what a bundle records."""
        path = Path(self.source)
        if path.is_file():
            return file_sha256(path)
        total = hashlib.sha256()
        for tensor in self.model.state_dict().values():
            total.update(tensor.numpy().tobytes())
        return total.hexdigest()


def save_checkpoint(
    path: Path,
    model: VideoAutoencoder,
    *,
    dtype: torch.dtype = torch.float32,
    provenance: dict[str, Any] | None = None,
) -> None:
    """Write the weights and latent statistics as `dtype`, configuration and provenance as JSON.

    Raises
    ------
    H3AEError
        If the file cannot be written; one that was there before is kept.
    """
    tensors = {
        name: tensor.detach().to("cpu", dtype).contiguous()
        for name, tensor in model.state_dict().items()
    }
    metadata = {
        "format": "pt",
        CONFIG_KEY: model.config.model_dump_json(),
        PROVENANCE_KEY: json.dumps(provenance or {}),
    }
    with atomic_file(Path(path)) as temporary:
        try:
            save_file(tensors, temporary, metadata)
        except SafetensorError as error:  # a full disk, as its Rust writer tells it
            raise H3AEError(f"cannot write {path}: {error}", "choose another place") from None


def load_checkpoint(path: Path) -> LoadedModel:
    """Load a checkpoint, cast to float32.

    Raises
    ------
    H3AEError
        If the file is missing, is no safetensors, lacks the configuration, or its tensors do not
        fit the configuration.
    """
    path = Path(path)
    if not path.is_file():
        raise H3AEError(f"there is no checkpoint {path}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise H3AEError(f"{path} is not a readable safetensors file: {error}") from None
    if CONFIG_KEY not in metadata:
        raise H3AEError(
            f"{path} does not carry an H3AE configuration",
            f"its metadata must hold {CONFIG_KEY!r}; was it written by `h3ae train`?",
        )
    config = _parse(path, "a configuration", _CONFIG, metadata[CONFIG_KEY])
    provenance = _parse(path, "a provenance", _PROVENANCE, metadata.get(PROVENANCE_KEY, "{}"))
    if len(str(provenance.get("licence", ""))) > MOST_LICENCE:
        raise H3AEError(
            f"{path} carries a licence of more than {MOST_LICENCE} characters",
            "name the licence in its provenance and keep its text elsewhere",
        )
    model = _empty(config)
    _check_tensors(path, model, tensors)
    model.load_state_dict(tensors, assign=True)
    return LoadedModel(model.eval(), str(path), True, provenance)


def load_model(name_or_path: str | Path, *, seed: int = 0) -> LoadedModel:
    """Load a checkpoint file, or a preset by name.

    A preset with weights in the package gets those; the others, for which no weights are public,
    get random ones from `seed`, and a warning says so.
    """
    text = str(name_or_path)
    if is_checkpoint(text):
        return load_checkpoint(Path(text))
    config = get_config(text)
    packaged = files("h3ae_mobile") / "weights" / f"{config.name}.safetensors"
    if packaged.is_file():
        with as_file(packaged) as path:
            return load_checkpoint(path)
    log.warning("no trained weights of %s are public: random ones from seed %d", text, seed)
    model = VideoAutoencoder(config)
    random_init(model, seed)
    return LoadedModel(model.eval(), f"random weights, seed {seed}", False)


def is_checkpoint(name_or_path: str) -> bool:
    """Tell whether a path is meant rather than the name of a preset."""
    return name_or_path.endswith(".safetensors") or Path(name_or_path).is_file()


def list_models() -> list[str]:
    """Names that `load_model` accepts."""
    return list(PRESETS)


def _parse(path: Path, what: str, adapter: TypeAdapter[Parsed], text: str) -> Parsed:
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise H3AEError(
            f"{path} carries {what} that is not valid: {place}{': ' if place else ''}{first['msg']}"
        ) from None


def _empty(config: AutoencoderConfig) -> VideoAutoencoder:
    """Build the network without allocating its weights."""
    with torch.device("meta"):
        return VideoAutoencoder(config)


def _check_tensors(path: Path, model: VideoAutoencoder, tensors: dict[str, torch.Tensor]) -> None:
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) != found.get(name):
            raise H3AEError(
                f"{path} does not fit its configuration: tensor {name!r} is "
                f"{found.get(name, 'missing')}, wanted {wanted.get(name, 'none')}"
            )
        if not torch.isfinite(tensors[name]).all():
            raise H3AEError(f"{path} holds numbers that are not finite in tensor {name!r}")
    if not (tensors["latent_std"] > 0).all():
        raise H3AEError(f"{path} holds deviations that are not positive in tensor 'latent_std'")
