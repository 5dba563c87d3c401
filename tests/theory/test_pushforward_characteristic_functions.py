"""The two laws that a limit point does not tell apart, by their sums and integrals."""

import math

import mpmath
import pytest
import sympy as sp

from lemmata.theory.pushforward import characteristic_functions as theory

from .decided import NEARLY, assert_refuted, assert_vanish


def test_transforms() -> None:
    assert_vanish(theory.triangle_residuals())
    assert_vanish(theory.fourier_residuals(theory.atom_mass()))
    for wrong in (NEARLY * theory.atom_mass(), theory.atom_mass() / 2):
        assert_refuted(theory.fourier_residuals(wrong))


@pytest.mark.parametrize("place", [sp.Rational(k, 4) for k in range(-9, 10)])
def test_agree_up_to_one_and_differ_beyond(place: sp.Rational) -> None:
    first, second = theory.triangle(place), theory.periodic_triangle(place)
    assert (first == second) is bool(abs(place) <= 1 or place % 2 == 1)
    masses = [float(theory.atom_mass().subs(theory.order, j)) for j in range(1, 400)]
    series = 0.5 + sum(2 * m * math.cos(math.pi * (2 * j - 1) * float(place)) for j, m in enumerate(masses, 1))
    # The tail of 4/(pi k)^2 over odd k > 2n is below 2/(pi^2 n).
    assert series == pytest.approx(float(second), abs=2 / (math.pi**2 * 399))


@pytest.mark.parametrize("place", [0.3, 1.7])
def test_density_has_the_triangle(place: float) -> None:
    def integrand(x: mpmath.mpf) -> mpmath.mpf:
        return (1 - mpmath.cos(x)) / (mpmath.pi * x * x) * mpmath.cos(place * x)

    ends = [1e-9, *[20 * k for k in range(1, 41)]]
    # Beyond L = 800 the density is below 2/(pi x^2).
    assert abs(2 * mpmath.quad(integrand, ends) - float(theory.triangle(sp.Float(place)))) < 4 / (math.pi * 800)


def test_vandermonde() -> None:
    assert_vanish(theory.vandermonde_residuals(sp.S.One))
    assert_refuted(theory.vandermonde_residuals(NEARLY))
    assert theory.vandermonde((sp.S.One, sp.S.One, sp.S.Zero)) == 0
