"""Fits to Gaussian snapshots without noise: clouds that have the law's mean and variance exactly, with its score.

Clouds are one set of symmetric points, moved and scaled: the increasing map between two of them is that between the
laws, and the features y^2/2 and beta are affine on it. So a fit solves the two equations of means and of scales.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, final

import numpy as np
import sympy as sp

from ...numerics.estimate import Estimate
from ...numerics.jko import (
    GaussianLaw,
    QuadraticEnergy,
    SymbolicFeatures,
    fit_energies,
    gaussian_diffusion,
    jko_step_gaussian,
)
from ...numerics.jko.conditions import Estimator
from ...numerics.rates import extrapolate_limit
from ...theory.jko.notation import beta, confinement, old_mean, old_scale

VALUES: Final[Mapping[sp.Symbol, float]] = {confinement: 0.9, beta: 0.6, old_scale: 1.4, old_mean: 1.1}
"""The energies, and the law of the first snapshot."""

PARTICLES: Final = 16
EPS: Final = float(np.finfo(np.float64).eps)
_y = sp.Symbol("y", real=True)


@final
@dataclass(frozen=True, slots=True)
class Fitted:
    """What a fit returns for l and beta."""

    stiffness: Estimate
    diffusivity: Estimate


@cache
def fit_gaussian(estimator: Estimator, step: float, scheme: bool) -> Fitted:
    """Fit V = l y^2/2 and beta to two snapshots of the diffusion, or of the JKO scheme, `step` apart."""
    energy = QuadraticEnergy.of([[VALUES[confinement]]], diffusivity=VALUES[beta])
    first = GaussianLaw(np.array([VALUES[old_mean]]), np.array([[VALUES[old_scale] ** 2]]))
    second = jko_step_gaussian(first, energy, step) if scheme else gaussian_diffusion(first, energy, step)
    points = np.linspace(-1, 1, PARTICLES)
    points /= np.sqrt(np.mean(points**2))
    clouds, scores = [], []
    for law in (first, second):
        spread = float(np.sqrt(law.covariance[0, 0]))
        clouds.append((law.mean[0] + spread * points)[:, None])
        scores.append((-points / spread)[:, None])
    found = fit_energies(
        clouds, step, potential=SymbolicFeatures([_y**2 / 2], [_y]), density_score=scores, estimator=estimator
    )
    # A displacement over tau loses what it is small by; the fit's two columns are nearly orthogonal.
    size = float(np.abs(found.coefficients).max() + np.abs(clouds[0]).max() / step)
    rounding = (64 * EPS + second.error) * size * found.condition_number
    return Fitted(*(Estimate(float(value), rounding, "fit without noise") for value in found.coefficients))


def leading_bias(estimator: Estimator, steps: tuple[float, ...], order: int, scheme: bool) -> Fitted:
    """Return the limits of (estimate - truth)/tau^order at tau = 0, extrapolated from decreasing steps."""
    fits = [fit_gaussian(estimator, step, scheme) for step in steps]

    def limit(values: list[Estimate], truth: float) -> Estimate:
        scaled = [(one - Estimate(truth, 0.0)) * step**-order for one, step in zip(values, steps, strict=True)]
        numbers, errors = [one.value for one in scaled], [one.error for one in scaled]
        return extrapolate_limit(-np.log(steps), numbers, errors, rate=1.0)

    return Fitted(
        limit([fit.stiffness for fit in fits], VALUES[confinement]),
        limit([fit.diffusivity for fit in fits], VALUES[beta]),
    )
