"""The data separation function, from samples with intervals or from a formula.

For data X with E|X|^2 = d and Y = s X + eps: `lambda(s) = E|E[X | Y]|^2/d = 1 - v(s)`, v = mmse/d, and
`h^2(s) = 1 - (1 + s^2) v(s)`, which lies in [0, 1] and is what the kinetic-optimal path is made of. All dimensionless.

The estimator samples each s by one of the two forms in `posterior_replica`. Which one is settled on a pilot sample
independent of the final one: chosen by the final standard error, a form whose rare events were not sampled would win.
Terms of both forms are bounded for finite data, so intervals are empirical-Bernstein.

References: [shaul2023, abstract, (i)], with lambda identified as E|E[X1 | X]|^2/d.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
from jaxtyping import Array, Float, Key
from scipy import stats

from ..measures import DiscreteMeasure, Numbers
from ..precision import float64
from ..statistics import empirical_bernstein_half_width, split_false_alarm
from .overlap import MOST_ATOMS, error_ceiling, information_ceiling, squared_distances
from .posterior_replica import QUERY_BLOCK, sample_queries

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

FORMULA_ROUNDING = 16 * float(np.finfo(np.float64).eps)
"""Rounding error of a formula's value: a few operations of order 1."""

Curve = Callable[[Float[np.ndarray, " m"]], Numbers]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Separation:
    """The separation function on a grid of s, with errors; a formula is kept in `error_function`.

    All arrays run over `s`, which increases. `h_squared_interval` holds for all s together, except with probability
    `false_alarm`, and uses no theorem but 0 <= lambda <= 1. `error_ceiling` is a deterministic bound on v (infinite
    where it was not computed); `proved_interval` is where both meet, with the proved `h^2 >= 0`.

    `term_covariance` and `term_width` are those of one query's terms of h^2; `tail_information` bounds
    int s v ds beyond the last s (infinite if not computed). `at_zero` is lambda(0) = |E X|^2/d, exact;
    `method` names the form used at each s. `n`, `d` and `num_queries` are 0 for a formula, and only for a formula are
    `error_function`, v as a function of s, and `h_squared_uncertainty`, the error with which it gives h^2, there.
    """

    s: Float[np.ndarray, " m"]
    h_squared: Float[np.ndarray, " m"]
    h_squared_interval: tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]
    term_covariance: Float[np.ndarray, "m m"]
    term_width: Float[np.ndarray, " m"]
    error_ceiling: Float[np.ndarray, " m"]
    tail_information: float
    at_zero: float
    method: tuple[str, ...]
    num_queries: int
    n: int
    d: int
    false_alarm: float
    error_function: Curve | None = None
    h_squared_uncertainty: Curve | None = None

    @property
    def mean(self) -> Float[np.ndarray, " m"]:
        """The estimate of lambda at each s."""
        return 1 - self.error

    @property
    def error(self) -> Float[np.ndarray, " m"]:
        """The estimate of v = 1 - lambda at each s."""
        return (1 - self.h_squared) / (1 + self.s**2)

    @property
    def h_squared_standard_error(self) -> Float[np.ndarray, " m"]:
        """The standard error of the estimate of h^2."""
        return np.sqrt(np.diag(self.term_covariance) / max(self.num_queries, 1))

    @property
    def standard_error(self) -> Float[np.ndarray, " m"]:
        """The standard error of the estimate of lambda."""
        return self.h_squared_standard_error / (1 + self.s**2)

    @property
    def interval(self) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
        """Lower and upper ends of the interval of lambda: that of h^2, carried over."""
        lower, upper = (1 - (1 - end) / (1 + self.s**2) for end in self.h_squared_interval)
        return lower, upper

    @property
    def proved_interval(self) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
        """Lower and upper ends of the interval of h^2, narrowed by `h^2 >= 0` and the overlap ceiling."""
        lower, upper = self.h_squared_interval
        return np.maximum(np.maximum(lower, 0.0), 1 - (1 + self.s**2) * self.error_ceiling), upper

    @staticmethod
    def from_function(
        separation: Curve | None, s: Numbers, *, error: Curve | None = None, accuracy: float = 0.0
    ) -> "Separation":
        """Take the separation function from a formula.

        **Arguments:** either `separation` maps an array of s >= 0 to lambda, or `error` maps it to v = 1 - lambda,
        which keeps the digits that `1 - lambda` loses at large s; `accuracy` bounds the error of h^2 beside rounding.

        **Raises:** `ValueError` if both or none is given, s does not increase, or a value of h^2 is outside [0, 1] by
        more than its error.
        """
        if separation is not None and error is None:
            v, lost = _complement(separation), 1.0
        elif separation is None and error is not None:
            v, lost = error, 0.0
        else:
            raise ValueError("give a formula either for lambda or for v = 1 - lambda")

        def uncertainty(signal: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
            return accuracy + FORMULA_ROUNDING * (1 + lost * signal**2)

        grid = _checked_grid(s)
        h_squared = 1 - (1 + grid**2) * np.asarray(v(grid), np.float64)
        doubt = uncertainty(grid)
        if not ((h_squared >= -doubt) & (h_squared <= 1 + doubt)).all():
            worst = int(np.argmax(np.abs(h_squared - 0.5) - doubt))
            raise ValueError(f"not a separation function: h^2 = {h_squared[worst]:.6g} at s = {grid[worst]:.6g}")
        zeros = np.zeros_like(grid)
        return Separation(
            s=grid,
            h_squared=h_squared,
            h_squared_interval=(h_squared - doubt, h_squared + doubt),
            term_covariance=np.zeros((len(grid), len(grid))),
            term_width=zeros,
            error_ceiling=np.full(len(grid), np.inf),
            tail_information=np.inf,
            at_zero=float(1 - np.asarray(v(np.zeros(1)))[0]),
            method=("formula",) * len(grid),
            num_queries=0,
            n=0,
            d=0,
            false_alarm=0.0,
            error_function=v,
            h_squared_uncertainty=uncertainty,
        )


def angular_grid(num: int = 32) -> Float[np.ndarray, " num"]:
    """Return `num` values of s = tan theta with theta equally spaced inside (0, pi/2)."""
    return np.tan(np.pi / 2 * np.arange(1, num + 1) / (num + 1))


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
    grid = _checked_grid(s)
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


def _checked_grid(s: Numbers) -> Float[np.ndarray, " m"]:
    """Return `s` as an increasing, finite, non-negative vector."""
    grid = np.atleast_1d(np.asarray(s, np.float64))
    if grid.ndim != 1 or not grid.size or not np.isfinite(grid).all() or grid[0] < 0 or (np.diff(grid) <= 0).any():
        raise ValueError("s must be a vector of finite, non-negative, increasing numbers")
    return grid


def _complement(separation: Curve) -> Curve:
    """Return v = 1 - lambda as a function."""
    return lambda s: 1 - np.asarray(separation(s), np.float64)
