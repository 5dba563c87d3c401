"""The kinetic energy of a Gaussian path by sampling its velocity: what the separation function is checked against.

The velocity that is sampled is the expression that theory derived, compiled; the posterior mean in it is that of the
shared denoiser. The terms |u|^2 are unbounded, so they are cut at a level that the noise exceeds with a probability
that is part of the false-alarm probability, and what the cut removes from the mean is bounded and added to the error.
"""

from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
from scipy.stats import chi2

from ...theory.kinetic_optimal import identities, notation
from ..compile import compile_expression
from ..denoiser import posterior_mean
from ..estimate import Estimate
from ..measures import DiscreteMeasure
from ..precision import float64
from ..statistics import empirical_bernstein_interval


@final
@dataclass(frozen=True, slots=True)
class PathPoint:
    """One time of a Gaussian path: both schedules and their time derivatives; alpha >= 0 and sigma > 0."""

    alpha: float
    sigma: float
    alpha_dot: float
    sigma_dot: float

    @property
    def signal(self) -> float:
        """The signal-to-noise ratio alpha/sigma."""
        return self.alpha / self.sigma


def compile_velocity() -> Any:
    """Compile the derived velocity u(x, xhat, alpha, sigma, alpha', sigma')."""
    arguments = (
        identities.x,
        identities.posterior_mean,
        notation.alpha,
        notation.sigma,
        notation.alpha_dot,
        notation.sigma_dot,
    )
    return compile_expression(identities.marginal_velocity_formula(), arguments)


def estimate_kinetic_energy(
    measure: DiscreteMeasure,
    point: PathPoint,
    *,
    key: Any,
    num_queries: int,
    false_alarm: float,
    shape: tuple[int, int] | None = None,
) -> Estimate:
    """Estimate E|u|^2/d of the path X = alpha X1 + sigma eps at one time, by sampling.

    **Arguments:** `shape` (atoms, dimensions) pads the measure with atoms of no weight and coordinates of no data, so
    that measures of several sizes are served by one compilation.

    The error is an empirical-Bernstein half-width that fails with probability at most `false_alarm`, plus a bound of
    what the cut removes.
    """
    n, d = measure.atoms.shape
    padded = _pad(measure, shape or (n, d))
    index_key, noise_key = jax.random.split(key)
    with float64():
        index = np.asarray(
            jax.random.choice(index_key, len(padded.weights), (num_queries,), p=np.asarray(padded.weights))
        )
        noise = np.asarray(jax.random.normal(noise_key, (num_queries, padded.dimension)))
        x = point.alpha * np.asarray(padded.atoms)[index] + point.sigma * noise
        mean = posterior_mean(padded, x, point.alpha, point.sigma)
        coefficients = (np.full((), value) for value in (point.alpha, point.sigma, point.alpha_dot, point.sigma_dot))
        velocity = np.asarray(compile_velocity()(x, mean, *coefficients))
    terms = (velocity[:, :d] ** 2).sum(axis=1) / d
    ceiling, removed = _cut(measure, point, num_queries, false_alarm / 2)
    kept = empirical_bernstein_interval(np.minimum(terms, ceiling), 0.0, ceiling, false_alarm / 2)
    return Estimate(kept.value, kept.error + removed, kept.method, false_alarm)


def _pad(measure: DiscreteMeasure, shape: tuple[int, int]) -> DiscreteMeasure:
    """Return the measure with further atoms of no weight, in further coordinates that are 0."""
    n, d = measure.atoms.shape
    atoms, weights = np.zeros(shape), np.zeros(shape[0])
    atoms[:n, :d], weights[:n] = measure.atoms, measure.weights
    return DiscreteMeasure(atoms, weights)


def _cut(measure: DiscreteMeasure, point: PathPoint, num_queries: int, exceed: float) -> tuple[float, float]:
    """Return the level at which |u|^2/d is cut, and a bound of what the cut removes from its mean.

    With |x| <= alpha R + sigma |eps| and |xhat| <= R, |u| <= A + B |eps|; any query's |eps| exceeds q with probability
    `exceed`, and by Cauchy-Schwarz the cut removes at most sqrt(P(|eps| > q) E (A + B |eps|)^4)/d.
    """
    d = measure.dimension
    radius = float(np.sqrt((np.asarray(measure.atoms) ** 2).sum(axis=1).max()))
    drag = abs(point.sigma_dot / point.sigma)
    pull = abs(point.alpha_dot - point.alpha * point.sigma_dot / point.sigma)
    constant, slope = (drag * point.alpha + pull) * radius, drag * point.sigma
    tail = exceed / num_queries
    reach = float(np.sqrt(chi2.isf(tail, d)))
    fourth_moment = 8 * (constant**4 + slope**4 * d * (d + 2))
    return (constant + slope * reach) ** 2 / d, float(np.sqrt(tail * fourth_moment)) / d
