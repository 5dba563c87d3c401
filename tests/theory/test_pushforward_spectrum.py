"""Eigenfunctions of the flow, the form that they belong to, and when the discrepancy of footnote 9 is finite."""

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.pushforward import spectrum as theory
from lemmata.theory.pushforward.notation import degree, variance, x

from .decided import NEARLY, assert_refuted, assert_vanish


def test_hermite_rates() -> None:
    assert_vanish(theory.hermite_rate_residuals(theory.hermite_rate()))
    for wrong in (NEARLY * theory.hermite_rate(), -degree - 1, degree):
        assert_refuted(theory.hermite_rate_residuals(wrong))


def test_form_needs_the_same_measure_twice() -> None:
    known = theory.own_energy()
    assert_vanish(theory.dirichlet_residuals(known))
    for wrong in (NEARLY * known, known + x**2 / 2, x**2 / 2):
        assert_refuted(theory.dirichlet_residuals(wrong))


def test_mixed_operator() -> None:
    known = theory.mixed_operator()
    assert_vanish(theory.mixed_operator_residuals(known))
    assert_refuted(theory.mixed_operator_residuals(NEARLY * known))
    assert known.subs(variance, 1) == x == theory.pure_operator(x, sp.S.One)
    values = [float((known / x).subs({variance: 2, x: place})) for place in (1, 2)]
    assert abs(values[0] - values[1]) > 0.5


def test_gradient_flow_is_of_half_the_square() -> None:
    assert_vanish(theory.gradient_flow_residuals(theory.gradient_share()))
    for wrong in (sp.S.One, NEARLY / 2):
        assert_refuted(theory.gradient_flow_residuals(wrong))


def test_discrepancy() -> None:
    known = theory.discrepancy_squared()
    assert_vanish(theory.discrepancy_residuals(known))
    for wrong in (NEARLY * known, theory.shift**2 / sp.sqrt(1 - theory.shift**2)):
        assert_refuted(theory.discrepancy_residuals(wrong))


@pytest.mark.parametrize("spread", [0.5, 1.5])
def test_discrepancy_is_the_sum_over_test_functions(spread: float) -> None:
    nodes, chances = np.polynomial.hermite_e.hermegauss(90)
    chances = chances / chances.sum()
    total, factor = 0.0, 1.0
    for n in range(1, 61):
        factor *= n
        row = np.zeros(n + 1)
        row[n] = 1.0
        mean = float(chances @ np.polynomial.hermite_e.hermeval(np.sqrt(spread) * nodes, row))
        total += n * mean**2 / factor
    assert total == pytest.approx(float(theory.discrepancy_squared().subs(theory.shift, spread - 1)), rel=1e-8)


def test_terms_grow_from_variance_two_on() -> None:
    terms = [theory.discrepancy_term(m, sp.S.One) for m in range(1, 12)]
    assert all(later > earlier for earlier, later in pairwise(terms))
