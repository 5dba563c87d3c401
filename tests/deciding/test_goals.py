"""Steps of a proof check their own side conditions: what does not follow is refused."""

import pytest
import sympy as sp

from lemmata.theory.deciding.axioms import UnprovedError
from lemmata.theory.deciding.gaussian import Unsupported
from lemmata.theory.deciding.goals import Fact, Goal, along, circle, facts_of, parts, shift, smoothness, solve, split
from lemmata.theory.deciding.sign_sets import NONZERO, POSITIVE, ZERO

x, y = sp.symbols("x y", real=True)
p = sp.Symbol("p", positive=True)
n = sp.Symbol("n", integer=True)
z = sp.Symbol("z")
f = sp.Function("f")


def goal(expression: sp.Expr, *hypotheses: sp.Basic) -> Goal:
    return Goal(expression, facts_of(hypotheses), ZERO)


def test_shift_writes_a_bounded_symbol_through_a_positive_one() -> None:
    start = goal(x * y, x > y + 1)
    shifted, new = shift(start, start.facts[0], x, "offset", "d")
    assert new.is_positive
    assert sp.expand(shifted.expression - (y + 1 + new) * y) == 0
    assert shifted.facts == ()
    between = goal(p, p < 1)
    shifted, new = shift(between, between.facts[0], p, "ratio", "d")
    assert shifted.expression == 1 / (1 + new)


def test_shift_keeps_the_sign_it_would_lose_as_a_fact() -> None:
    start = goal(p, p > x)
    shifted, new = shift(start, start.facts[0], p, "offset", "d")
    assert shifted.facts == (Fact(x + new, ">"),)


@pytest.mark.parametrize(
    ("expression", "hypothesis", "symbol", "style", "name"),
    [
        (x, x**2 > 1, x, "offset", "d"),
        (x, x > 1, x, "offset", "x"),
        (x, x < 1, x, "ratio", "d"),
        (x, x * y > 1, x, "offset", "d"),
        (x, sp.Ne(x, 1), x, "offset", "d"),
    ],
    ids=["not linear", "name taken", "not positive", "slope of unknown sign", "no bound"],
)
def test_unsound_shifts_are_refused(
    expression: sp.Expr, hypothesis: sp.Basic, symbol: sp.Symbol, style: str, name: str
) -> None:
    start = goal(expression, hypothesis)
    with pytest.raises(UnprovedError):
        shift(start, start.facts[0], symbol, style, name)


def test_solve_needs_a_coefficient_that_cannot_vanish() -> None:
    start = goal(x, sp.Eq(p * x, y))
    assert solve(start, start.facts[0], x).expression == y / p
    start = goal(x, sp.Eq(y * x, 1))
    with pytest.raises(UnprovedError):
        solve(start, start.facts[0], x)


def test_equation_at_a_point_does_not_reach_derivatives() -> None:
    slope = sp.Function("f{1}")(x)
    start = goal(slope - 2 * x, sp.Eq(f(x), x**2))
    assert solve(start, start.facts[0], f(x)).expression == slope - 2 * x


def test_split_covers_the_real_line_with_zero() -> None:
    for kind, relations in (("order", (">=", ">")), ("reverse", (">", ">=")), ("sign", (">", "=", ">"))):
        real, cases = split(goal(sp.Abs(x)), kind, x)
        assert real.expression == x
        assert tuple(case.facts[-1].relation for case in cases) == relations
        assert any(case.facts[-1].relation in (">=", "=") for case in cases)


def test_parts_need_a_symbol_without_assumptions() -> None:
    assert parts(goal(sp.Abs(z)), z, ("a", "b")).expression == sp.Abs(
        sum(c * s for c, s in zip((1, sp.I), sp.symbols("a b", real=True), strict=True))
    )
    with pytest.raises(UnprovedError):
        parts(goal(sp.Abs(x)), x, ("a", "b"))
    with pytest.raises(UnprovedError):
        parts(goal(sp.Abs(z * x)), z, ("x", "b"))


def test_derivatives_are_followed_along_intervals_only() -> None:
    start = goal(sp.atan(p) + sp.atan(1 / p) - sp.pi / 2)
    obligations, _, at_base = along(start, p, sp.S.One)
    assert (p, NONZERO) in [(each.expression, each.sign) for each in obligations]
    assert at_base.expression == 0
    for symbol, base in ((p, sp.S.Zero), (p, sp.S.NegativeOne), (n, sp.S.One), (z, sp.S.One)):
        with pytest.raises(UnprovedError):
            along(goal(sp.atan(symbol)), symbol, base)


def test_facts_about_the_variable_are_dropped_along_it() -> None:
    start = goal(sp.atan(x) + sp.atan(1 / x) - sp.pi / 2, sp.Ne(x, 0), y > 0)
    obligations, slope, at_base = along(start, x, sp.S.One)
    for each in (*obligations, slope, at_base):
        assert all(x not in fact.expression.free_symbols for fact in each.facts)


def test_jumps_have_no_rule_of_smoothness() -> None:
    assert smoothness(sp.log(x), x) == [(x, POSITIVE)]
    for jump in (sp.floor(x), sp.sign(x), sp.Abs(x), sp.Piecewise((0, x < 0), (1, True))):
        with pytest.raises(Unsupported):
            smoothness(jump, x)


def test_circle_takes_small_numbers_only() -> None:
    assert circle(goal(sp.atan(2) - 1)).expression == sp.exp(sp.I * (sp.atan(2) - 1)) - 1
    for expression in (2 * sp.pi, sp.atan(x)):
        with pytest.raises(UnprovedError):
            circle(goal(expression))
