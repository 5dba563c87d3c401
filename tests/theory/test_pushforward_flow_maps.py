"""The flow map of Gaussian data and its inverse."""

import sympy as sp

from lemmata.theory.pushforward import flow_maps as theory
from lemmata.theory.pushforward.notation import variance

from .decided import NEARLY, assert_refuted, assert_vanish


def test_flow_slope() -> None:
    known = theory.flow_slope()
    assert_vanish(theory.flow_slope_residuals(known))
    for wrong in (NEARLY * known, 1 / known, known.subs(theory.remaining, theory.remaining**2)):
        assert_refuted(theory.flow_slope_residuals(wrong))


def test_the_inverse_samples() -> None:
    assert_vanish(theory.sampling_residuals(theory.sampling_slope()))
    for wrong in (theory.whitening_slope(), NEARLY * theory.sampling_slope()):
        assert_refuted(theory.sampling_residuals(wrong))
    assert theory.image_variance(theory.whitening_slope(), sp.Integer(2)) == sp.Rational(1, 2)
    assert theory.whitening_slope() == 1 / sp.sqrt(variance)
