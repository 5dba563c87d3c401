"""Discrepancies on finite spaces, the kernel expansion and the pair estimator, by enumeration of all samples."""

from itertools import product

import pytest
import sympy as sp
from sympy import Rational

from lemmata.theory.pushforward import discrepancies as theory
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish

ONE, ZERO = sp.S.One, sp.S.Zero
LAW = (Rational(1, 2), Rational(1, 3), Rational(1, 6))
FUNCTION = (Rational(2), Rational(-1), Rational(5))


def test_metric_of_a_class_that_is_not_symmetric() -> None:
    lopsided = ((ONE, ONE), (ZERO, ONE))
    whole = {*lopsided, (-ONE, -ONE), (ZERO, -ONE)}
    assert theory.spans(lopsided, 2)
    assert not theory.is_symmetric(lopsided)
    assert theory.is_symmetric(whole)
    left, right = (ONE, ZERO), (ZERO, ONE)
    assert theory.integral_metric(lopsided, left, right) == 0
    assert theory.integral_metric(lopsided, right, left) == 1
    assert theory.integral_metric(whole, left, right) == theory.integral_metric(whole, right, left) == 1


def test_what_makes_a_distance() -> None:
    separation, triangle = theory.derive_separation(), theory.derive_triangle()
    for found, state in ((separation, theory.separation_statement), (triangle, theory.triangle_statement)):
        assert_replays(found)
        assert found.concludes(state(ONE)).verdict is Verdict.PROVED
    assert separation.concludes(theory.separation_statement(NEARLY)).verdict is not Verdict.PROVED
    assert triangle.concludes(theory.triangle_statement(1 / NEARLY)).verdict is not Verdict.PROVED
    assert_vanish(theory.attained_residuals(ONE, ONE))
    assert_refuted(theory.attained_residuals(NEARLY, ONE))
    assert_refuted(theory.attained_residuals(ONE, 1 / NEARLY))


def test_positive_part() -> None:
    found = theory.derive_positive_part()
    assert_replays(found)
    assert found.concludes(theory.positive_part_statement(ONE)).verdict is Verdict.PROVED
    assert found.concludes(theory.positive_part_statement(1 / NEARLY)).verdict is not Verdict.PROVED
    assert_vanish(theory.positive_part_residuals(ONE))
    assert_refuted(theory.positive_part_residuals(1 / NEARLY))


def test_total_variation_is_the_largest_difference_over_sets() -> None:
    other = (Rational(1, 5), Rational(1, 5), Rational(3, 5))
    sets = list(product((ZERO, ONE), repeat=3))
    largest = max(abs(theory.bracket(chosen, LAW) - theory.bracket(chosen, other)) for chosen in sets)
    assert theory.total_variation(LAW, other) == theory.integral_metric(sets, LAW, other) == largest


def test_expansion() -> None:
    found = theory.derive_expansion()
    assert_replays(found)
    assert found.concludes(theory.expansion_statement(sp.Integer(-2))).verdict is Verdict.PROVED
    for cross in (sp.Integer(-1), sp.Integer(2), -2 * NEARLY):
        assert found.concludes(theory.expansion_statement(cross)).verdict is not Verdict.PROVED


def test_kernel_expansion_is_that_of_features() -> None:
    a, b = sp.symbols("a b")
    features = sp.Lambda((a, b), 1 + a * b + a**2 * b**2)
    places, other = (ZERO, ONE, Rational(-3, 2)), (Rational(1, 4), Rational(1, 4), Rational(1, 2))
    moments = [sum((p - q) * x**k for p, q, x in zip(LAW, other, places, strict=True)) for k in range(3)]
    assert theory.kernel_expansion(features, places, LAW, other) == sum(m**2 for m in moments)


def exact_mean(weights: theory.PairWeights, samples: int) -> sp.Expr:
    """Average the estimate over all samples of this size from the law."""
    pair, diagonal = (w.subs(theory.size, samples) for w in (weights.pair, weights.diagonal))
    total = ZERO
    for drawn in product(range(len(LAW)), repeat=samples):
        values = [FUNCTION[k] for k in drawn]
        square = sum(v**2 for v in values)
        estimate = pair * (sum(values) ** 2 - square) + diagonal * square
        total += sp.prod([LAW[k] for k in drawn]) * estimate
    return total


@pytest.mark.parametrize("samples", [2, 3, 4])
def test_means_by_enumeration(samples: int) -> None:
    at = {
        theory.size: samples,
        theory.mean_value: theory.bracket(FUNCTION, LAW),
        theory.mean_square: theory.bracket(tuple(f**2 for f in FUNCTION), LAW),
    }
    for weights in (theory.estimator_weights(), theory.all_pairs_weights()):
        assert exact_mean(weights, samples) == theory.pair_mean(weights).subs(at)
    assert exact_mean(theory.estimator_weights(), samples) == theory.bracket(FUNCTION, LAW) ** 2


def test_unbiased_weights() -> None:
    given = (sp.Gt(theory.size, 1),)
    assert_vanish(theory.estimator_residuals(theory.estimator_weights()), given)
    assert_refuted(theory.estimator_residuals(theory.all_pairs_weights()), given)
    nearly = theory.PairWeights(NEARLY * theory.estimator_weights().pair, ZERO)
    assert_refuted(theory.estimator_residuals(nearly), given)
    assert_vanish(theory.all_pairs_bias_residuals(theory.all_pairs_bias()))
    assert_refuted(theory.all_pairs_bias_residuals(NEARLY * theory.all_pairs_bias()))
