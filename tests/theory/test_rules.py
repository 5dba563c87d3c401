"""Rules survive random instances of their premises; their broken twins are refuted by the same attack."""

from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp
from hypothesis import strategies as st

from lemmata.theory import rules
from lemmata.theory.kernel import RULES, Inference
from lemmata.theory.statement import Statement, at_most, below, equal, tends

from .attack import Attack, FailedError, Instance
from .breaking import replacing, reversing, trusting, with_right, without_hypotheses

x, y, a, b, c, k = sp.symbols("x y a b c k", real=True)
t, g = sp.symbols("t g", positive=True)
n = sp.Symbol("n", positive=True)
z = sp.Symbol("z")
p, q = sp.symbols("p q", real=True)
u = sp.Function("u", real=True)
v = sp.Function("v", real=True)
w = sp.Function("w", real=True)


def small(low: int = -4, high: int = 4) -> st.SearchStrategy[sp.Rational]:
    """Return multiples of 1/2 between low/2 and high/2."""
    return st.integers(low, high).map(lambda value: sp.Rational(value, 2))


def values(*symbols: sp.Symbol, **bounds: int) -> st.SearchStrategy[Instance]:
    """Return instances that give each symbol a value."""
    return st.fixed_dictionaries({s: small(**bounds) for s in symbols}).map(lambda table: Instance(symbols=table))


def functions(function: Any, family: Callable[[sp.Rational, sp.Rational], sp.Expr], **symbols: Any) -> Any:
    """Return instances that put a member of a two-parameter family, in the variable z, for an undefined function."""
    drawn = st.tuples(small(0), small(0), st.fixed_dictionaries(symbols.get("table", {})))
    return drawn.map(lambda d: Instance(symbols=d[2], functions={function: sp.Lambda(z, family(*d[:2]))}))


def bounded_by(cap: sp.Expr) -> tuple[Statement, ...]:
    integral = sp.Integral(v(t), (t, 0, 1))
    return at_most(0, v(t), (t < 1,)), at_most(v(t), cap, (t < 1,)), at_most(integral, b)


def linear_flow(rate: sp.Rational) -> sp.Lambda:
    """Return the flow of y' = rate y + 1/2 t, as a function of start, end and point."""
    return sp.Lambda((x, t, z), (z + x * rate) * sp.exp(rate * (t - x)) - rate * t if rate else z + t**2 / 4 - x**2 / 4)


parabola = sp.Lambda(z, k * z**2)
nothing: tuple[Statement, ...] = ()

ATTACKS = {
    "decision": Attack(
        rules.decision,
        trusting(rules.decision),
        (at_most(a, b),),
        {"relation": "<=", "left": a, "right": b + c, "hypotheses": ()},
        values(a, b, c),
    ),
    "hypothesis": Attack(
        rules.hypothesis,
        replacing(rules.hypothesis, lambda s: below(s.left, s.right, s.hypotheses)),
        nothing,
        {"given": sp.Le(a, b), "hypotheses": ()},
        values(a, b),
    ),
    "instance": Attack(
        rules.instance,
        trusting(rules.instance),
        (at_most(0, t * (t + 1)),),
        {"values": ((t, x + y),), "functions": ()},
        values(x, y),
    ),
    "weaken": Attack(
        rules.weaken,
        replacing(rules.weaken, without_hypotheses),
        (at_most(0, x * y, (x >= 0, y >= 0)),),
        {"hypotheses": (x <= a,)},
        values(a),
    ),
    "discharge": Attack(
        rules.discharge,
        trusting(rules.discharge),
        (at_most(c, x, (x >= c, x >= b)),),
        {"given": x >= c},
        values(b, c),
    ),
    "cases": Attack(
        rules.cases,
        lambda premises, given: Inference(below(premises[0].left, premises[0].right)),
        (at_most(a * x, b, (x >= 0,)), at_most(a * x, b, (x < 0,))),
        {"given": x >= 0},
        values(a, b),
    ),
    "antisymmetry": Attack(
        rules.antisymmetry,
        replacing(rules.antisymmetry, lambda s: below(s.left, s.right, s.hypotheses)),
        (at_most(a, b), at_most(b, a)),
        {},
        small().map(lambda value: Instance({a: value, b: value})),
    ),
    "chain": Attack(rules.chain, reversing(rules.chain), (at_most(a, b), at_most(b, c)), {}, values(a, b, c)),
    "combine": Attack(
        rules.combine,
        trusting(rules.combine),
        (at_most(a, b),),
        {"left": k * a, "right": k * b, "factors": (k,)},
        values(a, b, k),
    ),
    "solve_linear": Attack(
        rules.solve_linear,
        trusting(rules.solve_linear),
        (equal(k * a, k * b),),
        {"left": a, "right": b, "factor": k},
        st.tuples(small(), small(), small(0, 1)).map(
            lambda d: Instance({a: d[0], b: d[1] if d[2] == 0 else d[0], k: d[2]})
        ),
    ),
    "rewrite": Attack(
        rules.rewrite,
        lambda premises: Inference(at_most(premises[1].right, premises[0].left)),
        (at_most(a, b), equal(b, c)),
        {},
        st.tuples(small(), small()).map(lambda d: Instance({a: d[0], b: d[1], c: d[1]})),
    ),
    "monotone": Attack(
        rules.monotone,
        trusting(rules.monotone),
        (at_most(a, b),),
        {"function": sp.Lambda(z, z**2), "direction": "increasing"},
        values(a, b),
    ),
    "fundamental_theorem": Attack(
        rules.fundamental_theorem,
        replacing(rules.fundamental_theorem, with_right(lambda right: -right)),
        nothing,
        {
            "integrand": 2 * k * t + c,
            "variable": t,
            "lower": a,
            "upper": b,
            "antiderivative": k * t**2 + c * t,
            "hypotheses": (),
        },
        values(a, b, c, k, low=0),
    ),
    "integrate": Attack(
        rules.integrate,
        reversing(rules.integrate),
        (at_most(k, u(t)),),
        {"variable": t, "lower": 0, "upper": g, "left": k * t},
        functions(u, lambda p, q: p * z + q, table={k: small(-4, 4), g: small(1)}),
        30,
    ),
    "differentiate": Attack(
        rules.differentiate,
        replacing(rules.differentiate, with_right(lambda right: right.diff(x))),
        (equal((x + a) ** 3, x**3 + 3 * a * x**2 + 3 * a**2 * x + a**3),),
        {"variable": x},
        values(a),
    ),
    "taylor": Attack(
        rules.taylor,
        replacing(rules.taylor, with_right(lambda right: right - b * (c - a) ** 2 / 4)),
        nothing,
        {
            "function": sp.Lambda(z, sp.exp(z)),
            "center": a,
            "point": c,
            "order": sp.Integer(2),
            "bound": b,
            "side": "upper",
            "hypotheses": (),
        },
        st.tuples(small(-2, 2), small(0, 4), small(0, 60)).map(lambda d: Instance({a: d[0], c: d[0] + d[1], b: d[2]})),
        80,
    ),
    "ode_comparison": Attack(
        rules.ode_comparison,
        reversing(rules.ode_comparison),
        (at_most(v(t).diff(t), -v(t)),),
        {
            "variable": t,
            "function": v(t),
            "solution": v(g) * sp.exp(g - t),
            "rate": sp.Lambda((x, y), -y),
            "anchor": g,
            "end": 0,
            "side": "before",
        },
        functions(v, lambda p, q: (p + 1) * sp.exp(-(q + 1) * z), table={g: small(1)}),
        25,
    ),
    "gronwall": Attack(
        rules.gronwall,
        replacing(rules.gronwall, with_right(lambda right: right.xreplace({sp.exp(k * t): sp.Integer(1)}))),
        (at_most(u(t).diff(t), k * u(t)),),
        {
            "variable": t,
            "function": u(t),
            "rate": k,
            "source": sp.S.Zero,
            "exponent": k * t,
            "accumulated": sp.S.Zero,
            "start": sp.S.Zero,
            "end": g,
        },
        functions(u, lambda p, q: (p + 1) * sp.exp(q * z / 2), table={g: small(1), k: small(0)}),
        40,
    ),
    "bathtub": Attack(
        rules.bathtub,
        trusting(rules.bathtub),
        bounded_by(sp.S.One),
        {
            "variable": t,
            "function": v(t),
            "cap": sp.S.One,
            "payoff": 4 + k * t,
            "weight": sp.S.One,
            "budget": b,
            "lower": sp.S.Zero,
            "upper": sp.S.One,
            "cut": b,
            "payoff_antiderivative": 4 * t + k * t**2 / 2,
            "weight_antiderivative": t,
        },
        functions(v, lambda p, q: sp.Rational(1, 2) + q * (2 * z - 1) / 4, table={b: small(1, 2), k: small(-6, 6)}),
        60,
    ),
    "keeps_sign": Attack(
        rules.keeps_sign,
        replacing(rules.keeps_sign, with_right(lambda right: right - k)),
        (below(0, v(t) ** 2, (t < g,)), below(0, v(0))),
        {"variable": t, "function": v(t), "start": sp.S.Zero, "end": g},
        functions(v, lambda p, q: 2 + p - q * z, table={g: small(1), k: small(5, 8)}),
        40,
    ),
    "barrier": Attack(
        rules.barrier,
        replacing(rules.barrier, lambda s: below(s.left + k, s.right, s.hypotheses)),
        (at_most(0, v(t).diff(t), (t < g, c < v(t))), below(c, v(0))),
        {
            "variable": t,
            "functions": (v(t),),
            "level": c,
            "start": sp.S.Zero,
            "end": g,
            "which": sp.S.Zero,
        },
        functions(v, lambda p, q: p + q * z - z**2 / 4, table={g: small(1), c: small(), k: small(1, 8)}),
        60,
    ),
    "flow_cocycle": Attack(
        rules.flow_cocycle,
        replacing(rules.flow_cocycle, with_right(lambda right: w(right.args[1], *right.args[::2]))),
        nothing,
        {"flow": w(p, q, y), "field": u(y, q), "middle": x, "end": a},
        st.tuples(small(-1, 1), small(), small()).map(
            lambda drawn: Instance({y: drawn[1], a: drawn[2]}, {w: linear_flow(drawn[0])})
        ),
        20,
    ),
    "sum_of_squares": Attack(
        rules.sum_of_squares,
        trusting(rules.sum_of_squares),
        nothing,
        {"expression": k * x**2 + (x + a) ** 2, "squares": ((k, x), (sp.S.One, x + a)), "hypotheses": ()},
        values(a, k),
    ),
    "tangent_line": Attack(
        rules.tangent_line,
        trusting(rules.tangent_line),
        nothing,
        {"function": parabola, "point": a, "touching": b, "shape": "convex", "hypotheses": ()},
        values(a, b, k),
    ),
    "inverse_monotone": Attack(
        rules.inverse_monotone,
        trusting(rules.inverse_monotone),
        (at_most(k * a, k * b),),
        {"function": sp.Lambda(z, k * z), "left": a, "right": b},
        values(a, b, k),
    ),
    "limit_of_reciprocal": Attack(
        rules.limit_of_reciprocal,
        replacing(rules.limit_of_reciprocal, with_right(lambda right: right + k)),
        nothing,
        {"variable": n},
        values(k),
    ),
    "limit_along": Attack(
        rules.limit_along,
        replacing(rules.limit_along, with_right(lambda right: right + k)),
        (tends(c + k / t, t, sp.oo, c), tends(1 / n**2, n, sp.oo, 0)),
        {"inner": n**2},
        values(c, k),
    ),
    "limit_of_error_function": Attack(
        rules.limit_of_error_function,
        trusting(rules.limit_of_error_function),
        nothing,
        {"variable": n, "scale": k},
        values(k, high=8),
    ),
    "limit_of_constant": Attack(
        rules.limit_of_constant,
        replacing(rules.limit_of_constant, with_right(lambda right: right**2)),
        nothing,
        {"value": k, "variable": n, "point": sp.oo},
        values(k),
    ),
    "limit_of_function": Attack(
        rules.limit_of_function,
        trusting(rules.limit_of_function),
        (tends(k + 1 / n, n, sp.oo, k),),
        {"function": sp.Lambda(z, sp.sqrt(z + 1) + z / (z**2 + c))},
        values(k, c, low=-2, high=2),
    ),
    "squeeze": Attack(
        rules.squeeze,
        trusting(rules.squeeze),
        (at_most(0, u(n)), at_most(u(n), c + k / n), tends(k / n, n, sp.oo, 0)),
        {},
        functions(u, lambda p, q: p + q / z, table={c: small(0, 1), k: small(0, 8)}),
        60,
    ),
    "monotone_limit": Attack(
        rules.monotone_limit,
        reversing(rules.monotone_limit),
        (at_most(0, (a - k / n).diff(n)), tends(a - k / n, n, sp.oo, a)),
        {"direction": "nondecreasing"},
        values(a, k),
    ),
    "limit_at_most": Attack(
        rules.limit_at_most,
        replacing(rules.limit_at_most, lambda s: below(s.left, s.right, s.hypotheses)),
        (below(0, k * c / n), tends(sp.S.Zero, n, sp.oo, 0), tends(k * c / n, n, sp.oo, 0)),
        {},
        values(k, c, low=1),
    ),
}


def test_every_rule_of_the_package_is_attacked() -> None:
    assert set(ATTACKS) == set(rules.__all__)
    assert set(rules.__all__) <= set(RULES)


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_rule_survives(name: str) -> None:
    counted = ATTACKS[name].run(ATTACKS[name].rule)
    assert counted >= 5, f"only {counted} instances satisfied the premises"


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_broken_twin_is_refuted(name: str) -> None:
    with pytest.raises(FailedError):
        ATTACKS[name].run(ATTACKS[name].twin)
