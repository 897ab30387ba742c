"""The reference decoder fails where it must, and the mobile graphs have no severe finding."""

from __future__ import annotations

from functools import cache

import pytest

from h3ae_export.audit.auditor import Auditor
from h3ae_export.audit.finding import AuditTarget, Severity, at_least
from h3ae_export.audit.subjects import CALLS, mobile_subjects, reference_subjects
from h3ae_export.reference import Reference, make_reference
from h3ae_mobile.mobile.builder import Extent, GraphBuilder
from h3ae_mobile.mobile.options import MobileOptions, Precision
from h3ae_mobile.models.autoencoder import VideoAutoencoder
from tests.export.audit.tiny import SMALL
from tests.models.tiny import model

EXTENT = Extent(16, 16, 9)
WINDOW = 2


@cache
def tiny() -> VideoAutoencoder:
    return model(SMALL).float()


@cache
def real() -> Reference:
    return make_reference(tiny(), EXTENT, WINDOW, None, i2v=True)


@cache
def reference(precision: Precision) -> Auditor:
    (subject,) = reference_subjects(tiny(), real())
    return Auditor(subject.module, subject.batches[0], precision, subject.batches)


@cache
def mobile(native: bool) -> dict[str, Auditor]:
    """All graphs, or with native shuffles those that differ by them."""
    builder = GraphBuilder(tiny(), EXTENT, MobileOptions("fp16", WINDOW, native))
    graphs = [builder.decoder_temporal(i2v=True), builder.decoder_frame(i2v=True)]
    if not native:
        graphs += [builder.decoder_first(), builder.decoder_next()]
    graphs.append(builder.encoder_image())
    return {
        subject.graph: Auditor(subject.module, subject.batches[0], "fp16", subject.batches)
        for subject in mobile_subjects(graphs, real())
    }


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("coreml", {"conv3d", "full-slice"}),
        ("xnnpack", {"conv3d", "rank"}),
        ("vulkan", {"conv3d"}),
    ],
)
def test_the_reference_fails_where_it_must(
    target: AuditTarget, rules: set[str], precision: Precision
) -> None:
    errors = at_least(reference(precision).findings(target), "error")
    assert rules <= {finding.rule for finding in errors}
    for finding in errors:
        assert finding.cure
        assert finding.source
    modules = {finding.module for finding in errors if finding.rule == "conv3d"}
    assert "model.decoder.from_latent.conv" in modules


@pytest.mark.parametrize("target", ["onnx", "coreai"])
def test_the_reference_runs_at_a_cost_elsewhere(target: AuditTarget) -> None:
    severities = {finding.severity for finding in reference("fp32").findings(target)}
    assert "warning" in severities
    assert "error" not in severities


# In fp16: the findings of fp32, and more.
@pytest.mark.parametrize(
    ("target", "native", "least"),
    [
        ("coreml", True, "warning"),
        ("coreml", False, "warning"),
        ("onnx", True, "warning"),
        # One delegate a stage is the absence of everything that would cut it.
        ("xnnpack", False, "warning"),
        ("coreai", False, "warning"),
        # Frames in the batch are not delegated.
        ("vulkan", False, "error"),
    ],
)
def test_mobile_graphs_have_no_such_finding(
    target: AuditTarget, native: bool, least: Severity
) -> None:
    for graph, auditor in mobile(native).items():
        found = at_least(auditor.findings(target), least)
        assert not found, f"{graph}: {found[0]}"


def test_streams_are_fed_with_what_the_first_step_left() -> None:
    builder = GraphBuilder(tiny(), EXTENT, MobileOptions(window=WINDOW))
    graphs = [builder.decoder_first(), builder.decoder_next(), builder.decoder_frame()]
    subjects = {subject.graph: subject for subject in mobile_subjects(graphs, real())}
    (batch,) = subjects["decoder_next"].batches
    assert [tuple(x.shape) for x in batch] == [t.shape for t in graphs[1].spec.inputs]
    assert len(subjects["decoder_frame"].batches) == CALLS
