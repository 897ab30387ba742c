"""Every rule fires on what it is about, with a module path, and is silent on its cure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from h3ae_export.audit import Finding
from h3ae_export.audit.auditor import Auditor
from h3ae_export.audit.document import rules_as_markdown
from h3ae_export.audit.finding import AUDIT_TARGETS, SEVERITIES, at_least
from h3ae_export.audit.rule import registered
from h3ae_export.audit.trace import trace
from tests.export.audit.tiny import CASES, FRAMES, Case, network

DOCS = Path(__file__).parents[3] / "docs" / "audit.md"


def found(case: Case, *, bad: bool) -> dict[str, list[Finding]]:
    """Findings in fp16 on every target, by target."""
    inputs = case.inputs if bad else case.good_inputs or case.inputs
    values = case.bad_values if bad else case.good_values
    subject = case.bad_network() if bad else case.good
    auditor = Auditor(subject, inputs, "fp16", None if values is None else [values])
    return {target: auditor.findings(target) for target in AUDIT_TARGETS}


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == set(registered()), "give the new rule a case in tiny.py"


@pytest.mark.parametrize("name", CASES)
def test_a_rule_fires_on_every_target_that_it_names(name: str) -> None:
    rule = registered()[name]
    for target, findings in found(CASES[name], bad=True).items():
        fired = [finding for finding in findings if finding.rule == name]
        assert bool(fired) == (target in rule.reactions), target
        for finding in fired:
            reaction = rule.reactions[finding.target]
            assert finding.severity == reaction.severity
            assert finding.message.startswith(reaction.text)
            assert finding.source == reaction.source
            assert finding.cure == rule.cure
            assert finding.op.startswith("aten.")


@pytest.mark.parametrize(
    "name", [n for n in CASES if n not in ("side", "channels", "dynamic-shape", "working-set")]
)
def test_a_rule_is_silent_on_its_cure(name: str) -> None:
    for target, findings in found(CASES[name], bad=False).items():
        assert name not in {finding.rule for finding in findings}, target


@pytest.mark.parametrize("round_", [torch.floor, torch.ceil, torch.round, torch.trunc])
def test_every_way_to_round_is_found(round_: Callable[[Tensor], Tensor]) -> None:
    findings = Auditor(network(round_), FRAMES).findings("coreai")
    assert "rounding" in {finding.rule for finding in findings}


def test_static_and_short_shapes_are_silent() -> None:
    rules = {
        f.rule for t in AUDIT_TARGETS for f in Auditor(network(torch.relu), FRAMES).findings(t)
    }
    assert not rules & {"side", "channels", "dynamic-shape", "working-set"}


def test_rules_say_where_they_come_from_and_what_cures_them() -> None:
    for rule in registered().values():
        assert rule.reactions
        assert rule.cure
        for target, reaction in rule.reactions.items():
            assert target in AUDIT_TARGETS
            assert reaction.severity in SEVERITIES
            assert reaction.text
            assert reaction.source


def test_cures_name_files_that_exist() -> None:
    root = Path(__file__).parents[3]
    for rule in registered().values():
        for word in rule.cure.replace(":", " ").replace(";", " ").replace(",", " ").split():
            if word.startswith("h3ae_mobile/"):
                assert (root / word).exists(), f"{rule.id}: {word}"


def test_every_rule_is_documented_as_it_is() -> None:
    assert rules_as_markdown().strip() in DOCS.read_text(), (
        "write the table of docs/audit.md again: python -m h3ae_export.audit.document"
    )


class Inner(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.nn.functional.silu(x)


class Outer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList([nn.Identity(), Inner()])

    def forward(self, x: Tensor) -> Tensor:
        for stage in self.stages:
            x = stage(x)
        return x


def test_a_finding_names_the_module_it_comes_from() -> None:
    (finding,) = [
        f for f in Auditor(Outer(), FRAMES, "fp16").findings("xnnpack") if f.rule == "silu-fp16"
    ]
    assert finding.module == "stages.1"
    assert finding.layer == "Inner"
    assert finding.op == "aten.silu"
    assert finding.shape == (2, 8, 4, 4)
    assert finding.dtype == "float16"


def test_what_does_not_depend_on_the_input_is_no_finding() -> None:
    table = network(lambda x: x + torch.arange(4, dtype=torch.float64).cos().to(x.dtype))
    rules = {finding.rule for finding in Auditor(table, FRAMES).findings("coreml")}
    assert "float64" not in rules


def test_fp16_rules_are_silent_in_fp32() -> None:
    assert not Auditor(network(torch.nn.functional.silu), FRAMES, "fp32").findings("xnnpack")


def test_a_traced_program_is_audited_as_it_is() -> None:
    program = trace(CASES["conv3d"].bad, CASES["conv3d"].inputs)
    assert [f.rule for f in Auditor(program, ()).findings("xnnpack")] == ["conv3d"]


def test_the_audited_network_stays_as_it_was() -> None:
    case = CASES["conv3d"]
    Auditor(case.bad, case.inputs, "fp16")
    assert next(case.bad.parameters()).dtype == torch.float32


def test_severities_are_ordered() -> None:
    findings = Auditor(CASES["conv3d"].bad, CASES["conv3d"].inputs).findings("coreml")
    order = [SEVERITIES.index(finding.severity) for finding in findings]
    assert order == sorted(order)
    assert {f.severity for f in at_least(findings, "error")} == {"error"}
    assert at_least(findings, "info") == findings
