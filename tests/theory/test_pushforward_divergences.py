"""Convex conjugates: Fenchel-Young is derived, attained, and refuted for conjugates that are slightly wrong."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.pushforward import divergences as theory
from lemmata.theory.pushforward.divergences import Divergence
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish

EVERY = list(Divergence)


@pytest.mark.parametrize("divergence", EVERY)
def test_conjugates(divergence: Divergence) -> None:
    pair = theory.conjugate_pair(divergence)
    assert_vanish(theory.conjugate_residuals(pair))
    y = theory.slope
    for wrong in (NEARLY * pair.conjugate(y), pair.conjugate(y) + 1, pair.conjugate(y + sp.Rational(1, 100))):
        assert_refuted(theory.conjugate_residuals(replace(pair, conjugate=sp.Lambda(y, wrong))))
    assert_refuted(theory.conjugate_residuals(replace(pair, touching=sp.Lambda(y, NEARLY * pair.touching(y)))))


@pytest.mark.parametrize("divergence", EVERY)
def test_fenchel_young(divergence: Divergence) -> None:
    pair = theory.conjugate_pair(divergence)
    found = theory.derive_fenchel_young(divergence)
    assert_replays(found)
    assert found.concludes(theory.fenchel_young_statement(pair)).verdict is Verdict.PROVED
    sharper = replace(pair, conjugate=sp.Lambda(theory.slope, pair.conjugate(theory.slope) - sp.Rational(1, 100)))
    assert found.concludes(theory.fenchel_young_statement(sharper)).verdict is not Verdict.PROVED


def test_generic_conjugate() -> None:
    known = theory.legendre_value()
    assert_vanish(theory.legendre_residuals(known))
    for wrong in (NEARLY * known, -known, known + 1, known + theory.ratio):
        assert_refuted(theory.legendre_residuals(wrong))


@pytest.mark.parametrize("divergence", EVERY)
def test_supremum_is_the_divergence_and_in_this_order(divergence: Divergence) -> None:
    pair = theory.conjugate_pair(divergence)
    phi, conjugate = (sp.lambdify(function.variables, function.expr) for function in (pair.phi, pair.conjugate))
    first, second = np.array([0.7, 0.2, 0.1]), np.array([0.3, 0.3, 0.4])
    density = first / second
    value = float(second @ phi(density))
    optimal = sp.lambdify(theory.ratio, sp.diff(pair.phi(theory.ratio), theory.ratio))(density)
    assert first @ optimal - second @ conjugate(optimal) == pytest.approx(value, abs=1e-14)
    for nudge in np.random.default_rng(3).normal(scale=0.3, size=(50, 3)):
        assert first @ (optimal + nudge) - second @ conjugate(optimal + nudge) <= value + 1e-14
    assert value != pytest.approx(float(first @ phi(1 / density)), rel=1e-2)
