"""What a refutation is worth: a kill counts only if the claim itself passes at the witness."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from lemmata.checks.claim import Claim, Control, Must, Quantifier, Reading, Source, false, true
from lemmata.checks.controls import Leg, examine
from lemmata.checks.evidence import Evidence, Kind, Scope
from lemmata.checks.index import ControlRecord
from lemmata.checks.results import judge_control
from lemmata.checks.trial import Run
from lemmata.theory.verdict import Strength, Verdict, Witness

Formula = Callable[[], Any]
RUN = Run(seed=7)


def evidence(verdict: Verdict, witness: Witness | None = None) -> Evidence:
    return Evidence(
        check="anything",
        kind=Kind.NUMERIC,
        scope=Scope.INSTANCE,
        verdict=verdict,
        method="by hand",
        error=0.0,
        resolution=0.0,
        witness=witness,
        reason="cannot tell" if verdict is Verdict.UNDECIDED else "",
    )


WITNESS = Witness(point={"n": "2"}, strength=Strength.EXACT, observed="4", required="3")


@dataclass(frozen=True)
class Scripted:
    """A check that answers by the formula's name, `at` giving what it answers when a witness is revisited."""

    fresh: dict[str, Any]
    at: dict[str, Any]
    name: str = "scripted"
    kind: Kind = Kind.NUMERIC

    def __call__(self, formula: Formula, run: Run) -> Evidence:
        answer = (self.fresh if run.at is None else self.at)[formula()]
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Evidence):
            return answer
        verdict = Verdict(answer)
        return evidence(verdict, WITNESS if verdict is Verdict.REFUTED else None)


def claim(check: Scripted, **controls: Control) -> Claim:
    return Claim(
        id="toy.claim",
        title="",
        statement="",
        source=Source("key", "", Reading.NEW),
        formula=lambda: "claim",
        controls=controls or {"wrong": false(lambda: "wrong")},
        checks=(check,),
        expected=Verdict.SUPPORTED,
        instance=lambda: "one",
    )


def leg_of(fresh: Any, at: Any, control: str | None = "wrong") -> Leg:
    check = Scripted({"claim": "supported", **fresh}, {"wrong": "refuted", **at})
    return examine(claim(check), check, control, RUN)


@pytest.mark.parametrize("there", ["supported", "certified", "proved"])
def test_a_control_is_killed_where_the_claim_passes_at_the_witness(there: str) -> None:
    passing = replace_verdict(there)
    leg = leg_of({"wrong": "refuted"}, {"claim": passing})
    assert leg.kills
    assert leg.remark == ""


def replace_verdict(verdict: str) -> Evidence:
    from lemmata.theory.verdict import Certificate

    certificate = None if verdict == "supported" else Certificate("identity", {})
    return replace(evidence(Verdict.SUPPORTED), verdict=Verdict(verdict), certificate=certificate)


@pytest.mark.parametrize("there", ["refuted", "undecided", ValueError("outside"), SystemExit(1), {"not": "evidence"}])
def test_a_control_is_not_killed_where_the_claim_does_not_pass_at_the_witness(there: Any) -> None:
    check = Scripted({"claim": "supported", "wrong": "refuted"}, {"claim": there})
    leg = examine(claim(check), check, "wrong", RUN)
    assert leg.evidence.verdict is Verdict.REFUTED
    assert not leg.kills
    assert leg.remark.startswith("the claim itself ")


@pytest.mark.parametrize("fresh", ["supported", "undecided"])
def test_what_does_not_refute_does_not_kill(fresh: str) -> None:
    assert not leg_of({"wrong": fresh}, {"claim": "supported"}).kills


@pytest.mark.parametrize("raised", [ValueError("wrong shape"), ZeroDivisionError(), MemoryError(), SystemExit(2)])
def test_an_exception_kills_nothing_and_is_a_crash(raised: BaseException) -> None:
    leg = leg_of({"wrong": raised}, {"claim": "supported"})
    assert (leg.kills, leg.failure, leg.evidence.verdict) == (False, "crash", Verdict.UNDECIDED)
    assert type(raised).__name__ in leg.evidence.reason


def test_a_witness_against_the_claim_counts_if_it_refutes_again() -> None:
    leg = leg_of({"claim": "refuted"}, {"claim": "refuted"}, None)
    assert leg.evidence.witness == WITNESS


@pytest.mark.parametrize("again", ["supported", "undecided"])
def test_a_witness_against_the_claim_that_does_not_refute_again_is_withdrawn(again: str) -> None:
    leg = leg_of({"claim": "refuted"}, {"claim": again}, None)
    assert leg.evidence.verdict is Verdict.UNDECIDED
    assert leg.evidence.provenance["withdrawn_witness"] == WITNESS.to_json()


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), {1, 2}, object()], ids=["nan", "infinity", "set", "object"]
)
def test_evidence_that_is_not_json_is_a_crash(value: Any) -> None:
    leg = leg_of({"claim": replace(evidence(Verdict.SUPPORTED), value=value)}, {}, None)
    assert leg.failure == "crash"
    assert "not JSON" in leg.evidence.reason


def test_legs_carry_name_seed_and_time_and_survive_a_round_trip() -> None:
    leg = leg_of({"wrong": "refuted"}, {"claim": "supported"})
    assert (leg.evidence.check, leg.evidence.seed) == ("scripted", 7)
    assert leg.evidence.seconds > 0
    assert Leg.from_json(leg.to_json()) == leg


def judged(must: Must, *legs: tuple[str, bool]) -> tuple[str, tuple[str, ...], bool]:
    made = [
        Leg(
            check=f"check {number}",
            control="it",
            evidence=evidence(Verdict(verdict), WITNESS if verdict == "refuted" else None),
            kills=kills,
        )
        for number, (verdict, kills) in enumerate(legs)
    ]
    result = judge_control(ControlRecord("it", must, False, "", 0.0), made, Quantifier.UNIVERSAL)
    assert (result.witness is not None) == bool(result.killed_by)
    return result.verdict.value, result.killed_by, result.holds


@pytest.mark.parametrize(
    ("must", "legs", "verdict", "killed_by", "holds"),
    [
        (Must.REFUTED, [("refuted", True), ("supported", False)], "refuted", ("check 0",), True),
        (Must.REFUTED, [("supported", False), ("refuted", True)], "refuted", ("check 1",), True),
        (Must.REFUTED, [("refuted", False)], "undecided", (), False),
        (Must.REFUTED, [("refuted", False), ("supported", False)], "supported", (), False),
        (Must.REFUTED, [("undecided", False)], "undecided", (), False),
        (Must.SURVIVE, [("supported", False)], "supported", (), True),
        (Must.SURVIVE, [("supported", False), ("undecided", False)], "supported", (), True),
        (Must.SURVIVE, [("undecided", False)], "undecided", (), False),
        (Must.SURVIVE, [("supported", False), ("refuted", False)], "refuted", ("check 1",), False),
    ],
)
def test_controls_are_judged(
    must: Must, legs: list[tuple[str, bool]], verdict: str, killed_by: tuple[str, ...], holds: bool
) -> None:
    assert judged(must, *legs) == (verdict, killed_by, holds)


def test_a_true_control_is_not_revisited() -> None:
    check = Scripted({"claim": "supported", "right": "refuted"}, {})
    made = claim(check, wrong=false(lambda: "wrong"), right=true(lambda: "right"))
    leg = examine(made, check, "right", RUN)
    assert (leg.kills, leg.failure, leg.evidence.verdict) == (False, "", Verdict.REFUTED)
