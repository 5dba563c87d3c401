"""Nothing is wanting of the claims that rest on numbers: they are run as a run would, audited, and looked at."""

import pytest

from lemmata.checks.audit import Context, audit_claims, read_source_keys
from lemmata.checks.catalogue import describe_module, find_claim
from lemmata.checks.claim import Claim
from lemmata.checks.controls import Leg, examine
from lemmata.checks.evidence import Evidence
from lemmata.checks.jko import convergence, full_recovery, population_bias, recovery, symmetries
from lemmata.checks.jko.known_snapshots import ConditionReading
from lemmata.checks.jko.population_data import scheme_pair
from lemmata.checks.results import ClaimResult, judge_claims
from lemmata.checks.trial import DEFAULT_SEED, Effort, Run, derive_seed
from lemmata.theory.verdict import Verdict

ORIGIN = "lemmata.checks.jko"
MODULES = (convergence, full_recovery, population_bias, recovery, symmetries)
MEASURED: dict[str, Claim] = {claim.id: claim for module in MODULES for claim in module.CLAIMS}


@pytest.fixture(scope="module")
def results() -> dict[str, ClaimResult]:
    """Return the results of every claim at quick effort."""
    records = [record for record in describe_module(ORIGIN) if record.id in MEASURED]
    legs: dict[tuple[str, str, str | None], Leg] = {}
    for record in records:
        claim = find_claim(ORIGIN, record.id)
        for check in claim.checks:
            run = Run(effort=Effort.QUICK, seed=derive_seed(DEFAULT_SEED, claim.id, check.name))
            for control in (None, *claim.controls):
                legs[claim.id, check.name, control] = examine(claim, check, control, run)
    return {result.record.id: result for result in judge_claims(records, legs)}


def evidence_of(results: dict[str, ClaimResult], claim: str, check: str) -> Evidence:
    (leg,) = (leg for leg in results[claim].legs if leg.check == check)
    return leg.evidence


@pytest.mark.parametrize("identifier", list(MEASURED))
def test_claims_are_as_expected(results: dict[str, ClaimResult], identifier: str) -> None:
    result = results[identifier]
    assert not [(leg.check, leg.control, leg.evidence.reason) for leg in result.all_legs if leg.failure]
    assert result.verdict is Verdict.SUPPORTED
    assert [control.record.name for control in result.controls if not control.holds] == []


def test_the_audit_finds_nothing(results: dict[str, ClaimResult]) -> None:
    instances = {name: {"instance": claim.instance()} for name, claim in MEASURED.items()}
    assert audit_claims(list(results.values()), Context(instances, read_source_keys())) == ()


def test_orders_are_known_closer_than_they_are_asked_for(results: dict[str, ClaimResult]) -> None:
    scheme = evidence_of(results, "jko.fokker-planck-limit", "distance to the flow by step").value
    for law in ("Gaussian", "Barenblatt, p = 2", "Barenblatt, p = 3", "double well"):
        assert abs(scheme[f"{law}, order"] - 1) <= scheme[f"{law}, order error"] < 0.1
    plain = evidence_of(results, "jko.population-bias", "bias by spacing").value
    for estimator in ("jko", "explicit"):
        assert abs(plain[f"double well, {estimator}, order"] - 1) <= plain[f"double well, {estimator}, order error"]
        assert plain[f"double well, {estimator}, order error"] < 0.1
    trapezoid = evidence_of(results, "jko.population-trapezoid", "bias by spacing").value
    assert abs(trapezoid["double well, trapezoid, order"] - 2) <= trapezoid["double well, trapezoid, order error"]
    assert trapezoid["double well, trapezoid, order error"] < 0.15


def test_recovery_is_as_close_as_it_says(results: dict[str, ClaimResult]) -> None:
    well = scheme_pair("double well", recovery.PIECES["double well"][Effort.QUICK], recovery.STEP)
    root_loss, _ = well.residual(ConditionReading())
    assert root_loss.value**2 < 1e-12
    fitted, error = well.fit(ConditionReading())
    assert abs(fitted - well.claimed(ConditionReading())).max() <= error < 1e-8
    drawn = evidence_of(results, "jko.recovery", "drawn quadratic energies")
    assert drawn.error is not None
    assert drawn.error < 1e-8
    assert drawn.value == {"examples": recovery.EXAMPLES[Effort.QUICK]}
