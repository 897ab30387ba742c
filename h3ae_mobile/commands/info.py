"""`h3ae info`: what a model is made of and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from h3ae_mobile import commandline as cl


def info(
    model: Annotated[
        str, typer.Argument(help="A preset, or the path of a .safetensors checkpoint.")
    ] = cl.DEFAULT,
    size: cl.Size = "512x512",
    frames: cl.Frames = 17,
    as_json: cl.Json = False,
) -> None:
    """Print stages, shapes, parameters, FLOPs and memory, beside the paper's counts."""
    height, width = cl.parse_size(size)
    from h3ae_mobile.checkpoint import is_checkpoint, load_checkpoint
    from h3ae_mobile.info import describe, render
    from h3ae_mobile.mobile.builder import Extent

    chosen = load_checkpoint(Path(model)).model.config if is_checkpoint(model) else model
    with cl.err.status("measuring"):
        result = describe(chosen, Extent(height, width, frames))
    if as_json:
        cl.print_json(result.model_dump(mode="json"))
    else:
        render(result, cl.out)
