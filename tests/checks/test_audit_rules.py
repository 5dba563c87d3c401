"""Each rule of the audit finds the fault that it is there for, and no other rule does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lemmata.checks.audit import Context, audit_claims, read_source_keys
from lemmata.checks.catalogue import describe_module, load_claims
from lemmata.checks.claim import Must, Reading, Source
from lemmata.checks.controls import Leg, examine
from lemmata.checks.evidence import Kind
from lemmata.checks.results import ClaimResult, judge_claims
from lemmata.checks.trial import Run
from lemmata.theory.verdict import Verdict

TOYS = str(Path(__file__).parent / "toy_claims" / "arithmetic.py")


def sound_result() -> ClaimResult:
    """Return the results of `toy.base`, of which nothing is wanting."""
    claim, record = load_claims(TOYS)[0], describe_module(TOYS)[0]
    run = Run(seed=1)
    legs = {
        (claim.id, check.name, control): examine(claim, check, control, run)
        for check in claim.checks
        for control in (None, *claim.controls)
    }
    return judge_claims([record], legs)[0]


CONTEXT = Context({"toy.base": {"instance": "n = 3"}}, frozenset({"gauss"}))


def test_nothing_is_wanting_of_a_sound_claim() -> None:
    assert audit_claims([sound_result()], CONTEXT) == ()


def with_evidence(result: ClaimResult, **changes: object) -> ClaimResult:
    """Change the evidence of the sampled check on the claim itself."""
    first, second = result.legs
    evidence = replace(second.evidence, **changes)  # type: ignore[arg-type]
    return replace(result, legs=(first, replace(second, evidence=evidence)))


def with_controls(result: ClaimResult, change: Callable[[Leg], Leg]) -> ClaimResult:
    """Change the legs of the only control and judge it anew."""
    from lemmata.checks.results import judge_control

    control = result.controls[0]
    legs = tuple(change(leg) for leg in control.legs)
    return replace(result, controls=(judge_control(control.record, legs, result.record.quantifier),))


def unkilled(leg: Leg) -> Leg:
    return replace(leg, kills=False)


def unkilled_by_sampling(leg: Leg) -> Leg:
    return replace(leg, kills=leg.kills and leg.check != "sampled")


def drop_controls(result: ClaimResult) -> ClaimResult:
    record = replace(result.record, controls=tuple(replace(c, must=Must.SURVIVE) for c in result.record.controls))
    return replace(result, record=record)


@pytest.mark.parametrize(
    ("spoil", "rules", "message"),
    [
        (drop_controls, {"polarity"}, "no false control"),
        (lambda r: with_controls(r, unkilled), {"controls", "near"}, "control 'off by one' is killed by no check"),
        (lambda r: with_controls(r, unkilled_by_sampling), {"near"}, "check 'sampled' kills no near control"),
        (
            lambda r: with_evidence(r, resolution=float("inf")),
            {"resolution"},
            "check 'sampled' states no finite resolution",
        ),
        (
            lambda r: with_evidence(r, error=float("nan")),
            {"error"},
            "check 'sampled' reports a value without a finite error",
        ),
        (lambda r: with_evidence(r, seed=None), {"seed"}, "check 'sampled' records no seed"),
        (
            lambda r: replace(r, record=replace(r.record, source=Source("euler", "p. 1", Reading.RESTATED))),
            {"source"},
            "source 'euler' is not in references.bib",
        ),
        (
            lambda r: replace(r, record=replace(r.record, expected=Verdict.UNDECIDED)),
            {"expected"},
            "expected undecided is never legal",
        ),
    ],
)
def test_a_fault_is_found(spoil: Callable[[ClaimResult], ClaimResult], rules: set[str], message: str) -> None:
    findings = audit_claims([spoil(sound_result())], CONTEXT)
    assert {finding.rule for finding in findings} == rules
    assert message in [finding.message for finding in findings]


def test_a_claim_expected_refuted_needs_a_true_control() -> None:
    result = sound_result()
    refuted = replace(result, record=replace(result.record, expected=Verdict.REFUTED))
    assert "expected refuted, but no true control" in [f.message for f in audit_claims([refuted], CONTEXT)]


def test_a_cited_theorem_needs_a_check_that_could_have_refuted_it() -> None:
    result = with_controls(sound_result(), unkilled)
    cited = replace(result, record=replace(result.record, source=Source("gauss", "", Reading.CITED)))
    assert "cited, but no check that could have refuted it" in [f.message for f in audit_claims([cited], CONTEXT)]


def test_an_instance_that_cannot_be_constructed_is_found() -> None:
    context = Context({"toy.base": {"problem": "ValueError: empty"}}, frozenset({"gauss"}))
    messages = [finding.message for finding in audit_claims([sound_result()], context)]
    assert messages == ["no instance that satisfies the hypotheses: ValueError: empty"]


def test_a_new_statement_needs_no_source() -> None:
    result = sound_result()
    new = replace(result, record=replace(result.record, source=Source("lemmata", "", Reading.NEW)))
    assert audit_claims([new], CONTEXT) == ()


@pytest.mark.parametrize(("claims", "found"), [(500, 0), (501, 1)])
def test_false_alarms_stay_within_their_budget(claims: int, found: int) -> None:
    result = sound_result()
    legs = tuple(replace(leg, evidence=replace(leg.evidence, kind=Kind.PROPERTY)) for leg in result.legs)
    findings = audit_claims([replace(result, legs=legs)] * claims, CONTEXT)
    assert sum(finding.rule == "false alarms" for finding in findings) == found


def test_keys_of_a_bibliography_are_read(tmp_path: Path) -> None:
    path = tmp_path / "some.bib"
    path.write_text("% @misc{no,\n@article{gauss1801,\n title={x}}\n@misc{b-2,\n}")
    assert read_source_keys(path) == {"gauss1801", "b-2"}
    assert read_source_keys(tmp_path / "missing.bib") == frozenset()
