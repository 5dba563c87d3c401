"""The Gaussian step is the only minimum among Gaussian laws, by the stated excess."""

import math

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.jko import gaussian, gaussian_minimum
from lemmata.theory.jko.notation import attraction, beta, centre, confinement, mean, old_mean, old_scale, scale, tau
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_replays, assert_vanish


def test_the_step_solves_the_equations_that_the_derivation_assumes() -> None:
    equations = gaussian_minimum.step_equations(gaussian.gaussian_step())
    assert_vanish(dict(zip(("mean", "scale"), equations, strict=True)), gaussian.solvable())


def test_minimum() -> None:
    found = gaussian_minimum.derive_minimum()
    assert_replays(found)
    excess = gaussian_minimum.quadratic_excess()
    assert found.concludes(gaussian_minimum.minimum_statement(excess)).verdict is Verdict.PROVED
    assert found.concludes(gaussian_minimum.minimum_statement(NEARLY * excess)).verdict is Verdict.UNDECIDED


PLACE = {confinement: -0.6, attraction: 0.9, centre: 0.4, beta: 0.5, tau: 0.3, old_mean: -0.7, old_scale: 1.2}


@pytest.mark.parametrize("seed", range(3))
def test_no_other_law_is_lower(seed: int) -> None:
    """At laws far and near, the objective exceeds that of the step by the squares, and by little more near it."""
    step = gaussian.gaussian_step()
    m, s = float(step.mean.subs(PLACE)), float(step.scale.subs(PLACE))
    other = gaussian.GaussianLaw(gaussian_minimum.other_mean, gaussian_minimum.other_scale)
    symbols = (gaussian_minimum.other_mean, gaussian_minimum.other_scale)
    objective = sp.lambdify(symbols, gaussian_minimum.objective(other).subs(PLACE))
    squares = sp.lambdify(symbols, gaussian_minimum.quadratic_excess().subs({**PLACE, mean: m, scale: s}))
    for change, stretch in np.random.default_rng(seed).normal(size=(20, 2)):
        place = (m + change, s * math.exp(stretch))
        excess = objective(*place) - objective(m, s)
        # What is left is beta (r - 1 - log r), r = s_1/s.
        left = 0.5 * (math.exp(stretch) - 1 - stretch)
        assert excess - squares(*place) == pytest.approx(left, rel=1e-9, abs=1e-12)
        assert excess > squares(*place)
