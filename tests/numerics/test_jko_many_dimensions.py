"""All stages of a fit work in fifty dimensions: centres by k-means, couplings, scores and the solution."""

import math

import numpy as np
import pytest

from lemmata.numerics.jko import Polynomial, RadialBasis, fit_energies

DIMENSION, PARTICLES, CENTRES = 50, 200, 20
STIFFNESS, SPACING = 1.5, 0.1


def test_a_contraction_of_fifty_dimensions_is_recovered_to_rounding() -> None:
    rng = np.random.default_rng(0)
    start = 0.5 + rng.normal(size=(PARTICLES, DIMENSION))
    # Each snapshot in an order of its own: the couplings have to find the pairs.
    flow = [rng.permutation(math.exp(-STIFFNESS * SPACING * k) * start) for k in range(3)]
    fit = fit_energies(
        flow, SPACING, potential=[Polynomial(2, centre=0.0, separable=True), RadialBasis(CENTRES)], density_score="best"
    )
    assert len(fit.coefficients) == 2 * DIMENSION + CENTRES + 1
    # Midpoints and displacements are parallel: the trapezoidal rule is solved by (2/tau) tanh(l tau/2), exactly.
    stiffness = 2 * math.tanh(STIFFNESS * SPACING / 2) / SPACING
    squares = slice(DIMENSION, 2 * DIMENSION)
    assert fit.coefficients[squares] == pytest.approx(np.full(DIMENSION, stiffness / 2), abs=1e-8)
    assert np.delete(fit.coefficients, np.arange(DIMENSION, 2 * DIMENSION)) == pytest.approx(0, abs=1e-8)
    assert fit.diffusivity is not None
    assert abs(fit.diffusivity.value) < 1e-8
    assert len(fit.null_space) == 0
    # The prediction follows the flow of the fitted potential by Heun's method, to second order in a quarter of tau.
    predicted = fit.predict(start)[0]
    expected = math.exp(-stiffness * SPACING) * start
    assert np.abs(predicted - expected).max() < (stiffness * SPACING / 4) ** 3 * np.abs(start).max()
