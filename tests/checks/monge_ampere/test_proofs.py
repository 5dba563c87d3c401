"""Every exact check of a proved claim proves it, and refutes with certainty what it is said to refute."""

from collections.abc import Iterator

import pytest

from lemmata.checks.claim import Claim
from lemmata.checks.controls import examine
from lemmata.checks.evidence import Kind
from lemmata.checks.monge_ampere import (
    foundations,
    gaussian_data,
    line_data,
    line_gap,
    prior_error,
    steps,
    symmetric_data,
)
from lemmata.checks.trial import Effort, Run
from lemmata.theory.verdict import Strength, Verdict

MODULES = (foundations, steps, prior_error, line_data, line_gap, gaussian_data, symmetric_data)
CLAIMS = {claim.id: claim for module in MODULES for claim in module.CLAIMS}
RUN = Run(effort=Effort.QUICK, seed=1)


def exact_checks() -> Iterator[tuple[str, str]]:
    for name, claim in CLAIMS.items():
        yield from ((name, check.name) for check in claim.checks if check.kind is Kind.DERIVATION)


@pytest.mark.parametrize(("identifier", "name"), list(exact_checks()))
def test_exact_checks_prove_the_claim_and_kill_a_near_control(identifier: str, name: str) -> None:
    claim: Claim = CLAIMS[identifier]
    check = next(check for check in claim.checks if check.name == name)
    evidence = examine(claim, check, None, RUN).evidence
    assert evidence.verdict is Verdict.PROVED, evidence.reason
    killed = []
    for control in claim.controls:
        leg = examine(claim, check, control, RUN)
        assert not leg.failure, leg.evidence.reason
        if leg.kills:
            assert leg.evidence.witness is not None
            assert leg.evidence.witness.strength is not Strength.STATISTICAL
            killed.append(control)
    assert any(claim.controls[control].near for control in killed)


def test_what_is_proved_rests_on_claims_that_exist() -> None:
    for claim in CLAIMS.values():
        assert all(used in CLAIMS for used in claim.uses)
        assert claim.instance()
