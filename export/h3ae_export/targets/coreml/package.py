"""Saved packages made equal from run to run, and told what they are.

coremltools names the items of a package by random identifiers, writes maps in whatever order and
notes the day: the same model would hash differently every time.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from h3ae_export.mil.schema import schema
from h3ae_export.targets.description import AUTHOR, LICENCE, describe, describe_tensor
from h3ae_mobile.mobile.builder import MobileGraph

_MODEL = "Data/com.apple.CoreML/model.mlmodel"
_MANIFEST = "Manifest.json"
# A namespace of our own: any fixed identifier does.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "h3ae-mobile")
_DATE_KEY = "com.github.apple.coremltools.conversion_date"


def seal(package: Path, functions: Mapping[str, MobileGraph]) -> None:
    """Describe a saved package and write it anew, byte for byte the same in every run.

    Parameters
    ----------
    package : Path
        A `.mlpackage` as coremltools saved it.
    functions : mapping of str to MobileGraph
        What its functions are, by name.
    """
    file = package / _MODEL
    model = schema("Model_pb2").Model()
    model.ParseFromString(file.read_bytes())
    _describe(model.description, functions)
    file.write_bytes(model.SerializeToString(deterministic=True))
    _name_items(package / _MANIFEST)


def _describe(description: Any, functions: Mapping[str, MobileGraph]) -> None:
    metadata = description.metadata
    metadata.author, metadata.license = AUTHOR, LICENCE
    metadata.shortDescription = " ".join(describe(graph) for graph in functions.values())
    metadata.userDefined.pop(_DATE_KEY, None)
    tensors = {
        tensor.name: tensor
        for graph in functions.values()
        for tensor in (*graph.spec.inputs, *graph.spec.outputs)
    }
    for interface in (description, *description.functions):
        for feature in (*interface.input, *interface.output, *interface.state):
            feature.shortDescription = describe_tensor(tensors[feature.name])


def _name_items(manifest: Path) -> None:
    content = json.loads(manifest.read_text(encoding="utf-8"))
    entries = content["itemInfoEntries"]
    names = {old: str(uuid.uuid5(_NAMESPACE, item["path"])) for old, item in entries.items()}
    content["itemInfoEntries"] = {names[old]: item for old, item in entries.items()}
    content["rootModelIdentifier"] = names[content["rootModelIdentifier"]]
    manifest.write_text(json.dumps(content, indent=4, sort_keys=True) + "\n", encoding="utf-8")
