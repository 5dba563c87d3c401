"""The normal form settles what it should, asks for cases where signs are open, and refuses what it cannot read."""

import pytest
import sympy as sp

from lemmata.theory.deciding.gaussian import Unsupported
from lemmata.theory.deciding.goals import Goal, facts_of
from lemmata.theory.deciding.normal_form import read_normal_form
from lemmata.theory.deciding.reading import SplitNeededError
from lemmata.theory.deciding.sign_sets import NONNEGATIVE, POSITIVE, ZERO

x, y = sp.symbols("x y", real=True)
p, q = sp.symbols("p q", positive=True)
z, w = sp.symbols("z w")
m = sp.Symbol("m", positive=True)


def settles(expression: sp.Expr, sign: int = ZERO, *hypotheses: sp.Basic) -> bool:
    return read_normal_form(Goal(expression, facts_of(hypotheses), sign)).proof is not None


@pytest.mark.parametrize(
    "expression",
    [
        sp.sin(3 * z) - 3 * sp.sin(z) + 4 * sp.sin(z) ** 3,
        sp.cosh(z) + sp.sinh(z) - sp.exp(z),
        sp.exp(z + w) - sp.exp(z) * sp.exp(w),
        sp.exp(z / 2) ** 2 - sp.exp(z),
        sp.log(p**2 / q) - 2 * sp.log(p) + sp.log(q),
        p ** (m / (m + 1)) * p ** (1 / (m + 1)) - p,
        sp.sqrt(p**2 + 2 * p * q + q**2) - p - q,
        sp.sqrt(p + q + 2 * sp.sqrt(p) * sp.sqrt(q)) - sp.sqrt(p) - sp.sqrt(q),
        sp.tan(2 * sp.atan(x)) - 2 * x / (1 - x**2),
        sp.cos(sp.asin(z) + sp.acos(z)),
        sp.cos(sp.pi / 7) - sp.cos(2 * sp.pi / 7) + sp.cos(3 * sp.pi / 7) - sp.Rational(1, 2),
        sp.sqrt(3 - 2 * sp.sqrt(2)) - sp.sqrt(2) + 1,
        4 * sp.atan(sp.Rational(1, 5)) - sp.atan(sp.Rational(1, 239)) - sp.pi / 4,
        sp.gamma(z + 3) - z * (z + 1) * (z + 2) * sp.gamma(z),
    ],
    ids=str,
)
def test_identity_vanishes_and_its_perturbation_does_not(expression: sp.Expr) -> None:
    assert settles(expression)
    assert not settles(expression + sp.Rational(1, 10**12))


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (sp.log(sp.exp(z)) - z, "log(exp z) = z fails at z = 2 pi i"),
        (sp.sqrt(z**2) - z, "fails at z = -1"),
        (sp.log(z * w) - sp.log(z) - sp.log(w), "fails at z = w = -1"),
        (sp.sqrt(z) * sp.sqrt(w) - sp.sqrt(z * w), "fails at z = w = -1"),
        ((z**p) ** q - z ** (p * q), "fails for p large"),
    ],
)
def test_rules_of_positive_numbers_are_not_used_for_others(expression: sp.Expr, reason: str) -> None:
    assert not settles(expression), reason


def test_open_signs_ask_for_a_split_and_facts_close_them() -> None:
    with pytest.raises(SplitNeededError):
        settles(sp.Abs(x - y) - x + y)
    assert settles(sp.Abs(x - y) - x + y, ZERO, x >= y)
    assert settles(sp.Max(x, y) - x, ZERO, x > y)


@pytest.mark.parametrize(
    ("expression", "sign", "holds"),
    [
        (x**2 - 2 * x + 2, POSITIVE, True),
        (x**2 - 2 * x + 1, NONNEGATIVE, True),
        (x**2 - 2 * x + 1, POSITIVE, False),
        (x**2 - 2 * x + sp.Rational(99, 100), NONNEGATIVE, False),
        (sp.exp(-(x**2)), POSITIVE, True),
        (x + sp.sqrt(1 + x**2), POSITIVE, True),
        (x + sp.sqrt(x**2 + y**2), POSITIVE, False),
        (1 - sp.erf(x), POSITIVE, True),
        (sp.exp(p) - 1, POSITIVE, True),
        (sp.exp(x) - 1, NONNEGATIVE, False),
        (sp.sqrt(2) + sp.sqrt(3) - sp.Rational(3146264369, 10**9), POSITIVE, True),
        (sp.sqrt(2) + sp.sqrt(3) - sp.Rational(3146264370, 10**9), POSITIVE, False),
    ],
)
def test_signs_are_proved_where_they_hold_and_only_there(expression: sp.Expr, sign: int, holds: bool) -> None:
    assert settles(expression, sign) is holds


def test_hidden_zero_denominator_is_refused() -> None:
    with pytest.raises(Unsupported, match="defined nowhere"):
        settles(1 / ((x + 1) ** 2 - x**2 - 2 * x - 1))


def test_power_of_a_base_that_may_vanish_is_not_settled() -> None:
    n = sp.Symbol("n", nonnegative=True)
    assert not settles(n**m - sp.exp(m * sp.log(n)))


def test_quadratic_with_complex_coefficients_has_no_sign() -> None:
    """(x + i y)^2 is a quadratic in x with discriminant 0; its root is neither x + i y nor |x + i y| everywhere."""
    square = (x + sp.I * y) ** 2
    assert not settles(square, NONNEGATIVE)
    assert not settles(sp.sqrt(square) - sp.sqrt(x**2 + y**2))
    assert not settles(1 / sp.sqrt(square) - 1 / sp.sqrt(x**2 + y**2))


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        (1 - sp.cos(x), True),
        (2 + 2 * sp.cos(x), True),
        (sp.sin(x) ** 2, True),
        (sp.cos(x), False),
        (-(sp.sin(x) ** 2), False),
    ],
)
def test_squares_of_half_angles_are_nonnegative(expression: sp.Expr, holds: bool) -> None:
    assert settles(expression, NONNEGATIVE) is holds
