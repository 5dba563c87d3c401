"""Exact instances: irrational equalities are decided, the first failure is the witness, and restrictions are kept."""

import pytest
import sympy as sp
from sympy import Expr, Rational

from lemmata.checks.evidence import Evidence
from lemmata.checks.pushforward.exact_instances import Outcome, Printed, exact_instances, printed
from lemmata.checks.trial import Run
from lemmata.theory.verdict import Strength, Verdict

SQUARES = {"two": sp.Integer(2), "nine": sp.Integer(9), "a half": Rational(1, 2)}


def root(claimed: Expr, square: Expr) -> Outcome:
    return Outcome(sp.sqrt(square), claimed * sp.sqrt(2 * square) / sp.sqrt(2), "root")


def bounded(claimed: Expr, square: Expr) -> Outcome:
    return Outcome(sp.sqrt(square), claimed, "root", bound=True)


def look(said: Printed, *, at: Evidence | None = None, bound: bool = False) -> Evidence:
    check = exact_instances(SQUARES, bounded if bound else root, method="roots")
    run = Run(seed=1)
    return check(lambda: said, run if at is None or at.witness is None else run.revisit(at.witness))


def test_what_holds_is_supported_without_error() -> None:
    evidence = look(printed(sp.S.One))
    assert evidence.verdict is Verdict.SUPPORTED
    assert evidence.error == evidence.resolution == 0.0


def test_the_first_failure_is_the_witness() -> None:
    evidence = look(printed(1 + Rational(1, 10**12)))
    assert evidence.witness is not None
    assert evidence.witness.point == {"instance": "two"}
    assert evidence.witness.strength is Strength.CERTIFIED
    rational = look(printed(1 + Rational(1, 10**12), "nine"))
    assert rational.witness is not None
    assert rational.witness.strength is Strength.EXACT


def test_a_bound_fails_from_above_only() -> None:
    assert look(printed(sp.Integer(3)), bound=True).verdict is Verdict.SUPPORTED
    evidence = look(printed(sp.sqrt(2)), bound=True)
    assert evidence.witness is not None
    assert evidence.witness.point == {"instance": "nine"}
    assert look(printed(sp.sqrt(2), "two", "a half"), bound=True).verdict is Verdict.SUPPORTED


def test_a_witness_is_visited_alone() -> None:
    evidence = look(printed(sp.sqrt(2)), bound=True)
    assert look(printed(sp.sqrt(2)), at=evidence, bound=True).witness == evidence.witness
    assert look(printed(sp.Integer(3)), at=evidence, bound=True).verdict is Verdict.SUPPORTED


def test_a_restriction_to_no_instance_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was compared"):
        look(printed(sp.S.One, "another"))


def test_what_cannot_be_decided_is_an_error() -> None:
    place = sp.Symbol("x", real=True)
    integral = sp.Integral(sp.sin(sp.sin(place)), (place, 0, 1))
    unknown = exact_instances({"integral": integral}, lambda claimed, it: Outcome(it, claimed, "I"), method="none")
    with pytest.raises(ArithmeticError, match="cannot tell"):
        unknown(lambda: printed(sp.S.One), Run(seed=1))
