"""`h3ae-export`: a checkpoint becomes a verified bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from h3ae_export.audit.command import audit
from h3ae_export.pipeline import Pipeline
from h3ae_export.report import ExportReport
from h3ae_export.request import Component, ExportRequest, Mode
from h3ae_export.settings import Backend, ComputeUnits, DeploymentTarget, TargetSettings
from h3ae_export.targets.registry import TARGETS
from h3ae_export.verify import verify_bundle
from h3ae_mobile import commandline as cl
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent
from h3ae_mobile.mobile.options import Precision

ALL = "all"

app = typer.Typer(
    name="h3ae-export",
    help="""Export an H3AE to Core ML, Core AI, ExecuTorch and ONNX.

    The saved files are run over real latents and compared with the reference before they are
    packed into a bundle; what fails is not published.

    \b
    h3ae-export --target coreml
    h3ae-export --target all --model h3ae-8x32x32 --precision fp16 --size 512x512
    h3ae-export --target executorch --mode stream --component decoder --component i2v
    h3ae-export --target coreai --size 512x512 --size 256x256
    h3ae-export verify h3ae-demo.h3ae
    h3ae-export audit --model h3ae-8x32x32 --target coreml
    """,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def export(
    context: typer.Context,
    target: Annotated[
        list[str], typer.Option("--target", help="coreml, executorch, onnx, coreai, or all.")
    ] = [],  # noqa: B006
    model: cl.Model = cl.DEFAULT,
    out: Annotated[
        Path | None, typer.Option("--out", help="The bundle to write (default: ./MODEL.h3ae).")
    ] = None,
    component: Annotated[
        list[str],
        typer.Option(
            "--component",
            help="decoder, encoder, both, or i2v (first-frame features and image encoder).",
        ),
    ] = ["decoder"],  # noqa: B006
    mode: Annotated[
        Mode, typer.Option("--mode", help="Clips in one call, streams, or both.")
    ] = "clip",
    size: Annotated[
        list[str],
        typer.Option(
            "--size",
            metavar="HxW",
            help="Height and width; repeat it for further sizes that share the weights.",
        ),
    ] = ["512x512"],  # noqa: B006
    frames: cl.Frames = 17,
    frames_per_call: Annotated[
        int, typer.Option("--frames-per-call", help="Frames the frame stage decodes at once.")
    ] = 1,
    window: Annotated[
        int, typer.Option("--window", help="Latent frames a stream's attention sees.")
    ] = 7,
    precision: Annotated[
        list[str], typer.Option("--precision", help="fp32, fp16; may be repeated.")
    ] = ["fp32"],  # noqa: B006
    backend: Annotated[
        Backend, typer.Option("--backend", help="ExecuTorch's delegate.")
    ] = "xnnpack",
    deployment_target: Annotated[
        DeploymentTarget, typer.Option("--deployment-target", help="Core ML: oldest system.")
    ] = "ios17",
    compute_units: Annotated[
        ComputeUnits, typer.Option("--compute-units", help="Core ML: recorded for the app.")
    ] = "all",
    image_output: Annotated[
        bool, typer.Option("--image-output", help="Core ML: frames as RGB pixel buffers.")
    ] = False,
    stateful: Annotated[
        bool, typer.Option("--stateful", help="Keep a stream's caches as state (iOS 18).")
    ] = False,
    clip: Annotated[
        Path | None,
        typer.Option("--clip", help="Video for parity and golden vectors (default: synthetic)."),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Run the saved files and compare.")
    ] = True,
    full_size_check: Annotated[
        bool, typer.Option("--full-size-check", help="Core AI: check at full size (minutes).")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a bundle of that name.")
    ] = False,
    seed: cl.Seed = 0,
    as_json: cl.Json = False,
) -> None:
    """Export, where no subcommand is given; the help is the app's."""
    if context.invoked_subcommand is not None:
        return
    if not target:
        raise H3AEError("no --target was given", "for instance --target coreml, or --target all")
    (height, width), *sizes = dict.fromkeys(map(cl.parse_size, size))
    request = ExportRequest(
        model=model,
        out=out or Path(f"{Path(model).stem}.h3ae"),
        targets=_targets(target),
        components=cl.choose("--component", component, Component),
        mode=mode,
        extent=Extent(height, width, frames, frames_per_call),
        sizes=tuple(sizes),
        window=window,
        settings=tuple(
            TargetSettings(
                precision=one,
                backend=backend,
                deployment_target=deployment_target,
                compute_units=compute_units,
                image_output=image_output,
                stateful=stateful,
                full_size_check=full_size_check,
            )
            for one in cl.choose("--precision", precision, Precision)
        ),
        clip=clip,
        verify=verify,
        replace=replace,
        lenient=ALL in target,
        seed=seed,
    )
    report = Pipeline(request, cl.follow).run()
    _print_report(report, as_json)
    if report.failed:
        raise H3AEError("; ".join(f"{name}: {why}" for name, why in report.failed.items()))


app.command("audit")(audit)


@app.command("verify")
def verify_command(
    bundle: Annotated[Path, typer.Argument(help="The bundle directory, or a packed archive.")],
    model: Annotated[
        str | None,
        typer.Option("--model", help="What it was exported from (default: the preset it names)."),
    ] = None,
    as_json: cl.Json = False,
) -> None:
    """Check a bundle: format, hashes, and its golden frames in every engine at hand.

    Streams are decoded past the window of their attention and held against the model, where its
    weights are at hand, else against each other.
    """
    result = verify_bundle(bundle, cl.follow, model)
    if as_json:
        cl.print_json(result.as_json())
    else:
        cl.out.print(result.table())
    if result.failures:
        raise H3AEError("; ".join(result.failures))


def _targets(names: list[str]) -> tuple[str, ...]:
    unknown = [name for name in names if name not in (*TARGETS, ALL)]
    if unknown:
        raise H3AEError(
            f"there is no target {unknown[0]!r}", f"choose of {', '.join(TARGETS)} or {ALL}"
        )
    return tuple(TARGETS if ALL in names else dict.fromkeys(names))


def _print_report(report: ExportReport, as_json: bool) -> None:
    if as_json:
        cl.print_json(report.as_json())
        return
    cl.out.print(report.table())
    if report.stream_check is not None:
        cl.out.print(str(report.stream_check), highlight=False, markup=False, soft_wrap=True)
    for name, reason in report.skipped.items():
        cl.out.print(
            f"{name} was left out: {reason}", highlight=False, markup=False, soft_wrap=True
        )
    if report.bundle is not None:
        cl.out.print(f"bundle: {report.bundle}", highlight=False, markup=False, soft_wrap=True)


def main() -> NoReturn:
    """Entry point of `h3ae-export`."""
    cl.run(app)
