"""Nothing is wanting of the proved claims: all their checks and controls are run as a run would, and audited."""

import pytest

from lemmata.checks.audit import Context, audit_claims, read_source_keys
from lemmata.checks.catalogue import assemble, describe_module, find_claim
from lemmata.checks.controls import Leg, examine
from lemmata.checks.results import ClaimResult, judge_claims
from lemmata.checks.trial import DEFAULT_SEED, Effort, Run, derive_seed
from lemmata.theory.verdict import Verdict

from .proved_claims import PROVED

ORIGIN = "lemmata.checks.jko"


@pytest.fixture(scope="module")
def results() -> dict[str, ClaimResult]:
    """Return the results of every proved claim at quick effort."""
    records = [record for record in describe_module(ORIGIN) if record.id in PROVED]
    legs: dict[tuple[str, str, str | None], Leg] = {}
    for record in records:
        claim = find_claim(ORIGIN, record.id)
        for check in claim.checks:
            run = Run(effort=Effort.QUICK, seed=derive_seed(DEFAULT_SEED, claim.id, check.name))
            for control in (None, *claim.controls):
                legs[claim.id, check.name, control] = examine(claim, check, control, run)
    return {result.record.id: result for result in judge_claims(records, legs)}


@pytest.mark.parametrize("identifier", list(PROVED))
def test_claims_are_as_expected(results: dict[str, ClaimResult], identifier: str) -> None:
    result = results[identifier]
    assert not [(leg.check, leg.control, leg.evidence.reason) for leg in result.all_legs if leg.failure]
    assert result.verdict is Verdict.PROVED
    assert result.as_expected
    assert all(control.holds for control in result.controls)


def test_the_audit_finds_nothing(results: dict[str, ClaimResult]) -> None:
    instances = {name: {"instance": claim.instance()} for name, claim in PROVED.items()}
    assert audit_claims(list(results.values()), Context(instances, read_source_keys())) == ()


def test_the_records_make_a_catalogue() -> None:
    records = describe_module(ORIGIN)
    catalogue = assemble([records, describe_module("lemmata.checks.monge_ampere")])
    assert catalogue.problems == ()
    assert set(PROVED) <= set(catalogue.by_id)
