"""The network a bundle was exported from, with its weights: what torch runs and I2V is held to."""

from __future__ import annotations

from pathlib import Path

from h3ae_mobile.bundle import Manifest
from h3ae_mobile.bundle.integrity import digest
from h3ae_mobile.checkpoint import LoadedModel, load_model
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder


class WeightsError(H3AEError):
    """The weights that the bundle was exported from are not at hand."""


def bundle_model(manifest: Manifest, model: str | None = None) -> VideoAutoencoder:
    """Return the network of a bundle.

    Parameters
    ----------
    manifest : Manifest
        States the SHA-256 of the checkpoint, or the seed of random weights.
    model : str, optional
        Checkpoint or preset; by default the preset of the model's name.

    Raises
    ------
    WeightsError
        If there are none of that name, or others.
    """
    name = model or manifest.model.name
    try:
        loaded = load_model(name)
    except H3AEError as error:
        if model is not None:
            raise WeightsError(error.message, error.hint) from None
        # A bundle's network may have any name; only presets are found by theirs.
        raise WeightsError(
            f"no weights of {name} are at hand", "give its checkpoint with --model"
        ) from None
    if not _same(manifest, loaded):
        raise WeightsError(
            f"the weights of {name} are not those that {manifest.name} was exported from",
            "give its checkpoint with --model",
        )
    return loaded.model


def _same(manifest: Manifest, loaded: LoadedModel) -> bool:
    if not loaded.trained:
        return manifest.model.note == loaded.source
    return digest(Path(loaded.source)).sha256 == manifest.model.checkpoint_sha256
