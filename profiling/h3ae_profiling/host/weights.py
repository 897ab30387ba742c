"""The network a bundle was exported from, with its weights: what torch runs and I2V is held to."""

from __future__ import annotations

from pathlib import Path

from h3ae_mobile.bundle import Manifest
from h3ae_mobile.bundle.integrity import digest
from h3ae_mobile.checkpoint import LoadedModel, load_model
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.models.autoencoder import VideoAutoencoder


class OtherWeightsError(H3AEError):
    """The weights at hand are not those that the bundle was exported from."""


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
    OtherWeightsError
        If the weights found are others.
    """
    name = model or manifest.model.name
    loaded = load_model(name)
    if not _same(manifest, loaded):
        raise OtherWeightsError(
            f"the weights of {name} are not those that {manifest.name} was exported from",
            "give its checkpoint with --model",
        )
    return loaded.model


def _same(manifest: Manifest, loaded: LoadedModel) -> bool:
    if not loaded.trained:
        return manifest.model.note == loaded.source
    return digest(Path(loaded.source)).sha256 == manifest.model.checkpoint_sha256
