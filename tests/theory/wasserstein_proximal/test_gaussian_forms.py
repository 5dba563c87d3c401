"""Closed forms for Gaussian targets: equation and terminal value are both needed, for both terminal costs."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad

from lemmata.theory.verdict import Verdict
from lemmata.theory.wasserstein_proximal import gaussian, kernel_formula
from lemmata.theory.wasserstein_proximal.cole_hopf import backward_factor
from lemmata.theory.wasserstein_proximal.gaussian import Noising
from lemmata.theory.wasserstein_proximal.notation import DIMENSIONS, TerminalCost, horizon, mean, scale, sigma, t, x

from ..decided import NEARLY, assert_refuted, assert_vanish, verdicts

BEFORE = (sp.Lt(t, horizon),)
AFTER = (sp.Gt(t, 0),)


@pytest.mark.parametrize("cost", TerminalCost)
def test_potential(cost: TerminalCost) -> None:
    curvature, potential = gaussian.curvature(cost), gaussian.gaussian_potential(cost)
    assert_vanish(gaussian.curvature_residuals(curvature, cost), BEFORE)
    assert_vanish(gaussian.gaussian_potential_residuals(potential, cost), BEFORE)
    assert_vanish({"curvature": potential.diff(x, 2) + curvature}, BEFORE)
    for wrong in (NEARLY * curvature, curvature.subs(sigma, 1) * sigma):
        assert_refuted(gaussian.curvature_residuals(wrong, cost), BEFORE)
    for other in (-potential, potential + t, potential.subs(sigma, NEARLY * sigma)):
        assert_refuted(gaussian.gaussian_potential_residuals(other, cost), BEFORE)


@pytest.mark.parametrize("cost", TerminalCost)
def test_the_equation_alone_passes_on_the_other_cost(cost: TerminalCost) -> None:
    (other,) = set(TerminalCost) - {cost}
    found = verdicts(gaussian.gaussian_potential_residuals(gaussian.gaussian_potential(other), cost), BEFORE)
    assert found == {"Hamilton-Jacobi": Verdict.PROVED, "terminal": Verdict.REFUTED}


@pytest.mark.parametrize("noising", Noising)
def test_components(noising: Noising) -> None:
    (other,) = set(Noising) - {noising}
    law = gaussian.component_law(noising)
    assert_vanish(gaussian.component_law_residuals(law, noising), BEFORE)
    for wrong in (
        gaussian.component_law(other),
        replace(law, variance=law.variance.subs(sigma, NEARLY * sigma)),
        replace(law, variance=NEARLY * law.variance),
        replace(law, mean=law.mean + horizon - t),
    ):
        assert_refuted(gaussian.component_law_residuals(wrong, noising), BEFORE)


@pytest.mark.parametrize("noising", Noising)
def test_components_in_the_plane(noising: Noising) -> None:
    known = gaussian.component_covariance(noising)
    assert_vanish(gaussian.plane_residuals(known, noising), gaussian.definite())
    turned = sp.Matrix([[known[0, 0], -known[0, 1]], [-known[1, 0], known[1, 1]]])
    assert_refuted(gaussian.plane_residuals(turned, noising), gaussian.definite())
    grown = known + (horizon - t) / 100 * sp.eye(2)
    assert_refuted(gaussian.plane_residuals(grown, noising), gaussian.definite())


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_bridge(dimension: int) -> None:
    claimed = kernel_formula.bridge(dimension)
    assert_vanish(kernel_formula.bridge_residuals(claimed, dimension), AFTER)
    eta, heat = backward_factor(dimension), kernel_formula.heat_kernel(t, dimension)
    for wrong in (heat, eta**2 * heat, eta * kernel_formula.heat_kernel(2 * t, dimension)):
        assert_refuted(kernel_formula.bridge_residuals(wrong, dimension), AFTER)


def test_kernel() -> None:
    exponent = kernel_formula.log_kernel()
    assert_vanish(kernel_formula.log_kernel_residuals(exponent))
    assert_refuted(kernel_formula.log_kernel_residuals(exponent * sigma**2))
    assert_refuted(kernel_formula.log_kernel_residuals(exponent / 2))
    assert_refuted(kernel_formula.log_kernel_residuals(exponent.subs(horizon, NEARLY * horizon)))


def test_gaussian_kernel() -> None:
    known = kernel_formula.gaussian_kernel()
    assert_vanish(kernel_formula.gaussian_kernel_residuals(known))
    for wrong in (
        replace(known, mean=kernel_formula.start[0]),
        replace(known, variance=NEARLY * known.variance),
        replace(known, variance=known.variance / sigma**2),
        replace(known, mean=(scale**2 * mean + horizon * kernel_formula.start[0]) / (scale**2 + horizon)),
    ):
        assert_refuted(kernel_formula.gaussian_kernel_residuals(wrong))
    landed = kernel_formula.landed_variance()
    assert_vanish(kernel_formula.landed_variance_residuals(landed))
    assert_refuted(kernel_formula.landed_variance_residuals(NEARLY * landed))
    assert_refuted(kernel_formula.landed_variance_residuals(landed.subs(sigma, 0)))


def test_gaussian_kernel_integrated() -> None:
    place = {mean: 0.3, scale: 0.8, sigma: 0.6, horizon: 0.7, kernel_formula.start[0]: -0.9}
    values = {symbol.name: value for symbol, value in place.items()}

    def weight(at: float) -> float:
        bowl = (at - values["m"]) ** 2 / (2 * values["s"] ** 2)
        moved = (at - values["x_0"]) ** 2 / (2 * values["T"])
        return float(np.exp(-(bowl + moved) / values["sigma"] ** 2))

    moments = [quad(lambda at, k=k: at**k * weight(at), -8, 8, epsabs=1e-13)[0] for k in range(3)]
    average = moments[1] / moments[0]
    known = kernel_formula.gaussian_kernel()
    # Quadrature to 1e-13 of moments of order 0.1 to 1.
    assert average == pytest.approx(float(known.mean.subs(place)), abs=1e-11)
    assert moments[2] / moments[0] - average**2 == pytest.approx(float(known.variance.subs(place)), abs=1e-11)
