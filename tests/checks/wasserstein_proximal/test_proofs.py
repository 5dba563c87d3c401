"""Each proved claim, run as a run would: exact checks prove it, controls fall with certainty, the audit is content."""

import pytest

from lemmata.checks.audit import Context, audit_claims, read_source_keys
from lemmata.checks.catalogue import describe_module
from lemmata.checks.claim import Claim, Must
from lemmata.checks.controls import Leg, examine
from lemmata.checks.evidence import Kind
from lemmata.checks.index import ClaimRecord
from lemmata.checks.results import judge_claims
from lemmata.checks.trial import DEFAULT_SEED, Effort, Run, derive_seed
from lemmata.checks.wasserstein_proximal import closed_forms, data_processing, game, needles, reverse_time
from lemmata.theory.replay import replay
from lemmata.theory.verdict import Strength, Verdict

MODULES = (game, reverse_time, closed_forms, data_processing, needles)
PROVED: dict[str, Claim] = {claim.id: claim for module in MODULES for claim in module.CLAIMS}


@pytest.fixture(scope="module")
def records() -> dict[str, ClaimRecord]:
    return {record.id: record for record in describe_module("lemmata.checks.wasserstein_proximal")}


def run_claim(claim: Claim) -> dict[tuple[str, str, str | None], Leg]:
    """Return the legs of a claim's exact checks, and of its controls, at quick effort."""
    legs: dict[tuple[str, str, str | None], Leg] = {}
    for check in claim.checks:
        run = Run(effort=Effort.QUICK, seed=derive_seed(DEFAULT_SEED, claim.id, check.name))
        for control in (None, *claim.controls):
            legs[claim.id, check.name, control] = examine(claim, check, control, run)
    return legs


@pytest.mark.parametrize("identifier", list(PROVED))
def test_claims_are_proved_and_their_controls_fall(identifier: str, records: dict[str, ClaimRecord]) -> None:
    claim = PROVED[identifier]
    legs = run_claim(claim)
    (result,) = judge_claims([records[identifier]], legs)
    assert not [(leg.check, leg.control, leg.evidence.reason) for leg in result.all_legs if leg.failure]
    assert result.verdict is claim.expected is Verdict.PROVED
    assert all(control.holds for control in result.controls), [c.record.name for c in result.controls if not c.holds]
    context = Context({identifier: {"instance": claim.instance()}}, read_source_keys())
    assert audit_claims([result], context) == ()
    for check in (check for check in claim.checks if check.kind is Kind.DERIVATION):
        evidence = legs[identifier, check.name, None].evidence
        assert evidence.verdict is Verdict.PROVED, (check.name, evidence.reason)
        assert evidence.certificate is not None
        assert replay(evidence.certificate).kind
        witnesses = [legs[identifier, check.name, control].evidence.witness for control in claim.controls]
        assert all(found.strength is not Strength.STATISTICAL for found in witnesses if found is not None)


def test_the_controls_that_the_system_is_known_by() -> None:
    named = {
        "wasserstein-proximal.cole-hopf": {"wrong sign", "missing sigma^2"},
        "wasserstein-proximal.terminal-condition": {"eta_T = pi under cross-entropy"},
        "wasserstein-proximal.reverse-drift": {"no running cost"},
        "wasserstein-proximal.lands-on-data": {"on pi under cross-entropy"},
    }
    for identifier, controls in named.items():
        claim = PROVED[identifier]
        assert controls <= set(claim.controls)
        assert all(claim.controls[name].must is Must.REFUTED for name in controls)
