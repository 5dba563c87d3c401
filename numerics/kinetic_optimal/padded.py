"""The separation function of many small data sets at once, at one compiled shape.

Property checks visit hundreds of data sets of all sizes. Here each is padded to 32 atoms in 8 dimensions: atoms that
are not there have weight 0, dimensions that are not there hold zeros, and d is passed beside them. The estimator
averages the posterior variance, `mmse = E tr Cov(X | Y)`, whose terms lie between 0 and half the squared diameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from ..measures import DiscreteMeasure, Numbers
from ..precision import in_float64
from ..statistics import empirical_bernstein_half_width, split_false_alarm
from .separation import FALSE_ALARM

MOST_ATOMS, MOST_DIMENSIONS = 32, 8
"""The shape to which data sets are padded."""

NUM_QUERIES = 4096
"""Queries for each data set."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class PaddedData:
    """Data sets at one shape; `dimension` is d of each."""

    atoms: Float[np.ndarray, "b 32 8"]
    weights: Float[np.ndarray, "b 32"]
    dimension: Int[np.ndarray, " b"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class PaddedSeparation:
    """lambda of each data set at its s, with an interval; all intervals hold together but with the false alarm."""

    mean: Float[np.ndarray, " b"]
    standard_error: Float[np.ndarray, " b"]
    interval: tuple[Float[np.ndarray, " b"], Float[np.ndarray, " b"]]


def pad_measures(measures: Sequence[DiscreteMeasure]) -> PaddedData:
    """Bring measures of at most 32 atoms in at most 8 dimensions to one shape.

    **Raises:** `ValueError` for none, or for one that is too large.
    """
    if not measures:
        raise ValueError("at least one measure is needed")
    atoms = np.zeros((len(measures), MOST_ATOMS, MOST_DIMENSIONS))
    weights = np.zeros((len(measures), MOST_ATOMS))
    for number, measure in enumerate(measures):
        n, d = measure.atoms.shape
        if n > MOST_ATOMS or d > MOST_DIMENSIONS:
            raise ValueError(f"at most {MOST_ATOMS} atoms in {MOST_DIMENSIONS} dimensions, not {n} in {d}")
        atoms[number, :n, :d] = measure.atoms
        weights[number, :n] = measure.weights
    return PaddedData(atoms, weights, np.array([measure.dimension for measure in measures]))


@in_float64
def separation_padded(
    data: PaddedData,
    s: Numbers,
    *,
    key: Key[Array, ""],
    num_queries: int = NUM_QUERIES,
    false_alarm: float = FALSE_ALARM,
) -> PaddedSeparation:
    """Estimate lambda(s) = E|X|^2/d - mmse(s)/d of each data set.

    **Arguments:** `s` > 0 is one number or one for each data set; the data need not be normalised, and lambda is then
    E|E[X | Y]|^2/d as it stands.

    **Raises:** `ValueError` if s is not positive or of another shape, or there are fewer than two queries.
    """
    signal = np.broadcast_to(np.asarray(s, np.float64), data.dimension.shape)
    if not (np.isfinite(signal) & (signal > 0)).all():
        raise ValueError("s must be positive and finite")
    if num_queries < 2:
        raise ValueError(f"at least two queries are needed, not {num_queries}")
    keys = jax.random.split(key, len(signal))
    sampled = _sample_all(data.atoms, data.weights, signal, keys, num_queries)
    moments, diameters, errors = (np.asarray(part) / data.dimension for part in sampled[:3])
    spreads = np.asarray(sampled[3]) / data.dimension**2
    half_width = np.zeros(len(signal))
    varied = diameters > 0
    half_width[varied] = empirical_bernstein_half_width(
        spreads[varied], np.asarray(num_queries), diameters[varied] / 2, split_false_alarm(false_alarm, len(signal))
    )
    mean = moments - errors
    return PaddedSeparation(
        mean=mean,
        standard_error=np.sqrt(spreads / num_queries),
        interval=(np.maximum(mean - half_width, 0.0), np.minimum(mean + half_width, moments)),
    )


@partial(jax.jit, static_argnums=4)
def _sample_all(atoms: Any, weights: Any, s: Any, keys: Any, num_queries: int) -> tuple[Any, Any, Any, Any]:
    return jax.lax.map(lambda case: _sample(*case, num_queries=num_queries), (atoms, weights, s, keys))


def _sample(atoms: Any, weights: Any, s: Any, key: Any, *, num_queries: int) -> tuple[Any, Any, Any, Any]:
    """Return second moment, squared diameter, and mean and variance over the queries of the posterior variance."""
    index_key, noise_key = jax.random.split(key)
    log_weights = jnp.where(weights > 0, jnp.log(jnp.where(weights > 0, weights, 1.0)), -jnp.inf)
    index = jax.random.categorical(index_key, log_weights, shape=(num_queries,))
    noise = jax.random.normal(noise_key, (num_queries, MOST_DIMENSIONS))
    squares = (atoms**2).sum(axis=1)
    distances = ((atoms[:, None] - atoms) ** 2).sum(axis=2)
    products = noise @ atoms.T
    leads = products - jnp.take_along_axis(products, index[:, None], axis=1)
    posterior = jax.nn.softmax(log_weights + s * leads - s**2 / 2 * distances[index], axis=1)
    # Half the mean squared distance of two draws: a sum of non-negative terms, so nothing cancels.
    terms = ((posterior @ distances) * posterior).sum(axis=1) / 2
    present = (weights > 0) & (weights > 0)[:, None]
    return weights @ squares, jnp.where(present, distances, 0.0).max(), terms.mean(), terms.var(ddof=1)
