"""`h3ae`: look at models, encode, decode, reconstruct, train and evaluate."""

from __future__ import annotations

from typing import NoReturn

import typer

from h3ae_mobile import commandline as cl
from h3ae_mobile.commands.decode import decode
from h3ae_mobile.commands.encode import encode
from h3ae_mobile.commands.info import info
from h3ae_mobile.commands.reconstruct import reconstruct
from h3ae_mobile.evaluation.cli import encode_dataset, evaluate
from h3ae_mobile.training.cli import train

app = typer.Typer(
    name="h3ae",
    help="""H3AE, a causal video autoencoder: 8x32x32 compression, decoded on phones.

    h3ae info h3ae-8x32x32
    h3ae reconstruct clip.mp4 --out out
    h3ae encode clip.mp4 --out clip.safetensors
    h3ae decode clip.safetensors --bundle h3ae-demo.h3ae --out clip.mp4
    h3ae train demo
    h3ae evaluate --clips folder
    """,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    cl.require_command(context)


app.command()(info)
app.command()(encode)
app.command()(decode)
app.command()(reconstruct)
app.command()(train)
app.command()(evaluate)
app.command()(encode_dataset)


def main() -> NoReturn:
    """Entry point of `h3ae`."""
    cl.run(app)


if __name__ == "__main__":
    main()
