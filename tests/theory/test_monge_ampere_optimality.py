"""Gradients of convex functions are optimal; exchanging two ends tells where a map is not."""

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.monge_ampere import optimality
from lemmata.theory.transport import GradientOf, LegendrePair
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish


def test_derivation_replays() -> None:
    assert_replays(optimality.derive_gradient_is_optimal())


def test_the_optimal_map_is_assumed_to_be_a_gradient_and_nothing_else() -> None:
    found = optimality.derive_gradient_is_optimal()
    assert found.concludes(optimality.optimality_statement(sp.S.One)).verdict is Verdict.PROVED
    assert {type(h) for h in found.conclusion.hypotheses} == {GradientOf, LegendrePair}


@pytest.mark.parametrize("multiple", [1 / NEARLY, sp.Rational(1, 2), sp.Integer(2)])
def test_the_least_cost_is_that_of_the_map(multiple: sp.Expr) -> None:
    found = optimality.derive_gradient_is_optimal().concludes(optimality.optimality_statement(multiple))
    assert found.verdict is Verdict.REFUTED


def test_exchange_gain() -> None:
    assert_vanish(optimality.exchange_residuals(optimality.exchange_gain()))
    assert_refuted(optimality.exchange_residuals(-optimality.exchange_gain()))
    assert_refuted(optimality.exchange_residuals(NEARLY * optimality.exchange_gain()))


def test_exchange_gain_of_the_counterexample_is_negative() -> None:
    starts, ends = np.array([[2, 3 / 2], [0, -2 / 5]]), np.array([[1, -2 / 5], [0, 4 / 5]])
    gain = sp.lambdify(optimality.exchange_symbols, optimality.exchange_gain())
    summed = gain(*starts, *ends).sum()
    after = ((starts - ends[::-1]) ** 2).sum() - ((starts - ends) ** 2).sum()
    assert summed == pytest.approx(after)
    assert summed == pytest.approx(2 * -0.28)
