"""Each proved claim, run as a run would: exact checks prove it, controls fall with certainty, the audit is content."""

import pytest

from lemmata.checks.audit import Context, audit_claims, read_source_keys
from lemmata.checks.catalogue import assemble, describe_module
from lemmata.checks.claim import Must
from lemmata.checks.combine import standings
from lemmata.checks.controls import Leg, examine
from lemmata.checks.evidence import Kind
from lemmata.checks.index import ClaimRecord
from lemmata.checks.jko import CLAIMS
from lemmata.checks.monge_ampere.foundations import brenier
from lemmata.checks.results import judge_claims
from lemmata.checks.trial import DEFAULT_SEED, Effort, Run, derive_seed
from lemmata.theory.replay import replay
from lemmata.theory.verdict import Strength, Verdict

from .proved_claims import PROVED


@pytest.fixture(scope="module")
def records() -> dict[str, ClaimRecord]:
    return {record.id: record for record in describe_module("lemmata.checks.jko")}


def run_claim(identifier: str) -> dict[tuple[str, str, str | None], Leg]:
    """Return the legs of a claim and its controls at quick effort."""
    claim = PROVED[identifier]
    legs: dict[tuple[str, str, str | None], Leg] = {}
    for check in claim.checks:
        run = Run(effort=Effort.QUICK, seed=derive_seed(DEFAULT_SEED, identifier, check.name))
        for control in (None, *claim.controls):
            legs[identifier, check.name, control] = examine(claim, check, control, run)
    return legs


@pytest.mark.parametrize("identifier", list(PROVED))
def test_claims_are_proved_and_their_controls_fall(identifier: str, records: dict[str, ClaimRecord]) -> None:
    claim, legs = PROVED[identifier], run_claim(identifier)
    (result,) = judge_claims([records[identifier]], legs)
    assert not [(leg.check, leg.control, leg.evidence.reason) for leg in result.all_legs if leg.failure]
    assert result.verdict is claim.expected is Verdict.PROVED
    for control in result.controls:
        assert control.record.must is Must.REFUTED
        assert control.holds, control.record.name
    context = Context({identifier: {"instance": claim.instance()}}, read_source_keys())
    assert audit_claims([result], context) == ()
    for check in (check for check in claim.checks if check.kind is Kind.DERIVATION):
        evidence = legs[identifier, check.name, None].evidence
        assert evidence.verdict is Verdict.PROVED, (check.name, evidence.reason)
        assert evidence.certificate is not None
        assert replay(evidence.certificate).kind
        witnesses = [legs[identifier, check.name, control].evidence.witness for control in claim.controls]
        assert all(found.strength is not Strength.STATISTICAL for found in witnesses if found is not None)


def test_what_is_proved_rests_on_claims_that_exist(records: dict[str, ClaimRecord]) -> None:
    catalogue = assemble([tuple(records.values()), describe_module("lemmata.checks.monge_ampere")])
    assert catalogue.problems == ()
    assert set(PROVED) <= {claim.id for claim in CLAIMS} == set(records)


def test_the_condition_at_a_point_alone_rests_on_a_cited_theorem() -> None:
    claims = (*PROVED.values(), brenier)
    verdicts = dict.fromkeys(PROVED, Verdict.PROVED) | {brenier.id: Verdict.SUPPORTED}
    found = standings(claims, verdicts)
    resting = {name: standing.axioms for name, standing in found.items() if name in PROVED and standing.axioms}
    assert resting == {"jko.pointwise-condition": (brenier.id,)}
    assert all(found[name].verdict is Verdict.PROVED for name in PROVED)
