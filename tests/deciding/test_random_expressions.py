"""Random expressions: a rewriting that is always valid is never refuted, and a tiny constant is never proved away."""

import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from lemmata.theory.decide import decide_zero
from lemmata.theory.deciding.refute import refute
from lemmata.theory.verdict import Verdict

from .corpus_entry import NANO, p, q, u, v, x, y

f = sp.Function("f")

LEAVES = st.sampled_from([x, y, u, v, p, q, sp.Integer(1), sp.Integer(2), sp.Rational(-1, 3), sp.I, sp.pi])
FUNCTIONS = st.sampled_from([sp.exp, sp.log, sp.sin, sp.cos, sp.tanh, sp.sqrt, sp.Abs, sp.atan, sp.erf, f])
EXPONENTS = st.sampled_from([2, 3, -1, sp.Rational(1, 2), sp.Rational(-2, 3), u])


def combined(inner: st.SearchStrategy[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
    return st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        st.tuples(FUNCTIONS, inner).map(lambda pair: pair[0](pair[1])),
        st.tuples(inner, EXPONENTS).map(lambda pair: pair[0] ** pair[1]),
        st.tuples(inner, inner).map(lambda pair: sp.Piecewise((pair[0], u > 0), (pair[1], True))),
    )


EXPRESSIONS = st.recursive(LEAVES, combined, max_leaves=5).filter(
    lambda e: not e.has(sp.zoo, sp.nan, sp.oo, sp.Derivative) and sp.count_ops(e) < 30
)

# Each holds for every complex value of its arguments, wherever the right-hand side is defined.
REWRITINGS = [
    lambda a, b: (a + b) ** 2 - a**2 - 2 * a * b - b**2,
    lambda a, b: sp.Add(a, b) * sp.Add(a, -b) - a**2 + b**2,
    lambda a, b: sp.sin(a + b) - sp.sin(a) * sp.cos(b) - sp.cos(a) * sp.sin(b),
    lambda a, b: sp.exp(a + b) - sp.exp(a) * sp.exp(b),
    lambda a, b: sp.cosh(a) ** 2 - sp.sinh(a) ** 2 - 1 + (b - b),
    lambda a, b: (sp.sqrt(a) + b) * (sp.sqrt(a) - b) - a + b**2,
    lambda a, b: sp.exp(sp.log(a)) * b - a * b,
    lambda a, b: sp.diff(a * b, u) - sp.diff(a, u) * b - a * sp.diff(b, u),
    lambda a, b: sp.log(sp.exp(sp.Abs(a)) + 1) - sp.Abs(a) - sp.log(1 + sp.exp(-sp.Abs(a))) + 0 * b,
    lambda a, b: sp.erf(a - b) + sp.erf(b - a),
    lambda a, b: f(a + b) ** 2 - f(b + a) * f(sp.expand((a + 1) ** 2 - a**2 - 2 * a - 1) + a + b),
]
# Each fails for some real or complex values, although a careless rule would grant it.
FALLACIES = [
    lambda a: sp.sqrt(sp.exp(2 * a) * x**2) - sp.exp(a) * x,
    lambda a: sp.log(x * (1 + a**2)) - sp.log(x) - sp.log(1 + a**2) + 2 * sp.pi * sp.I,
    lambda a: sp.log(sp.exp(x + a)) - x - a + NANO,
    lambda a: (x**2) ** sp.Rational(1, 3) - x ** sp.Rational(2, 3) + NANO * (1 + sp.Abs(a)),
    lambda a: sp.sqrt(u) * sp.sqrt(v) - sp.sqrt(u * v) + NANO * sp.exp(a),
]


@settings(max_examples=60)
@given(a=EXPRESSIONS, b=EXPRESSIONS, rewriting=st.sampled_from(REWRITINGS))
def test_valid_rewritings_are_never_refuted(a: sp.Expr, b: sp.Expr, rewriting: object) -> None:
    assert callable(rewriting)
    decision = decide_zero(rewriting(a, b), time_limit=5)
    assert decision.verdict is not Verdict.REFUTED, decision


@settings(max_examples=60)
@given(
    a=EXPRESSIONS,
    b=EXPRESSIONS,
    rewriting=st.sampled_from(REWRITINGS),
    constant=st.sampled_from([NANO, -NANO, sp.I * NANO, NANO * p, NANO * sp.exp(u), sp.exp(-60)]),
)
def test_a_tiny_constant_is_never_proved_away(a: sp.Expr, b: sp.Expr, rewriting: object, constant: sp.Expr) -> None:
    assert callable(rewriting)
    decision = decide_zero(rewriting(a, b) + constant, time_limit=5)
    assert decision.verdict is not Verdict.PROVED, decision


@settings(max_examples=40)
@given(a=EXPRESSIONS, fallacy=st.sampled_from(FALLACIES))
def test_fallacies_are_never_proved(a: sp.Expr, fallacy: object) -> None:
    assert callable(fallacy)
    decision = decide_zero(fallacy(a), time_limit=5)
    assert decision.verdict is not Verdict.PROVED, decision


@settings(max_examples=40)
@given(a=EXPRESSIONS, b=EXPRESSIONS)
def test_two_random_expressions_are_proved_equal_only_where_balls_agree(a: sp.Expr, b: sp.Expr) -> None:
    if decide_zero(a - b, time_limit=5).verdict is Verdict.PROVED:
        assert refute(a - b, points=40, seed=99) is None
