"""The energy distance's constant, kernel and Sobolev order, against integrals in closed form and by quadrature."""

import mpmath
import pytest
import sympy as sp

from lemmata.theory.pushforward import energy_distance as theory
from lemmata.theory.pushforward.notation import dimension, distance
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish


def test_layers_are_derived() -> None:
    found = theory.derive_layers()
    assert_replays(found)
    total = theory.layers_total()
    assert found.concludes(theory.layers_statement(total)).verdict is Verdict.PROVED
    for claimed in (NEARLY * total, sp.pi * distance, sp.sqrt(sp.pi) * distance**2):
        assert found.concludes(theory.layers_statement(claimed)).verdict is Verdict.REFUTED


def test_fourier_constant() -> None:
    constant = theory.fourier_constant()
    assert_vanish(theory.fourier_constant_residuals(constant))
    for claimed in (
        NEARLY * constant,
        sp.pi ** (dimension / 2) / sp.gamma((dimension + 1) / 2),
        sp.pi ** ((dimension + 1) / 2) / sp.gamma(dimension / 2),
    ):
        assert_refuted(theory.fourier_constant_residuals(claimed))


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_constant_is_that_of_a_gaussian(d: int) -> None:
    # int (1 - e^(-|s|^2/2)) |s|^-(d+1) ds = c_d E|Z| for Z ~ N(0, I), in polar coordinates.
    sphere = 2 * mpmath.pi ** (mpmath.mpf(d) / 2) / mpmath.gamma(mpmath.mpf(d) / 2)
    layers = mpmath.quad(lambda s: -mpmath.expm1(-s * s / 2) / s**2, [0, 1, 4, mpmath.inf])
    length = mpmath.sqrt(2) * mpmath.gamma(mpmath.mpf(d + 1) / 2) / mpmath.gamma(mpmath.mpf(d) / 2)
    constant = mpmath.mpf(str(theory.fourier_constant().subs(dimension, d).evalf(20)))
    assert abs(sphere * layers / (constant * length) - 1) < 1e-10


def test_kernel() -> None:
    known = theory.distance_kernel()
    assert_vanish(theory.distance_kernel_residuals(known))
    for claimed in (
        theory.Expansion(distance, known.cross),
        theory.Expansion(NEARLY * known.kernel, known.cross),
        theory.Expansion(known.kernel, NEARLY * known.cross),
        theory.Expansion(-(distance**2), known.cross),
    ):
        assert_refuted(theory.distance_kernel_residuals(claimed))


def test_sobolev_order() -> None:
    assert_vanish(theory.sobolev_order_residuals(theory.sobolev_order()))
    for claimed in (-dimension - 1, NEARLY * theory.sobolev_order(), -dimension / 2):
        assert_refuted(theory.sobolev_order_residuals(claimed))
