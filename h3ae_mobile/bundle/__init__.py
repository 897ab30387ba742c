"""Bundles: what an exporter hands to a phone, and the proof that it arrived whole."""

from h3ae_mobile.bundle.archive import pack, unpack
from h3ae_mobile.bundle.artifacts import EQUAL_DB, Artifact, ArtifactSpec, Parity
from h3ae_mobile.bundle.bundle import Bundle
from h3ae_mobile.bundle.errors import BundleError
from h3ae_mobile.bundle.golden import GoldenResult, GoldenVectors, compare, load_golden
from h3ae_mobile.bundle.manifest import Manifest, parse_manifest
from h3ae_mobile.bundle.model import (
    Colour,
    FrameCounts,
    Golden,
    GoldenTensor,
    Memory,
    Model,
    StageMemory,
    Tolerance,
    Video,
)
from h3ae_mobile.bundle.schedule import (
    I2V,
    ClipDecode,
    Condition,
    Encode,
    Schedule,
    StreamDecode,
)
from h3ae_mobile.bundle.tensors import Cache, Graph, TensorSpec
from h3ae_mobile.bundle.writer import BundleWriter

__all__ = [
    "EQUAL_DB",
    "I2V",
    "Artifact",
    "ArtifactSpec",
    "Bundle",
    "BundleError",
    "BundleWriter",
    "Cache",
    "ClipDecode",
    "Colour",
    "Condition",
    "Encode",
    "FrameCounts",
    "Golden",
    "GoldenResult",
    "GoldenTensor",
    "GoldenVectors",
    "Graph",
    "Manifest",
    "Memory",
    "Model",
    "Parity",
    "Schedule",
    "StageMemory",
    "StreamDecode",
    "TensorSpec",
    "Tolerance",
    "Video",
    "compare",
    "load_golden",
    "pack",
    "parse_manifest",
    "unpack",
]
