"""What a saved file says of itself, to whoever opens it in Xcode."""

from __future__ import annotations

from h3ae_mobile import __version__
from h3ae_mobile.bundle.tensors import TensorSpec
from h3ae_mobile.mobile.builder import MobileGraph

AUTHOR = f"h3ae-mobile {__version__}"
LICENCE = "Weights: as the manifest of their bundle states. Graph: Apache-2.0."

_ROLES = {
    "temporal": "H3AE decoder, temporal stage: the latents of a clip to features.",
    "first": "H3AE decoder, temporal stage: the first latent of a stream to features and caches.",
    "next": "H3AE decoder, temporal stage: any later latent of a stream, given the caches.",
    "frame": "H3AE decoder, frame stage: features to frames.",
    "encoder": "H3AE encoder: a clip to latents.",
    "image_encoder": "H3AE encoder: an image to its latent and first-frame features (I2V).",
}
_KINDS = {
    "latents": "Latents, normalised by the model's mean and standard deviation.",
    "features": "Features, from the temporal stage to the frame stage.",
    "frames": "Frames, RGB: in [-1, 1] as an array, 0 to 255 as an image.",
    "video": "Clip, RGB in [-1, 1].",
    "image": "Image, RGB in [-1, 1].",
    "condition": "First-frame feature (I2V).",
    "cache": "Cache of the stream, from one step to the next.",
}


def describe(graph: MobileGraph) -> str:
    """Return a line on a graph."""
    return _ROLES.get(graph.spec.role, graph.name)


def describe_tensor(tensor: TensorSpec) -> str:
    """Return a line on a tensor, with its layout."""
    return f"{_KINDS.get(tensor.kind, tensor.kind)} [{', '.join(tensor.layout)}]"
