"""`h3ae-export audit`: what a target will not take, before anything is converted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from h3ae_export.audit.auditor import Auditor
from h3ae_export.audit.finding import AuditTarget, Finding, Severity, at_least
from h3ae_export.audit.report import as_json as findings_json
from h3ae_export.audit.report import tables
from h3ae_export.audit.subjects import Subject, mobile_subjects, reference_subjects
from h3ae_export.plan import make_plan
from h3ae_export.reference import Reference, make_reference
from h3ae_export.request import Component, ExportRequest, Mode
from h3ae_export.settings import Backend, TargetSettings
from h3ae_export.targets.registry import TARGETS, get_target
from h3ae_mobile import commandline as cl
from h3ae_mobile.checkpoint import load_model
from h3ae_mobile.errors import H3AEError
from h3ae_mobile.mobile.builder import Extent, GraphBuilder
from h3ae_mobile.mobile.options import MobileOptions, Precision
from h3ae_mobile.models.autoencoder import VideoAutoencoder

ALL = "all"
Kind = Literal["reference", "mobile"]
FailOn = Literal["error", "warning"]


def audit(
    target: Annotated[
        list[str], typer.Option("--target", help="coreml, executorch, onnx, coreai, or all.")
    ] = [ALL],  # noqa: B006
    model: cl.Model = cl.DEFAULT,
    graph: Annotated[
        Kind, typer.Option("--graph", help="The network as trained, or rewritten for phones.")
    ] = "mobile",
    component: Annotated[
        list[str],
        typer.Option("--component", help="Mobile: decoder, encoder, both, or i2v."),
    ] = ["decoder"],  # noqa: B006
    mode: Annotated[
        Mode, typer.Option("--mode", help="Mobile: clips in one call, streams, or both.")
    ] = "both",
    size: cl.Size = "512x512",
    frames: cl.Frames = 17,
    window: Annotated[
        int, typer.Option("--window", help="Latent frames a stream's attention sees.")
    ] = 7,
    precision: Annotated[
        Precision, typer.Option("--precision", help="fp16 finds what fp32 does, and more.")
    ] = "fp16",
    backend: Annotated[
        Backend, typer.Option("--backend", help="ExecuTorch's delegate.")
    ] = "xnnpack",
    clip: Annotated[
        Path | None,
        typer.Option("--clip", help="Video for real activations (default: synthetic)."),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Least severity that ends in failure.")
    ] = "error",
    seed: cl.Seed = 0,
    as_json: cl.Json = False,
) -> None:
    """List what a target will refuse, compute wrongly or run badly; nothing is converted."""
    height, width = cl.parse_size(size)
    request = ExportRequest(
        model=model,
        out=Path(),
        targets=_targets(target),
        components=cl.choose("--component", component, Component),
        mode=mode,
        extent=Extent(height, width, frames),
        window=window,
        settings=(TargetSettings(precision=precision, backend=backend),),
        clip=clip,
        seed=seed,
    )
    with cl.err.status("auditing"):
        findings = run_audit(request, graph)
    if as_json:
        settings = {"model": model, "graph": graph, "precision": precision, "size": size}
        cl.print_json(settings | {"frames": frames} | findings_json(findings))
    else:
        for table in tables(findings, f"{model}, {graph}, {precision}, {frames} x {size}"):
            cl.out.print(table)
    _decide(findings, fail_on, as_json=as_json)


def run_audit(request: ExportRequest, kind: Kind) -> list[Finding]:
    """Audit what a request would export, or the reference decoder, for its targets."""
    network = load_model(request.model, seed=request.seed).model
    # Checks the extent before any work.
    GraphBuilder(network, request.extent, MobileOptions(window=request.window))
    reference = make_reference(
        network, request.extent, request.window, request.clip, i2v=request.conditions
    )
    settings = request.settings[0]
    findings: list[Finding] = []
    for options, names in _by_options(request, settings).items():
        for subject in _subjects(request, kind, network, reference, options):
            auditor = Auditor(
                subject.module, subject.batches[0], settings.precision, subject.batches
            )
            for name in names:
                found = auditor.findings(name)
                findings += [replace(each, graph=subject.graph) for each in found]
    return findings


def audit_target(name: str, backend: Backend) -> AuditTarget:
    """Return whose rules apply: ExecuTorch's are those of its delegate."""
    return cast(AuditTarget, backend if name == "executorch" else name)


def _by_options(
    request: ExportRequest, settings: TargetSettings
) -> dict[MobileOptions, list[AuditTarget]]:
    """Group the targets by how graphs are rewritten for them, so that each is traced once."""
    groups: dict[MobileOptions, list[AuditTarget]] = {}
    for name in request.targets:
        options = replace(get_target(name).options(settings), window=request.window)
        groups.setdefault(options, []).append(audit_target(name, settings.backend))
    return groups


def _subjects(
    request: ExportRequest,
    kind: Kind,
    network: VideoAutoencoder,
    reference: Reference,
    options: MobileOptions,
) -> Iterator[Subject]:
    if kind == "reference":
        return reference_subjects(network, reference)
    plan = make_plan(request, GraphBuilder(network, request.extent, options))
    return mobile_subjects(plan.graphs, reference)


def _targets(names: list[str]) -> tuple[str, ...]:
    if ALL in names:
        return tuple(TARGETS)
    for name in names:
        if name not in TARGETS:
            known = ", ".join((*TARGETS, ALL))
            raise H3AEError(f"there is no target {name!r}", f"choose of {known}")
    return tuple(dict.fromkeys(names))


def _decide(findings: list[Finding], fail_on: Severity, *, as_json: bool) -> None:
    severe = at_least(findings, fail_on)
    if severe:
        first = severe[0]
        raise H3AEError(
            f"{len(severe)} findings of severity {fail_on} or above, the first: {first.rule} on "
            f"{first.target} in {first.module or first.graph}"
        )
    if not as_json:
        cl.say(f"nothing of severity {fail_on} or above")
