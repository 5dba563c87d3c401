"""The test potentials against formulas written out again in multiple precision, and their gradients at kinks."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from lemmata.theory.jko.potentials import POTENTIAL_NAMES, potential, potential_gradient

DIGITS = 40


def _halves(v: Any) -> tuple[Any, Any]:
    half = len(v) // 2
    return mpmath.fsum(v[:half]) / half, mpmath.fsum(v[half:]) / (len(v) - half)


def _double_exp(v: Any) -> Any:
    away = [mpmath.fsum((c - s) ** 2 for c in v) for s in (3, -3)]
    return 200 * (mpmath.exp(-away[0] / 20) + mpmath.exp(-away[1] / 20))


def _rotational(v: Any) -> Any:
    a, b = _halves(v)
    return -500 * max(mpmath.mpf(0), mpmath.atan2(b + 5, a + 5) + mpmath.pi)


def _friedman(v: Any) -> Any:
    a, b = _halves(v)
    p, q = 2 * (a - 7), b - 7
    first = 10 * mpmath.sin(mpmath.pi * p * q) + 20 * (p * mpmath.sin(q) - 0.5) ** 2
    return (first + 10 * (p * mpmath.cos(q) - 1) ** 2 + q * mpmath.sin(p) / 10) / 100


def _ishigami(v: Any) -> Any:
    a, b = _halves(v)
    return mpmath.sin(a) * (1 + ((a + b) / 2) ** 4 / 10) + 7 * mpmath.sin(b) ** 2


def _bohachevsky(v: Any) -> Any:
    a, b = _halves(v)
    return 10 * a**2 + 20 * b**2 - 3 * mpmath.cos(3 * mpmath.pi * a) - 4 * mpmath.cos(4 * mpmath.pi * b)


def _holder_table(v: Any) -> Any:
    a, b = _halves(v)
    return 10 * abs(mpmath.sin(a) * mpmath.cos(b) * mpmath.exp(abs(1 - mpmath.norm(v) / mpmath.pi)))


def _pairs(term: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    return lambda v: mpmath.fsum(term(v[i], v[i + 1]) for i in range(len(v) - 1))


def _sum(term: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda v: mpmath.fsum(term(c) for c in v)


AGAIN: dict[str, Callable[[Any], Any]] = {
    "double_exp": _double_exp,
    "rotational": _rotational,
    "relu": _sum(lambda c: -50 * max(c, mpmath.mpf(0))),
    "flat": lambda v: mpmath.mpf(0),
    "wavy_plateau": _sum(lambda c: mpmath.cos(mpmath.pi * c) + c**4 / 2 - 3 * c**2 + 1),
    "friedman": _friedman,
    "watershed": _pairs(lambda c, d: (c + c**2 * (d + 4)) / 10),
    "ishigami": _ishigami,
    "flowers": _sum(lambda c: c + 2 * mpmath.sin(abs(c) ** (mpmath.mpf(6) / 5))),
    "bohachevsky": _bohachevsky,
    "holder_table": _holder_table,
    "zigzag_ridge": _pairs(lambda c, d: (c - d) ** 2 + mpmath.cos(c) * (c + d) + c**2 * d),
    "oakley_ohagan": _sum(lambda c: 5 * (mpmath.sin(c) + mpmath.cos(c) + c**2 + c)),
    "sphere": _sum(lambda c: -10 * c**2),
    "styblinski_tang": _sum(lambda c: (c**4 - 16 * c**2 + 5 * c) / 2),
}
"""Each potential as it is stated, written out independently."""

PLANE = sp.symbols("v1:3", real=True)


def evaluate(expression: sp.Expr, coordinates: Any, point: Any) -> mpmath.mpf:
    """Return the expression at the very doubles of `point`, to 30 digits."""
    exact = {c: sp.Rational(float(p)) for c, p in zip(coordinates, point, strict=True)}
    return mpmath.mpf(str(sp.sympify(expression).xreplace(exact).evalf(30)))


def test_there_are_fifteen() -> None:
    assert set(POTENTIAL_NAMES) == set(AGAIN)
    assert len(POTENTIAL_NAMES) == 15


@pytest.mark.parametrize("dimension", [2, 5])
@pytest.mark.parametrize("name", AGAIN)
def test_values_and_gradients_are_those_stated(name: str, dimension: int) -> None:
    coordinates = sp.symbols(f"v1:{dimension + 1}", real=True)
    value, gradient = potential(name, coordinates), potential_gradient(name, coordinates)
    for point in np.random.default_rng(1).uniform(-6, 6, (3, dimension)):
        with mpmath.workdps(DIGITS):
            at = [mpmath.mpf(float(p)) for p in point]
            scale = 1 + abs(AGAIN[name](at))
            assert abs(evaluate(value, coordinates, point) - AGAIN[name](at)) < 1e-25 * scale
            for i, slope in enumerate(gradient):
                order = tuple(int(i == j) for j in range(dimension))
                by_difference = mpmath.diff(lambda *v: AGAIN[name](list(v)), tuple(at), order)
                assert abs(evaluate(slope, coordinates, point) - by_difference) < 1e-15 * (scale + abs(by_difference))


KINKS = {
    "relu": [(0.0, 1.0), (0.0, 0.0), (-2.0, 0.0)],
    "flowers": [(0.0, 1.0), (0.0, 0.0)],
    "holder_table": [(0.0, 1.0), (0.0, 0.0), (0.0, 4.0)],
}
"""Points at which these are not smooth, exactly representable."""


@pytest.mark.parametrize(("name", "point"), [(name, point) for name, points in KINKS.items() for point in points])
def test_at_a_kink_the_gradient_is_the_symmetric_derivative(name: str, point: tuple[float, float]) -> None:
    # Nothing is divided by zero: SymPy substitutes the very point.
    gradient = [evaluate(slope, PLANE, point) for slope in potential_gradient(name, PLANE)]
    with mpmath.workdps(DIGITS):
        for i, slope in enumerate(gradient):
            # The quotient misses the derivative by O(h^(1/5)) for flowers, by O(h) for the others.
            small = mpmath.mpf(10) ** -30
            ends = [[mpmath.mpf(c) + sign * small * (i == j) for j, c in enumerate(point)] for sign in (1, -1)]
            assert abs((AGAIN[name](ends[0]) - AGAIN[name](ends[1])) / (2 * small) - slope) < 1e-5


def test_beside_a_kink_the_gradient_is_that_of_the_side() -> None:
    # At r = pi in holder_table the radial slope of the exponential changes its sign.
    gradient = potential_gradient("holder_table", PLANE)
    inside, on, outside = (
        [
            complex(slope.subs({PLANE[0]: sp.Integer(1), PLANE[1]: sp.sqrt((sp.pi + e) ** 2 - 1)}).evalf(30)).real
            for slope in gradient
        ]
        for e in (sp.Rational(-1, 10**12), sp.Integer(0), sp.Rational(1, 10**12))
    )
    for i in range(2):
        assert on[i] == pytest.approx((inside[i] + outside[i]) / 2, rel=1e-10)
        assert abs(outside[i] - inside[i]) > 1


def test_the_rotation_goes_on_across_its_cut_and_stops_at_its_centre() -> None:
    value, gradient = potential("rotational", PLANE), potential_gradient("rotational", PLANE)
    above, below = ((-7.0, -5 + side * 2.0**-40) for side in (1, -1))
    assert evaluate(value, PLANE, below) - evaluate(value, PLANE, above) == pytest.approx(1000 * np.pi, rel=1e-9)
    for slope in gradient:
        assert abs(evaluate(slope, PLANE, above) - evaluate(slope, PLANE, below)) < 1e-9
        assert evaluate(slope, PLANE, (-5.0, -5.0)) == 0


def test_known_extremes() -> None:
    # The global minimum of Styblinski and Tang, and the global maximum of the Hölder table, as their authors give them.
    lowest = (-2.903534027771178, -2.903534027771178)
    assert float(evaluate(potential("styblinski_tang", PLANE), PLANE, lowest)) == pytest.approx(-78.33233140754285)
    highest = (8.055023, 9.66459)
    assert float(evaluate(potential("holder_table", PLANE), PLANE, highest)) == pytest.approx(192.085025678, rel=1e-9)
    assert float(evaluate(potential("bohachevsky", PLANE), PLANE, (0.0, 0.0))) == -7
    for name, point in (("styblinski_tang", lowest), ("holder_table", highest), ("bohachevsky", (0.0, 0.0))):
        for slope in potential_gradient(name, PLANE):
            assert abs(evaluate(slope, PLANE, point)) < 2e-3


@pytest.mark.parametrize(
    ("name", "coordinates", "message"),
    [
        ("no_such", PLANE, "none of the test potentials"),
        ("holder_table", PLANE[:1], "defined for d >= 2"),
        ("flat", (), "defined for d >= 1"),
        ("relu", sp.symbols("v1:3"), "real symbols"),
        ("relu", (PLANE[0], PLANE[1] ** 2), "real symbols"),
    ],
)
def test_malformed_requests_are_refused(name: str, coordinates: Any, message: str) -> None:
    for function in (potential, potential_gradient):
        with pytest.raises(ValueError, match=message):
            function(name, coordinates)
