"""Prints what is known of a model as tables."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from h3ae_mobile.info.record import MEBI, ModelInfo
from h3ae_mobile.text import printable


def render(info: ModelInfo, console: Console) -> None:
    """Print stages, memory, and the parameter counts beside the paper's."""
    console.print(_stages(info))
    console.print(_memory(info))
    console.print(_published(info))
    if info.notes:
        console.print(f"{info.model}: {printable(info.notes)}", highlight=False, markup=False)


def _stages(info: ModelInfo) -> Table:
    compression = _times(info.compression)
    table = Table(
        title=f"{info.model}: {compression}, {info.frames} frames of {info.height}x{info.width}, "
        f"latents {_times(info.latent)}",
        title_justify="left",
    )
    for column in ("half", "stage", "width", "blocks", "stride", "output (C x T x H x W)"):
        table.add_column(column, no_wrap=True)
    for column in ("parameters [M]", "GFLOP"):
        table.add_column(column, justify="right", no_wrap=True)
    for stage, following in zip(info.stages, (*info.stages[1:], None), strict=True):
        table.add_row(
            stage.side,
            stage.kind,
            str(stage.width),
            str(stage.blocks) if stage.blocks else "",
            _times(stage.stride) if stage.kind != "latent" else "",
            _times(stage.output),
            _mebi(stage.parameters),
            f"{stage.flops / 1e9:.1f}",
            end_section=following is None or following.side != stage.side,
        )
    for half, parameters, flops in (
        ("encoder", info.encoder_parameters, info.encoder_flops),
        ("decoder", info.decoder_parameters, info.flops),
        ("both", info.parameters, info.encoder_flops + info.flops),
    ):
        table.add_row(half, "total", "", "", "", "", _mebi(parameters), f"{flops / 1e9:.1f}")
    table.caption = "M is 2^20, as in the paper; a multiplication and its addition are 2 FLOP"
    return table


def _memory(info: ModelInfo) -> Table:
    table = Table(title="Memory of the mobile graphs in fp32, estimated", title_justify="left")
    table.add_column("graph", no_wrap=True)
    for column in ("frames a call", "weights [MiB]", "activations [MiB]"):
        table.add_column(column, justify="right", no_wrap=True)
    for estimate in info.memory:
        table.add_row(
            estimate.graph,
            str(estimate.frames),
            _mebi(estimate.weights),
            _mebi(estimate.activations),
        )
    table.caption = f"decoding the clip with both takes {_mebi(info.peak)} MiB at its peak"
    return table


def _published(info: ModelInfo) -> Table:
    table = Table(title="Parameters [M], the paper's and ours", title_justify="left")
    for column in ("table", "row", "configuration"):
        table.add_column(column, no_wrap=True)
    for column in ("paper", "ours", "difference"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in info.published:
        # The ablation table rounds to whole numbers.
        digits = 2 if row.published % 1 else 0
        table.add_row(
            row.table,
            row.what,
            row.config,
            f"{row.published:.{digits}f}",
            f"{row.ours:.2f}",
            f"{row.difference_percent:+.1f} %",
        )
    return table


def _times(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _mebi(count: int) -> str:
    return f"{count / MEBI:.2f}"
