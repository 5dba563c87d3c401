"""The denoiser's comparisons know the two points, where everything is a hyperbolic function."""

import numpy as np
import pytest
import sympy as sp

from lemmata.checks.monge_ampere.data_sets import SeenThroughNoise
from lemmata.checks.monge_ampere.posterior_checks import (
    compare_arrays,
    differentiate_denoiser,
    posterior_weights,
    rounding_of_weights,
    shared_posterior_mean,
    values_of,
)
from lemmata.numerics.measures import DiscreteMeasure
from lemmata.theory.monge_ampere import log_weight
from lemmata.theory.monge_ampere.notation import tau, u

PLACES = np.linspace(-3.0, 3.0, 8)
DRAWN = SeenThroughNoise(DiscreteMeasure([[-1.0], [1.0]]), 1.7, PLACES[:, None])


def test_posterior_of_the_two_points() -> None:
    mean = np.tanh(1.7 * PLACES)
    weights = posterior_weights(log_weight(), DRAWN)
    assert weights[:, 1] - weights[:, 0] == pytest.approx(mean, rel=1e-13)
    assert shared_posterior_mean(DRAWN)[:, 0] == pytest.approx(mean, rel=1e-13)
    assert differentiate_denoiser(DRAWN)[:, 0, 0] == pytest.approx(1.7 * (1 - mean**2), rel=1e-11)


def test_rounding_is_stated_as_more_than_it_is() -> None:
    exact = np.array([[float(sp.tanh(sp.Rational(17, 10) * sp.Rational(float(place))).evalf(30))] for place in PLACES])
    off = np.abs(shared_posterior_mean(DRAWN) - exact).max()
    assert off <= rounding_of_weights(DRAWN) < 1e-12


def test_values_broadcast() -> None:
    assert values_of(tau * u, {tau: 2.0, u: PLACES}) == pytest.approx(2 * PLACES)
    assert values_of(sp.Integer(3), {tau: 2.0}) == 3


@pytest.mark.parametrize(("change", "violated"), [(0.0, False), (1e-9, True)])
def test_arrays_are_compared_by_their_distance(change: float, violated: bool) -> None:
    first = np.arange(6.0).reshape(2, 3)
    found = compare_arrays(first + change, first, 1e-12)
    assert found.violated is violated
    assert found.resolution == pytest.approx(2e-12 / np.linalg.norm(first))
