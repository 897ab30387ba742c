"""Graphs as functions of one Core AI asset, the same bytes in every run.

Functions share equal weights: the steps of a stream, a conditioned graph and its plain form, or
one graph at several sizes cost little more than one of them.
"""

from __future__ import annotations

import copy
import io
import json
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from h3ae_export.targets.coreai.bytecode import name_resources
from h3ae_export.targets.description import AUTHOR, LICENCE, describe
from h3ae_export.targets.entry import make_entry
from h3ae_mobile.bundle.integrity import file_sha256
from h3ae_mobile.bundle.tensors import TensorSpec
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import MobileGraph

_PROGRAM, _HASH, _METADATA = "main.mlirb", "main.hash", "metadata.json"


def save_asset(
    functions: Mapping[str, MobileGraph],
    dtype: torch.dtype,
    path: Path,
    progress: Callable[[str], None],
) -> None:
    """Convert graphs and save them as the functions of one asset.

    Parameters
    ----------
    functions : mapping of str to MobileGraph
        By the names that the functions are to get. The graph of a later step keeps its caches as
        states; all other edges are inputs and outputs.
    dtype : torch.dtype
        Of weights, arithmetic, edges and states.
    path : Path
        An `.aimodel` that does not exist yet.
    progress : callable
        Told one line a function.

    Raises
    ------
    H3AEError
        Apple's converter failed.
    """
    from coreai.runtime import AIModelAssetMetadata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a torch release with a local version such as +cu130
        from coreai_torch import TorchConverter

    # The other mode writes the source paths of this machine into the asset.
    converter = TorchConverter(mode=TorchConverter.Mode.RELEASE)
    metadata = AIModelAssetMetadata()
    metadata.author, metadata.license = AUTHOR, LICENCE
    metadata.model_description = " ".join(dict.fromkeys(map(describe, functions.values())))
    try:
        for name, graph in functions.items():
            progress(f"converting {name}")
            _add(converter, name, graph, dtype)
        with redirect_stdout(io.StringIO()):  # it greets there, where `--json` prints
            program = converter.to_coreai()
        program.save_asset(path, metadata)
    except Exception as error:  # converters raise whatever their layers raise
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise H3AEError(f"coreai-torch cannot convert {path.stem}: {first}") from error
    _settle(path)


def _add(converter: Any, name: str, graph: MobileGraph, dtype: torch.dtype) -> None:
    from coreai_torch import get_decomp_table

    entry = make_entry(graph, state_dtype=dtype)
    entry = replace(entry, module=copy.deepcopy(entry.module).to(dtype))
    converter.add_exported_program(
        entry.trace(get_decomp_table(), dtype),
        input_names=_names(entry.inputs),
        output_names=_names(entry.outputs),
        state_names=_names(entry.states),
        entrypoint_name=name,
    )


def _names(tensors: tuple[TensorSpec, ...]) -> list[str]:
    return [tensor.name for tensor in tensors]


def _settle(asset: Path) -> None:
    """Take out what differs from run to run: random names, the date, the order of keys."""
    program = asset / _PROGRAM
    name_resources(program)
    (asset / _HASH).write_bytes(bytes.fromhex(file_sha256(program)))
    file = asset / _METADATA
    metadata = json.loads(file.read_text(encoding="utf-8"))
    metadata.pop("creationDate", None)
    file.write_text(json.dumps(metadata, indent=2, sort_keys=True) + "\n", encoding="utf-8")
