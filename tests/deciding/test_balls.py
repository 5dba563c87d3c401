"""Balls contain the values that mpmath finds, and nothing is evaluated off its domain or on a branch left open."""

import random

import mpmath
import pytest
import sympy as sp

from lemmata.theory.deciding.balls import Indeterminate, Undefined, Unsupported, ball, evaluate, holds
from lemmata.theory.deciding.gaussian import exact

R = sp.Rational
x, y = sp.symbols("x y")
u, v = sp.symbols("u v", real=True)
k = sp.Symbol("k", integer=True)
f, g = sp.Function("f"), sp.Function("g")
CUBIC = {f: sp.Lambda(x, x**3 + 2 * x + R(1, 7)), g: sp.Lambda((x, y), sp.exp(x) * y**2)}

SINGLE = {
    **{
        name: (getattr(sp, name), getattr(mpmath, name))
        for name in (
            "exp",
            "log",
            "sqrt",
            "sin",
            "cos",
            "tan",
            "cot",
            "sec",
            "csc",
            "sinh",
            "cosh",
            "tanh",
            "coth",
            "sech",
            "csch",
            "asin",
            "acos",
            "atan",
            "acot",
            "asec",
            "acsc",
            "asinh",
            "acosh",
            "atanh",
            "acoth",
            "asech",
            "acsch",
            "erf",
            "erfc",
            "erfi",
            "gamma",
            "loggamma",
            "cbrt",
            "arg",
            "re",
            "im",
            "sign",
        )
    },
    "Abs": (sp.Abs, mpmath.fabs),
    "conjugate": (sp.conjugate, mpmath.conj),
    "digamma": (sp.digamma, mpmath.digamma),
    "trigamma": (lambda z: sp.polygamma(1, z), lambda z: mpmath.polygamma(1, z)),
    "besselk": (lambda z: sp.besselk(1, z), lambda z: mpmath.besselk(1, z)),
    "besseli": (lambda z: sp.besseli(R(1, 3), z), lambda z: mpmath.besseli(mpmath.mpf(1) / 3, z)),
    "besselj": (lambda z: sp.besselj(2, z), lambda z: mpmath.besselj(2, z)),
    "bessely": (lambda z: sp.bessely(0, z), lambda z: mpmath.bessely(0, z)),
    "binomial": (lambda z: sp.binomial(z, R(1, 3)), lambda z: mpmath.binomial(z, mpmath.mpf(1) / 3)),
    "beta": (lambda z: sp.beta(z, 2), lambda z: mpmath.beta(z, 2)),
    "power": (lambda z: z ** R(2, 3), lambda z: z ** (mpmath.mpf(2) / 3)),
    "self-power": (lambda z: z**z, lambda z: z**z),
    "sinc": (sp.sinc, mpmath.sinc),
}


@pytest.mark.parametrize("name", SINGLE)
def test_contains_the_value_of_mpmath(name: str) -> None:
    symbolic, numeric = SINGLE[name]
    draw = random.Random(name)
    visited = 0
    with mpmath.workdps(60):
        for _ in range(40):
            re, im = (R(draw.randint(-40, 40), draw.choice((3, 7, 11))) for _ in range(2))
            if draw.random() < 0.5:
                im = R(0)
            point = mpmath.mpc(mpmath.mpf(re.p) / re.q, mpmath.mpf(im.p) / im.q)
            try:
                found = ball(symbolic(x), {x: re + sp.I * im}, precision=120)
            except Undefined:
                continue
            visited += 1
            value = mpmath.mpc(numeric(point if im else point.real))
            radius = mpmath.mpf(10) ** -25 * (1 + abs(value))
            middle = mpmath.mpc(
                str(found.real.mid().str(40, radius=False)), str(found.imag.mid().str(40, radius=False))
            )
            assert abs(middle - value) < radius, (name, re, im)
    assert visited >= 12


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        (sp.log(x), 0),
        (1 / (x - 1), 1),
        (x**-2, 0),
        (sp.gamma(x), -2),
        (sp.loggamma(x), R(-1, 2)),
        (sp.acosh(x), R(1, 2)),
        (sp.asin(x), 2),
        (sp.acos(x), R(-3, 2)),
        (sp.atanh(x), 1),
        (sp.acoth(x), R(1, 2)),
        (sp.asech(x), 2),
        (sp.atan(x), 2 * sp.I),
        (sp.atan(x), sp.I),
        (sp.asinh(x), -3 * sp.I),
        (sp.acsc(x), R(1, 2)),
        (sp.asec(x), R(1, 2)),
        (sp.tan(x), sp.pi / 2),
        (sp.cot(x), 0),
        (sp.arg(x), 0),
        (sp.besselk(0, x), -1),
        (sp.LambertW(x), -1),
        (sp.Max(x, 0), sp.I),
        (x**u, 0),
        (sp.Piecewise((1, x > 0)), -1),
        (sp.DiracDelta(x), 0),
        (x ** R(-1, 2), 0),
        (sp.Sum(k, (k, 1, x)), -5),
    ],
)
def test_refuses_points_off_the_domain(expression: sp.Expr, at: sp.Expr) -> None:
    with pytest.raises(Undefined):
        ball(expression, {x: at, u: sp.I}, precision=128)


@pytest.mark.parametrize(
    "expression",
    [
        sp.sign(x),
        sp.Piecewise((1, x > 0), (0, True)),
        sp.Heaviside(x),
        sp.floor(x),
        1 / x,
        sp.log(x),
        sp.sqrt(x),
        sp.KroneckerDelta(x, 0),
        sp.log(-1 + sp.I * x),
        sp.Piecewise((1, sp.Eq(x, 0)), (0, True)),
        sp.asin(1 + x),
        sp.acosh(1 + x),
    ],
)
def test_leaves_open_what_an_inexact_zero_decides(expression: sp.Expr) -> None:
    # The value is 0, but a ball of any precision only shows that it is near 0.
    hidden_zero = sp.sin(1) ** 2 + sp.cos(1) ** 2 - 1
    for precision in (64, 1024):
        with pytest.raises(Indeterminate):
            ball(expression, {x: hidden_zero}, precision=precision)


@pytest.mark.parametrize(
    ("expression", "at", "value"),
    [
        (sp.Piecewise((5, sp.Eq(x, 2)), (0, True)), 2, 5),
        (sp.Piecewise((1, x >= R(1, 3)), (0, True)), R(1, 3), 1),
        (sp.Abs(x), 3 - 4 * sp.I, 5),
        (sp.sqrt(x), R(-9, 4), R(3, 2) * sp.I),
        (x ** R(2, 3), R(8, 27), R(4, 9)),
        (sp.Heaviside(x), 0, R(1, 2)),
        (sp.sign(x), 0, 0),
        (sp.floor(x), R(-7, 2), -4),
        (sp.ceiling(x), R(7, 2), 4),
        (sp.Mod(x, 3), R(-1, 2), R(5, 2)),
        (sp.factorial(x), 5, 120),
        (sp.binomial(x, 3), R(1, 2), R(1, 16)),
        (sp.Max(x, -x, 1), -7, 7),
        (sp.gamma(x), 6, 120),
        (x**5 / 3, 1 + sp.I, R(-4, 3) * (1 + sp.I)),
        (sp.Sum(x**k, (k, 0, 3)), R(1, 2), R(15, 8)),
        (sp.Product(x + k, (k, 1, 3)), 1, 24),
        (sp.cos(x) + sp.exp(x), 0, 2),
        (sp.Sum(sp.Sum(x * k * y, (y, 1, k)), (k, 1, 3)), 1, 25),
        (sp.acos(x), 1, 0),
        (sp.KroneckerDelta(x, 2), 2, 1),
    ],
)
def test_stays_exact_on_rational_arithmetic(expression: sp.Expr, at: sp.Expr, value: sp.Expr) -> None:
    re, im = sp.sympify(value).as_real_imag()
    expected = exact(0)
    expected = type(expected)(expected.re + int(re.p), expected.im + int(im.p)) if re.q == im.q == 1 else expected
    found = evaluate(expression, {x: at}, precision=64)
    assert found == type(found)(_fraction(re), _fraction(im))


def _fraction(number: sp.Rational) -> object:
    return exact(0).re + int(number.p) * exact(1).re / int(number.q)


@pytest.mark.parametrize(
    ("expression", "reference"),
    [
        (f(x).diff(x, 2), 6 * x),
        (f(x**2).diff(x), 2 * x * (3 * x**4 + 2)),
        (g(f(x), x).diff(x), sp.exp(x**3 + 2 * x + R(1, 7)) * ((3 * x**2 + 2) * x**2 + 2 * x)),
        (sp.Subs(sp.Derivative(f(y), y), y, x**2), 3 * x**4 + 2),
        (sp.Derivative(f(x) * sp.sin(x), x), (3 * x**2 + 2) * sp.sin(x) + (x**3 + 2 * x + R(1, 7)) * sp.cos(x)),
        (sp.Derivative(f(f(x)), f(x)), 3 * (x**3 + 2 * x + R(1, 7)) ** 2 + 2),
        (g(x, y).diff(x, y), 2 * sp.exp(x) * y),
        (sp.Derivative(sp.Derivative(f(x), x) * x, x), 9 * x**2 + 2),
        (sp.Subs(g(x, y).diff(y), (x, y), (y, x)), 2 * sp.exp(y) * x),
        (f(g(x, y)).diff(y), (3 * sp.exp(2 * x) * y**4 + 2) * 2 * sp.exp(x) * y),
    ],
)
def test_instantiates_unknown_functions_inside_the_walk(expression: sp.Expr, reference: sp.Expr) -> None:
    point = {x: R(2, 3), y: R(-5, 4)}
    difference = ball(expression, point, CUBIC, precision=200) - ball(reference, point, precision=200)
    assert difference.contains(0)
    assert float(abs(difference).upper()) < 1e-40


def test_derivative_at_a_kink_is_left_open() -> None:
    for kinked in (sp.Abs(u), sp.Max(u, 0), sp.Piecewise((u, u > 0), (0, True)), sp.Heaviside(u)):
        with pytest.raises(Indeterminate):
            ball(sp.Derivative(kinked, u), {u: 0}, precision=64)
    assert evaluate(sp.Derivative(sp.Abs(u), u), {u: -2}, precision=64) == exact(-1)


@pytest.mark.parametrize(
    "expression",
    [
        sp.Float("0.5") * x,
        sp.Integral(sp.exp(-(u**2)), (u, 0, x)),
        sp.Function("h")(x),
        y,
        sp.zeta(x),
        sp.Sum(1 / k**2, (k, 1, 10**6)),
        sp.LambertW(x, 1),
        sp.Derivative(sp.zeta(x), x),
        sp.Derivative(f(x) * f(x).diff(x), f(x)),
        sp.Derivative(f(x), (x, k)),
    ],
)
def test_says_what_it_cannot_do(expression: sp.Expr) -> None:
    with pytest.raises(Unsupported):
        ball(expression, {x: 2, k: 2}, CUBIC, precision=64)


def test_conditions_are_decided_or_left_open() -> None:
    point = {u: R(1, 3), v: R(1, 2)}
    assert holds(sp.And(u < v, sp.Ne(u, 0)), point, precision=64)
    assert not holds(sp.Or(u > v, sp.Eq(u, 0)), point, precision=64)
    assert holds(sp.Not(sp.Gt(u, v, evaluate=False), evaluate=False), point, precision=64)
    narrow = sp.Gt(sp.sin(u) ** 2 + sp.cos(u) ** 2, 1)
    with pytest.raises(Indeterminate):
        holds(narrow, point, precision=64)
    assert not holds(sp.And(narrow, u > v), point, precision=64)
    assert holds(sp.Or(narrow, u < v), point, precision=64)


def test_one_third_is_not_a_float() -> None:
    value = ball(sp.cos(R(1, 3) * sp.acos(u)) - R(1, 3), {u: R(1, 10**30)}, precision=400)
    assert value.rel_accuracy_bits() > 300
