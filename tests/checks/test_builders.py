"""The ready checks prove or support what is true, refute what is not, and revisit a witness."""

import pytest
from sympy import Expr, Integer, Rational, Symbol, cos, sin

from lemmata.checks.builders import Check, convergence_rate, identity
from lemmata.checks.trial import Run
from lemmata.theory.verdict import Verdict

x = Symbol("x", real=True)
STEPS = [2.0**-k for k in range(3, 13)]
SECOND_ORDER: Check = convergence_rate(
    lambda run: (STEPS, [3 * h**2 for h in STEPS], [1e-6 * h**2 for h in STEPS]),
    float,
    method="gaps of exactly second order",
)


def test_a_true_identity_is_proved_and_passes_at_any_witness() -> None:
    check = identity(lambda claimed: sin(2 * x) - claimed)
    refuted = check(lambda: 3 * sin(x) * cos(x), Run())
    assert refuted.verdict is Verdict.REFUTED
    assert refuted.witness is not None
    assert check(lambda: 3 * sin(x) * cos(x), Run(at=refuted.witness)).verdict is Verdict.REFUTED
    assert check(lambda: 2 * sin(x) * cos(x), Run(at=refuted.witness)).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    ("claimed", "verdict"),
    [(Integer(2), Verdict.SUPPORTED), (Rational(22, 10), Verdict.REFUTED), (Rational(18, 10), Verdict.REFUTED)],
)
def test_a_rate_is_held_from_both_sides(claimed: Expr, verdict: Verdict) -> None:
    assert SECOND_ORDER(lambda: claimed, Run()).verdict is verdict


def test_a_rate_over_too_few_decades_is_undecided() -> None:
    short = convergence_rate(lambda run: (STEPS[:3], STEPS[:3], [1e-9] * 3), float, method="three points")
    assert short(lambda: Integer(1), Run()).verdict is Verdict.UNDECIDED
