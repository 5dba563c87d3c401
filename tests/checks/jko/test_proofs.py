"""Every exact check of a proved claim proves it, refutes a near control with certainty, and its certificate replays."""

from collections.abc import Iterator

import pytest

from lemmata.checks.claim import Claim
from lemmata.checks.combine import standings
from lemmata.checks.controls import examine
from lemmata.checks.evidence import Kind
from lemmata.checks.jko import CLAIMS
from lemmata.checks.jko.drawn_snapshots import eliminated_defects
from lemmata.checks.monge_ampere.foundations import brenier
from lemmata.checks.trial import Effort, Run
from lemmata.theory.replay import replay
from lemmata.theory.verdict import Strength, Verdict

from .proved_claims import PROVED

RUN = Run(effort=Effort.QUICK, seed=1)


def exact_checks() -> Iterator[tuple[str, str]]:
    for name, claim in PROVED.items():
        yield from ((name, check.name) for check in claim.checks if check.kind is Kind.DERIVATION)


@pytest.mark.parametrize(("identifier", "name"), list(exact_checks()))
def test_exact_checks_prove_the_claim_and_kill_a_near_control(identifier: str, name: str) -> None:
    claim: Claim = PROVED[identifier]
    check = next(check for check in claim.checks if check.name == name)
    evidence = examine(claim, check, None, RUN).evidence
    assert evidence.verdict is Verdict.PROVED, evidence.reason
    assert evidence.certificate is not None
    assert replay(evidence.certificate).kind
    killed = []
    for control in claim.controls:
        leg = examine(claim, check, control, RUN)
        assert not leg.failure, leg.evidence.reason
        if leg.kills:
            assert leg.evidence.witness is not None
            assert leg.evidence.witness.strength is not Strength.STATISTICAL
            killed.append(control)
    assert any(claim.controls[control].near for control in killed)


CONTROLS = [(name, control) for name, claim in PROVED.items() for control in claim.controls]


@pytest.mark.parametrize(("identifier", "control"), CONTROLS)
def test_every_false_control_is_refuted_by_an_exact_argument_where_there_is_one(identifier: str, control: str) -> None:
    """The rank defects in R^d alone are left to elimination."""
    claim = PROVED[identifier]
    exact = [check for check in claim.checks if check.kind is Kind.DERIVATION]
    checks = [eliminated_defects] if "defect" in control or "isotropic" in control else exact
    legs = [examine(claim, check, control, RUN) for check in checks]
    assert any(leg.kills for leg in legs), [leg.evidence.reason for leg in legs]


def test_what_is_proved_rests_on_claims_that_exist() -> None:
    known = {claim.id for claim in CLAIMS} | {brenier.id}
    for claim in PROVED.values():
        assert claim.expected is Verdict.PROVED
        assert set(claim.uses) <= known
        assert claim.instance()
    assert set(PROVED) <= known


def test_the_condition_at_a_point_alone_rests_on_a_cited_theorem() -> None:
    claims = (*PROVED.values(), brenier)
    verdicts = dict.fromkeys(PROVED, Verdict.PROVED) | {brenier.id: Verdict.SUPPORTED}
    found = standings(claims, verdicts)
    resting = {name: standing.axioms for name, standing in found.items() if name in PROVED and standing.axioms}
    assert resting == {"jko.pointwise-condition": (brenier.id,)}
    assert all(found[name].verdict is Verdict.PROVED for name in PROVED)
