"""Each claim run as a run would: printed errors fall by exact witnesses, the rest is proved, the audit is content."""

import pytest

from lemmata.checks.audit import Context, audit_claims, read_source_keys
from lemmata.checks.catalogue import describe_module
from lemmata.checks.claim import Must, Reading
from lemmata.checks.controls import Leg, examine
from lemmata.checks.evidence import Kind
from lemmata.checks.index import ClaimRecord
from lemmata.checks.pushforward import CLAIMS
from lemmata.checks.results import judge_claims
from lemmata.checks.trial import DEFAULT_SEED, Effort, Run, derive_seed
from lemmata.theory.replay import replay
from lemmata.theory.verdict import Strength, Verdict

BY_ID = {claim.id: claim for claim in CLAIMS}


@pytest.fixture(scope="module")
def records() -> dict[str, ClaimRecord]:
    return {record.id: record for record in describe_module("lemmata.checks.pushforward")}


def run_claim(identifier: str) -> dict[tuple[str, str, str | None], Leg]:
    """Return the legs of a claim and its controls at quick effort."""
    claim = BY_ID[identifier]
    legs: dict[tuple[str, str, str | None], Leg] = {}
    for check in claim.checks:
        run = Run(effort=Effort.QUICK, seed=derive_seed(DEFAULT_SEED, identifier, check.name))
        for control in (None, *claim.controls):
            legs[identifier, check.name, control] = examine(claim, check, control, run)
    return legs


@pytest.mark.parametrize("identifier", list(BY_ID))
def test_claims_are_as_expected_and_their_controls_hold(identifier: str, records: dict[str, ClaimRecord]) -> None:
    claim, legs = BY_ID[identifier], run_claim(identifier)
    (result,) = judge_claims([records[identifier]], legs)
    assert not [(leg.check, leg.control, leg.evidence.reason) for leg in result.all_legs if leg.failure]
    assert result.verdict is claim.expected
    for control in result.controls:
        assert control.holds, (control.record.name, control.verdict)
    context = Context({identifier: {"instance": claim.instance()}}, read_source_keys())
    assert audit_claims([result], context) == ()
    for leg in result.all_legs:
        assert leg.evidence.witness is None or leg.evidence.witness.strength is not Strength.STATISTICAL
        if leg.control is None and leg.evidence.kind is Kind.DERIVATION:
            assert leg.evidence.certificate is not None
            assert replay(leg.evidence.certificate).kind


def test_printed_errors_point_to_proved_corrections() -> None:
    wrong = [claim for claim in CLAIMS if claim.expected is Verdict.REFUTED]
    assert wrong
    for claim in wrong:
        assert claim.id.endswith("-as-printed")
        assert claim.source.reading is Reading.AS_PRINTED
        mended = BY_ID[claim.correction]
        assert mended.expected is Verdict.PROVED
        assert mended.source.reading is Reading.CORRECTED
        assert mended.source.locator == claim.source.locator
        assert any(control.must is Must.SURVIVE for control in claim.controls.values())


def test_what_claims_rest_on_is_claimed() -> None:
    assert all(used in BY_ID for claim in CLAIMS for used in claim.uses)
