"""Sampled points are exact, admissible, special as well as generic, and the same in every process."""

import os
import subprocess
import sys

import pytest
import sympy as sp

from lemmata.theory.deciding.balls import ball, holds
from lemmata.theory.deciding.gaussian import Unsupported
from lemmata.theory.deciding.sampling import admissible_points, is_admissible, satisfies

R = sp.Rational
x, y = sp.symbols("x y")
u, v, w = sp.symbols("u v w", real=True)
t = sp.Symbol("t", real=True)
n = sp.Symbol("n", integer=True)
COUNT = 20

SYMBOLS = [
    sp.Symbol("a", **{name: True})
    for name in (
        "real",
        "positive",
        "negative",
        "nonnegative",
        "nonzero",
        "integer",
        "even",
        "odd",
        "prime",
        "imaginary",
        "rational",
        "irrational",
    )
] + [
    sp.Symbol("a", integer=True, positive=True),
    sp.Symbol("a", real=True, nonzero=True),
    sp.Symbol("a", even=True, negative=True),
]


@pytest.mark.parametrize("symbol", SYMBOLS, ids=lambda s: str(sorted(s._assumptions_orig)))
def test_assumptions_are_honoured(symbol: sp.Symbol) -> None:
    samples = admissible_points(symbol + 1, (), count=COUNT, seed=0)
    assert len(samples) >= 3
    for sample in samples:
        for name in symbol._assumptions_orig:
            assert getattr(sample.values[symbol], f"is_{name}") is True


@pytest.mark.parametrize(
    "hypotheses",
    [
        (sp.Gt(u, 1), sp.Lt(v, u)),
        (sp.Gt(u, 0), sp.Lt(u, 1)),
        (sp.Gt(v, u), sp.Gt(w, v), sp.Lt(w, R(1, 100)), sp.Gt(u, 0)),
        (sp.Eq(u + v, 1), sp.Gt(u, v)),
        (sp.Eq(u**2 + v**2, 1), sp.Ne(u, 0)),
        (sp.Eq(u * v, 1),),
        (sp.Lt(u**2 + v**2, 1),),
        (sp.Ge(n, 5), sp.Lt(n, 9)),
        (sp.And(u > 0, v < 0),),
        (sp.Or(u > 5, u < -5),),
        (sp.Gt(sp.exp(u), 3),),
        (sp.Eq(sp.exp(u), v),),
        (sp.Gt(u, sp.pi), sp.Lt(u, sp.pi + R(1, 10))),
    ],
)
def test_hypotheses_hold_at_every_point(hypotheses: tuple[sp.Basic, ...]) -> None:
    samples = admissible_points(u + v + w + n, hypotheses, count=COUNT, seed=3)
    assert len(samples) >= 3
    for sample in samples:
        for hypothesis in hypotheses:
            if isinstance(hypothesis, sp.Eq) and hypothesis.has(sp.exp):
                assert ball(hypothesis.lhs - hypothesis.rhs, sample.values, precision=200).contains(0)
            else:
                assert holds(hypothesis, sample.values, precision=500)


@pytest.mark.parametrize(
    "hypotheses",
    [
        (sp.Gt(u, 0), sp.Lt(u, 0)),
        (sp.false,),
        (sp.Eq(u, 1), sp.Eq(u, 2)),
        (sp.Lt(u**2, 0),),
        (sp.Eq(u, 1), sp.Lt(u, 0)),
    ],
)
def test_contradictory_hypotheses_give_no_point(hypotheses: tuple[sp.Basic, ...]) -> None:
    assert admissible_points(u + v, hypotheses, count=COUNT, seed=0) == []


def test_special_points_are_among_them() -> None:
    values = [s.values[u] for s in admissible_points(sp.Abs(u - 2) + sp.sqrt(u**2), (), count=COUNT, seed=0)]
    assert 2 in values
    assert any(value < 2 for value in values)
    assert any(value > 2 for value in values)
    assert {sp.S.Zero} & set(values)
    boundary = [s.values[u] for s in admissible_points(u, (sp.Ge(u, R(7, 3)),), count=COUNT, seed=0)]
    assert R(7, 3) in boundary
    tiny = admissible_points(sp.Piecewise((1, u < R(1, 10**9)), (2, True)), (sp.Gt(u, 0),), count=COUNT, seed=0)
    assert any(s.values[u] == R(1, 10**9) for s in tiny)


def test_symbols_without_assumptions_are_complex_and_leave_the_strip() -> None:
    values = [s.values[x] for s in admissible_points(sp.exp(x), (), count=COUNT, seed=0)]
    assert any(not value.is_real for value in values)
    assert any(abs(sp.im(value)) > sp.pi for value in values)
    assert any(value.is_real for value in values)


@pytest.mark.parametrize("assumption", ["positive", "negative", "nonnegative", "real"])
def test_instances_honour_the_assumptions_of_functions(assumption: str) -> None:
    eta = sp.Function("eta", **{assumption: True})(t, u)
    samples = admissible_points(eta + eta.diff(u), (), count=COUNT, seed=1)
    assert len(samples) == COUNT
    for sample in samples:
        value = ball(eta, sample.values, sample.functions, precision=100)
        assert value.imag.is_zero()
        assert {"positive": value.real > 0, "negative": value.real < 0, "nonnegative": value.real >= 0, "real": True}[
            assumption
        ]


def test_real_functions_are_not_given_complex_values() -> None:
    f = sp.Function("f", real=True)
    for sample in admissible_points(f(x) + sp.Subs(f(y).diff(y), y, x), (), count=COUNT, seed=0):
        assert ball(f(x), sample.values, sample.functions, precision=100).imag.is_zero()


def test_jet_space_gives_the_principal_derivative_alone_a_value() -> None:
    eta = sp.Function("eta", positive=True)(t, u)
    heat = sp.Eq(eta.diff(t), eta.diff(u, 2) / 2)
    for sample in admissible_points(eta.diff(t) + eta.diff(u), (heat,), count=5, seed=0):
        assert sample.in_jet_space
        residual = ball(heat.lhs - heat.rhs, sample.values, sample.functions, precision=100)
        assert residual.contains(0)
    with pytest.raises(Unsupported):
        # A derivative of either side remains, so neither may be given a value of its own.
        admissible_points(eta.diff(t, u) + eta.diff(u, 3), (heat,), count=5, seed=0)


def test_points_with_altered_values_are_not_admissible() -> None:
    hypotheses = (sp.Eq(v, sp.exp(u)), sp.Gt(u, 0))
    (sample,) = admissible_points(u * v, hypotheses, count=1, seed=0)
    assert is_admissible(sample, u * v, hypotheses)
    for node, value in ((v, sp.Integer(3)), (u, sp.Integer(-1)), (u, sp.I)):
        altered = type(sample)({**sample.values, node: value}, sample.functions)
        assert not is_admissible(altered, u * v, hypotheses)
    assert not satisfies(sp.Symbol("a", even=True), sp.Integer(3))


def test_draw_does_not_depend_on_the_hash_seed() -> None:
    script = (
        "import sympy as sp\n"
        "from lemmata.theory.deciding.refute import refute\n"
        "from lemmata.theory.deciding.sampling import admissible_points\n"
        "a, b, c, d = sp.symbols('a b c d'); e, g = sp.symbols('e g', positive=True)\n"
        "f = sp.Function('f'); h = sp.Function('h', positive=True)\n"
        "expression = sp.Max(e, g) * f(a * b) + sp.Abs(e - g) * h(e, g) + c * d + sp.Piecewise((1, e > g), (g, True))\n"
        "print(admissible_points(expression, (e < 5, sp.Ne(a, b), sp.Eq(c, d + 1)), count=12, seed=4))\n"
        "print(refute(expression - c, (e < 5, sp.Ne(a, b), sp.Eq(c, d + 1))))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "12345")
    }
    assert len(outputs) == 1
