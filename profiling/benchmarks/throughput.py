"""The decoder's throughput beside the best single convolution of this machine.

``python profiling/benchmarks/throughput.py BUNDLE`` times, in turns and in processes of their own:
single convolutions through XNNPACK, the bundle through ExecuTorch and ONNX Runtime, and the same
graphs in eager torch. Exits with 1 if a criterion is missed:

- ExecuTorch reaches at least 85 % of the best convolution's FLOP/s,
- with at most 900 MB above the base while it decodes,
- and ONNX Runtime is within 15 % of it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from entrants import FRAMES, WholeDecoder, bundle_entrant, convolution_entrants, eager
from rich.table import Table
from turns import Entrant, Result, measure
from typer.exceptions import Exit

from h3ae_mobile import commandline as cl
from h3ae_mobile.bundle import Bundle
from h3ae_mobile.config import AutoencoderConfig
from h3ae_mobile.mobile.builder import Extent
from h3ae_profiling.gate import Criterion
from h3ae_profiling.units import megabytes, seconds

SHARE, MEMORY_BYTES, ONNX_SLACK = 0.85, 900_000_000, 0.15

app = typer.Typer(add_completion=False)


@app.command()
def throughput(
    bundle: Annotated[Path, typer.Argument(help="Of fp32 artifacts, for instance 17 x 512 x 512.")],
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Turns.")] = 11,
    as_json: cl.Json = False,
) -> None:
    """Time a bundle beside the best single convolution of this machine."""
    manifest = Bundle.open(bundle).manifest
    targets = {one.target for one in manifest.artifacts if one.precision == "fp32"}
    decoders = [bundle_entrant(bundle, one) for one in ("executorch", "onnx") if one in targets]
    config = AutoencoderConfig.model_validate_json(json.dumps(manifest.model.config))
    video = manifest.video
    extent = Extent(video.height, video.width, video.frames or FRAMES)
    shape = manifest.latent_shape(video.law.latents(extent.frames))
    flops = decoders[0].flops if decoders else 0
    torch_eager = Entrant(
        f"{manifest.model.name} torch eager",
        eager,
        (WholeDecoder, (config, extent), shape),
        ("torch",),
        flops,
        manifest.model.parameters,
    )
    results = measure(
        [*convolution_entrants(), *decoders, torch_eager], rounds, progress=cl.err.print
    )
    criteria = judge(results, len(convolution_entrants()))
    if as_json:
        cl.print_json(
            {
                "results": [as_row(one) for one in results],
                "criteria": [vars(one) for one in criteria],
            }
        )
    else:
        cl.out.print(table(results))
        for one in criteria:
            cl.say(str(one))
    if not all(one.passed for one in criteria):
        raise Exit(1)


def judge(results: list[Result], convolutions: int) -> list[Criterion]:
    """Return the criteria of a run whose first results are single convolutions."""
    ceiling = max(one.flops_per_second for one in results[:convolutions])
    by_target = {one.entrant.name.rpartition(" ")[2]: one for one in results[convolutions:]}
    ours = by_target.get("executorch")
    if ours is None:
        return [Criterion("executorch", False, "the bundle holds no fp32 artifacts for it")]
    share = ours.flops_per_second / ceiling
    memory = ours.above_base_bytes
    found = [
        Criterion("throughput", share >= SHARE, f"{share:.0%} of the best single convolution"),
        Criterion("memory", memory <= MEMORY_BYTES, f"{megabytes(memory)} while decoding"),
    ]
    onnx = by_target.get("onnx")
    if onnx is not None:
        ratio = onnx.p50_s / ours.p50_s
        within = ratio <= 1 + ONNX_SLACK
        found.append(Criterion("onnx", within, f"{ratio:.2f} of ExecuTorch's time"))
    return found


def as_row(one: Result) -> dict[str, object]:
    """Return a result for `--json`."""
    return {
        "name": one.entrant.name,
        "parameters": one.entrant.parameters,
        "flops": one.entrant.flops,
        "samples_s": one.samples,
        "p50_s": one.p50_s,
        "flops_per_second": one.flops_per_second,
        "above_base_bytes": one.above_base_bytes,
        "loading_bytes": one.loading_bytes,
    }


def table(results: list[Result]) -> Table:
    """Return a table of results."""
    shown = Table(title="In turns, each in a process of its own", title_justify="left")
    shown.add_column("entrant")
    for column in ("parameters", "GFLOP", "p50", "GFLOP/s", "memory", "loading"):
        shown.add_column(column, justify="right")
    for one in results:
        parameters = one.entrant.parameters
        shown.add_row(
            one.entrant.name,
            f"{parameters / 1e6:.1f} M" if parameters else "-",
            f"{one.entrant.flops / 1e9:.0f}",
            seconds(one.p50_s),
            f"{one.flops_per_second / 1e9:.0f}",
            megabytes(one.above_base_bytes),
            megabytes(one.loading_bytes),
        )
    return shown


def main() -> NoReturn:
    """Entry point."""
    cl.run(app)


if __name__ == "__main__":
    main()
