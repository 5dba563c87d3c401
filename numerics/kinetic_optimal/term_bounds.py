"""Bounds on one query's term of h^2, which make intervals of the mean, and on what rounding adds to the mean.

Notation: `posterior_replica`; the data are scaled to E|X|^2 = d, and h^2 = 1 - (1 + s^2) mmse/d.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float
from scipy import stats

from .posterior_replica import rounding_error

CUT_OFF_PROBABILITY = 1e-12
"""Probability of the noise being so long that the residual form's term is cut off to bound it."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Of the scaled data: dimension, largest norm, a bound on the diameter, and the squared length of noise cut off."""

    dimension: int
    radius: float
    diameter: float
    cut_off: float


def noise_cut_off(dimension: int) -> float:
    """Return what the squared length of the noise exceeds with `CUT_OFF_PROBABILITY`."""
    return float(stats.chi2.isf(CUT_OFF_PROBABILITY, dimension))


def bound_terms(
    s: Float[np.ndarray, " m"], residual: Bool[np.ndarray, "*samples m"], geometry: Geometry
) -> tuple[Float[np.ndarray, "*samples m"], Float[np.ndarray, "*samples m"]]:
    """Return the length of the interval in which one query's term of h^2 lies, and what cutting off takes at most.

    Replica: at most (1 + s^2) D/(2 d) below 1, D the squared diameter. Residual: |E[X | Y] - c Y|^2 with
    c = s/(1 + s^2) is at most (a + c |eps|)^2, where a bounds |E[X | Y] - c s x_i|: E[X | Y] is in the convex hull.

    **Arguments:** `residual` tells which s are sampled by the residual form, in one sample or in several.
    """
    d, cut_off = geometry.dimension, geometry.cut_off
    c = s / (1 + s**2)
    reach = np.minimum(geometry.radius * (1 + c * s), geometry.diameter + geometry.radius * (1 - c * s))
    bounded = (1 + s**2) / d * (reach + c * np.sqrt(cut_off)) ** 2
    beyond = 2 * reach**2 * CUT_OFF_PROBABILITY + 2 * c**2 * d * stats.chi2.sf(cut_off, d + 2)
    width = np.where(residual, bounded, (1 + s**2) * geometry.diameter**2 / (2 * d))
    return width, np.where(residual, (1 + s**2) / d * beyond, 0.0)


def estimate_rounding(
    s: Float[np.ndarray, " m"],
    residual: Bool[np.ndarray, " m"],
    h_squared: tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]],
    *,
    dtype: Any,
    dimension: int,
    second_moment: float,
    summed: int,
) -> Float[np.ndarray, " m"]:
    """Estimate how far at most rounding of products and exponentials in `dtype` moves h^2.

    Replica: by `rounding_error`. Residual: if posterior weights are off by at most the factor 1 + e, E[X | Y] is off by
    at most e times the root of the posterior variance, to which the rounding of a sum of `summed` atoms comes.

    **Arguments:** `h_squared` are the ends of an interval; `second_moment` is E|X - E X|^2.
    """
    to_h = (1 + s**2) / dimension
    low, high = (np.clip(end, 0.0, 1.0) for end in h_squared)
    error = np.maximum((1 - low) / to_h, np.finfo(np.float64).tiny)
    moved = rounding_error(s, error, dtype=dtype, dimension=dimension, second_moment=second_moment)
    of_sum = np.sqrt(summed * second_moment) * float(np.finfo(dtype).eps) / 2
    mean_off = np.sqrt(to_h) * (moved / np.sqrt(error) + of_sum)
    return np.where(residual, mean_off * (2 * np.sqrt(high) + mean_off), to_h * moved)
