"""`h3ae-profile predict`: a roofline of every operation. Always a projection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from h3ae_mobile import commandline as cl
from h3ae_mobile.bundle import Bundle
from h3ae_profiling.decode import Decode
from h3ae_profiling.report.subject import Mode
from h3ae_profiling.units import seconds

if TYPE_CHECKING:
    from h3ae_profiling.roofline.projection import Projection


def predict_command(
    bundle: Annotated[Path, typer.Argument(help="The bundle.")],
    device: Annotated[
        str, typer.Option("--device", help="For instance iphone-16-pro-max; a wrong one lists all.")
    ] = "iphone-16-pro-max",
    precision: Annotated[
        str | None, typer.Option("--precision", help="fp16, int8, fp32 (default: the device's).")
    ] = None,
    mode: Annotated[
        Mode | None, typer.Option("--mode", help="Way to decode (default: the bundle's first).")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=1000, help="Operations to list.")] = 15,
    as_json: cl.Json = False,
) -> None:
    """Project a clip's latency onto a device that is not at hand.

    FLOPs and bytes are those of the exported graphs, rates those of makers, efficiencies fitted
    to published figures; the error on those figures is printed with every projection.
    """
    # They import torch, which no gate shall wait for.
    from h3ae_profiling.roofline.devices import device_named
    from h3ae_profiling.roofline.graphs import bundle_operations
    from h3ae_profiling.roofline.projection import LABEL, project

    chosen = device_named(device)
    opened = Bundle.open(bundle, verify="none")
    manifest = opened.manifest
    used = precision or chosen.precision
    operations = bundle_operations(opened, chosen.target, used, mode)
    frames = Decode.choose(manifest, mode).frames
    projection = project(operations, chosen, used, frames)
    if as_json:
        cl.print_json({"bundle": manifest.name, **projection.as_json(top)})
        return
    video = manifest.video
    cl.say(f"{manifest.name}, {frames} x {video.height} x {video.width}, {used}, {chosen.name}")
    cl.say(f"{LABEL}: {_estimate(projection)}")
    cl.out.print(_dearest(projection, top))
    cl.out.print(_errors(projection))
    for source in chosen.sources:
        cl.say(f"  {source}")


def _estimate(projection: Projection) -> str:
    line = f"{seconds(projection.seconds)}, {projection.frames / projection.seconds:.0f} frames/s"
    if projection.interval is None:
        return f"{line} ({projection.calibration.note})"
    low, high = projection.interval
    return (
        f"{line}; {seconds(low)} to {seconds(high)} if as far off as the published figures, unseen"
    )


def _dearest(projection: Projection, top: int) -> Table:
    table = Table(title="Most time above the ideal", title_justify="left")
    for column in ("graph", "operation", "module", "output", "bound"):
        table.add_column(column, overflow="fold")
    for column in ("calls", "GFLOP", "MB", "FLOP/B", "time", "above"):
        table.add_column(column, justify="right")
    table.add_column("would spare it", overflow="fold")
    for one in projection.dearest(top):
        cost = one.cost
        table.add_row(
            cost.graph,
            cost.kind,
            escape(cost.name),
            "x".join(map(str, cost.shape)),
            one.bound,
            str(cost.calls),
            f"{cost.flops * cost.calls / 1e9:.1f}",
            f"{cost.bytes * cost.calls / 1e6:.0f}",
            f"{cost.intensity:.0f}",
            seconds(one.seconds),
            seconds(one.excess_s),
            one.remedy,
        )
    for name, (spent, excess) in projection.by_category().items():
        table.add_row(
            "all", name, "", "", "", "", "", "", "", seconds(spent), seconds(excess), style="dim"
        )
    return table


def _errors(projection: Projection) -> Table:
    title = f"Calibration: {projection.calibration.note}"
    table = Table(title=title, title_justify="left")
    table.add_column("published")
    for column in ("frames/s", "clip", "projected", "error", "error, held out"):
        table.add_column(column, justify="right")
    table.add_column("source")
    for one in (*projection.calibration.residuals, *projection.calibration.checks):
        table.add_row(
            f"{one.figure.model} on {one.figure.device}",
            f"{one.figure.frames_per_second:g}",
            seconds(one.figure.seconds),
            seconds(one.projected),
            f"{one.ratio - 1:+.0%}",
            "not fitted" if one.held_out_ratio is None else f"{one.held_out_ratio - 1:+.0%}",
            one.figure.source,
        )
    return table
