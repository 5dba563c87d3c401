"""The data separation function, estimated from samples with intervals.

The estimator samples each s by one of the two forms in `posterior_replica`. Which one is settled on a pilot sample
independent of the final one: chosen by the final standard error, a form whose rare events were not sampled would win.
Terms of both forms are bounded for finite data, so intervals are empirical-Bernstein.

Notation: `separation_function`.
"""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, Key
from scipy import stats

from ..measures import DiscreteMeasure, Numbers
from ..precision import float64
from ..statistics import empirical_bernstein_half_width, split_false_alarm
from .overlap import MOST_ATOMS, error_ceiling, information_ceiling, squared_distances
from .posterior_replica import QUERY_BLOCK, sample_queries
from .separation_function import Separation, checked_grid

NUM_QUERIES = 20_000
PILOT_QUERIES = 4 * QUERY_BLOCK
FALSE_ALARM = 1e-6

RESIDUAL_BELOW = 0.1
"""Where the pilot finds h^2 below this, the residual form is worth its cost if its interval is the narrower one."""

CEILING_ABOVE = 0.9
"""The overlap ceiling is computed where the pilot finds h^2 above this: elsewhere it exceeds 1."""

CUT_OFF_PROBABILITY = 1e-12
"""Probability of the noise being so long that the residual form's term is cut off to bound it."""

NORMALISATION_ROUNDING = 64
"""How many units of rounding E|X|^2/d may be away from 1: what pairwise sums of 2^50 terms can leave, with a margin."""


def separation(
    data: Numbers | DiscreteMeasure,
    s: Numbers,
    *,
    weights: Numbers | None = None,
    num_queries: int = NUM_QUERIES,
    key: Key[Array, ""],
    false_alarm: float = FALSE_ALARM,
) -> Separation:
    """Estimate the separation function of a data set.

    **Arguments:** `data` (n, d) in float32 or float64 with E|X|^2 = d, or a `DiscreteMeasure`; `s` > 0 increasing;
    `weights` (n,) of the atoms, equal if not given; `num_queries` noisy observations are drawn with `key` (after a
    pilot sample of 512); all intervals hold together except with probability `false_alarm`.

    **Raises:** `ValueError` if the data are no measure or not normalised, s does not increase, or there are fewer than
    two queries.
    """
    measure = data if isinstance(data, DiscreteMeasure) else DiscreteMeasure(data, weights)
    if isinstance(data, DiscreteMeasure) and weights is not None:
        raise ValueError("a measure carries its own weights: give none beside it")
    if num_queries < 2:
        raise ValueError(f"at least two queries are needed, not {num_queries}")
    grid = checked_grid(s)
    if grid[0] == 0:
        raise ValueError("s must be positive: at s = 0 the separation function is |E X|^2/d, exactly")
    scale = _exact_scale(measure)
    geometry = _measure_geometry(measure, scale)
    cut_off = float(stats.chi2.isf(CUT_OFF_PROBABILITY, measure.dimension))
    pilot_key, final_key = jax.random.split(key)

    def sample(sample_key: Any, s_replica: Any, s_residual: Any, count: int) -> Any:
        with float64():
            terms = sample_queries(sample_key, measure, scale, s_replica, s_residual, cut_off, num_queries=count)
        return [np.asarray(rows) for rows in terms]

    share = split_false_alarm(false_alarm, len(grid))
    widths = [_term_bounds(grid, np.full(len(grid), form), geometry, cut_off, measure.dimension)[0] for form in (0, 1)]
    pilot_terms = 1 - (1 + grid[:, None] ** 2) * sample(pilot_key, grid, grid[:0], PILOT_QUERIES)[0]
    pilot = pilot_terms.mean(axis=1)
    residual = pilot < RESIDUAL_BELOW
    if residual.any():
        other_terms = sample(pilot_key, grid[:0], grid[residual], PILOT_QUERIES)[1]
        predicted = [
            empirical_bernstein_half_width(terms.var(axis=1, ddof=1), np.asarray(num_queries), width[residual], share)
            for terms, width in zip((pilot_terms[residual], other_terms), widths, strict=True)
        ]
        residual[residual] = predicted[1] < predicted[0]
    errors, residuals = sample(final_key, grid[~residual], grid[residual], num_queries)
    terms = np.empty((len(grid), num_queries))
    terms[~residual] = 1 - (1 + grid[~residual, None] ** 2) * errors
    terms[residual] = residuals
    if not np.isfinite(terms).all():
        raise FloatingPointError("a posterior weight overflowed: the data are too far from E|X|^2 = d for these s")

    width, cut = _term_bounds(grid, residual, geometry, cut_off, measure.dimension)
    h_squared = terms.mean(axis=1)
    half_width = np.zeros(len(grid))
    covariance = np.atleast_2d(np.cov(terms))
    varied = width > 0
    half_width[varied] = empirical_bernstein_half_width(
        np.diag(covariance)[varied], np.asarray(num_queries), width[varied], share
    )
    ceiling, tail = np.full(len(grid), np.inf), np.inf
    if geometry.distances is not None and (high := pilot > CEILING_ABOVE).any():
        ceiling[high] = error_ceiling(geometry.distances, measure.weights, measure.dimension, grid[high])
        tail = information_ceiling(geometry.distances, measure.weights, measure.dimension, grid[-1])
    return Separation(
        s=grid,
        h_squared=h_squared,
        h_squared_interval=(
            np.maximum(h_squared - half_width, -(grid**2)),
            np.minimum(h_squared + half_width + cut, 1.0),
        ),
        term_covariance=covariance,
        term_width=width,
        error_ceiling=ceiling,
        tail_information=tail,
        at_zero=geometry.at_zero,
        method=tuple("residual" if chosen else "replica" for chosen in residual),
        num_queries=num_queries,
        n=len(measure.atoms),
        d=measure.dimension,
        false_alarm=false_alarm,
    )


@dataclass(frozen=True, slots=True)
class _Geometry:
    """Of the scaled data: lambda(0), the largest norm, a bound on the diameter, and the distances if there are few."""

    at_zero: float
    radius: float
    diameter: float
    distances: Float[np.ndarray, "n n"] | None


def _measure_geometry(measure: DiscreteMeasure, scale: float) -> _Geometry:
    norms = scale * np.sqrt(np.einsum("nd,nd->n", measure.atoms, measure.atoms, dtype=np.float64))
    mean = scale * measure.mean()
    distances = scale**2 * squared_distances(measure) if len(norms) <= MOST_ATOMS else None
    return _Geometry(
        at_zero=float(mean @ mean) / measure.dimension,
        radius=float(norms.max()),
        diameter=2 * float(norms.max()) if distances is None else float(np.sqrt(distances.max())),
        distances=distances,
    )


def _term_bounds(
    s: Float[np.ndarray, " m"], residual: Any, geometry: _Geometry, cut_off: float, dimension: int
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    """Return the length of the interval in which one query's term of h^2 lies, and what cutting off takes at most.

    Replica: at most (1 + s^2) D/(2 d) below 1, D the squared diameter. Residual: |E[X | Y] - c Y|^2 with
    c = s/(1 + s^2) is at most (a + c |eps|)^2, where a bounds |E[X | Y] - c s x_i|: E[X | Y] is in the convex hull.
    """
    c = s / (1 + s**2)
    reach = np.minimum(geometry.radius * (1 + c * s), geometry.diameter + geometry.radius * (1 - c * s))
    bounded = (1 + s**2) / dimension * (reach + c * np.sqrt(cut_off)) ** 2
    beyond = 2 * reach**2 * CUT_OFF_PROBABILITY + 2 * c**2 * dimension * stats.chi2.sf(cut_off, dimension + 2)
    width = np.where(residual, bounded, (1 + s**2) * geometry.diameter**2 / (2 * dimension))
    return width, np.where(residual, (1 + s**2) / dimension * beyond, 0.0)


def _exact_scale(measure: DiscreteMeasure) -> float:
    """Return the factor, 1 up to rounding, that makes E|X|^2 = d hold in float64."""
    ratio = measure.second_moment() / measure.dimension
    allowed = NORMALISATION_ROUNDING * float(np.finfo(measure.atoms.dtype).eps)
    if not abs(ratio - 1) <= allowed:
        raise ValueError(f"the data must have E|X|^2 = d, but E|X|^2/d = {ratio:.9g}: use DiscreteMeasure.normalised()")
    return float(1 / np.sqrt(ratio))
