"""Latents on disk: one safetensors file, with what a decoder must know in its metadata."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from h3ae_mobile.bundle.validation import first_problem
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.files import atomic_file

KEY = "h3ae.latents"
SUFFIX = ".safetensors"

_Count = Annotated[int, Field(strict=True, ge=1)]
_Rate = Annotated[float, Field(strict=True, gt=0, le=1000)]


@dataclass(frozen=True)
class LatentsInfo:
    """Where latents come from.

    Attributes
    ----------
    model : str
        Name of the autoencoder.
    height, width, frames : int
        Of the video that was encoded, padding included.
    fps : float
        Its rate.
    source : str
        Name of its file.
    weights : str
        SHA-256 of the checkpoint that encoded it; empty where that is not known.
    """

    model: str
    height: _Count
    width: _Count
    frames: _Count
    fps: _Rate
    source: str = ""
    weights: str = ""


_INFO = TypeAdapter(LatentsInfo)


def save_latents(path: Path, latents: NDArray[np.floating], info: LatentsInfo) -> None:
    """Write normalised latents `[T', Z, H', W']` as float16.

    Raises
    ------
    H3AEError
        If the file cannot be written; one that was there before is kept.
    """
    tensors = {"latents": np.ascontiguousarray(latents.astype(np.float16))}
    with atomic_file(path) as temporary:
        try:
            save_file(tensors, temporary, {KEY: json.dumps(asdict(info))})
        except SafetensorError as error:  # a full disk, as its Rust writer tells it
            raise H3AEError(f"cannot write {path}: {error}", "choose another place") from None


def load_latents(path: Path) -> tuple[NDArray[np.float32], LatentsInfo]:
    """Read what `save_latents` wrote.

    Raises
    ------
    H3AEError
        If the file is missing, unreadable, or holds something else.
    """
    path = Path(path)
    if not path.is_file():
        raise H3AEError(f"there is no latents file {path}")
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            latents = file.get_tensor("latents")
        info = _INFO.validate_json(metadata[KEY])
    except ValidationError as error:
        raise _refusal(path, first_problem(error)[1]) from None
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise _refusal(path, error) from None
    if latents.ndim != 4 or not np.isfinite(latents).all():
        raise H3AEError(f"{path} holds no finite latents of shape [T', Z, H', W']")
    return latents.astype(np.float32), info


def _refusal(path: Path, reason: object) -> H3AEError:
    return H3AEError(f"{path} is not a latents file: {reason}", "write one with `h3ae encode`")
