"""Information quantities of small data sets in several dimensions, at fixed shapes.

For property checks, which visit hundreds of data sets: every data set is padded to one shape, so nothing is compiled
anew. Posterior variance and posterior entropy are both bounded, so their means come with empirical-Bernstein intervals;
the mutual information is H(X) minus the mean posterior entropy.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ..estimate import Estimate
from ..measures import DiscreteMeasure
from ..precision import float64
from ..statistics import empirical_bernstein_interval

MOST_ATOMS, MOST_DIMENSIONS = 32, 8
"""The shape to which data sets are padded."""


@final
@dataclass(frozen=True, slots=True)
class PosteriorStatistics:
    """Per-dimension averages over the noisy observation Y = s X + eps, information in nats.

    `error_rate` estimates v = mmse/d, `information_rate` I(X; Y)/d, `residual_entropy` the mean posterior entropy;
    `entropy` is H(X), exact.
    """

    error_rate: Estimate
    information_rate: Estimate
    residual_entropy: Estimate
    entropy: float


def estimate_posterior_statistics(
    measure: DiscreteMeasure, s: float, *, key: Any, num_queries: int, false_alarm: float
) -> PosteriorStatistics:
    """Estimate error and information of a measure with at most 32 atoms in at most 8 dimensions at one s > 0.

    Both intervals hold together with probability at least 1 - `false_alarm`. Equal atoms count as one.

    **Raises:** `ValueError` for more atoms or dimensions.
    """
    merged = measure.merged()
    n, d = merged.atoms.shape
    if n > MOST_ATOMS or d > MOST_DIMENSIONS:
        raise ValueError(f"at most {MOST_ATOMS} atoms in {MOST_DIMENSIONS} dimensions, not {n} in {d}")
    atoms = np.zeros((MOST_ATOMS, MOST_DIMENSIONS))
    atoms[:n, :d] = merged.atoms
    weights = np.zeros(MOST_ATOMS)
    weights[:n] = merged.weights
    with float64():
        terms = np.asarray(_sample(atoms, weights, np.float64(s), key, num_queries))
    separations = ((merged.atoms[:, None] - merged.atoms[None]) ** 2).sum(axis=-1)
    half_diameter = float(separations.max()) / 2
    variance, residual = (
        estimate_bounded_mean(row, bound, false_alarm / 2)
        for row, bound in zip(terms, (half_diameter, float(np.log(n))), strict=True)
    )
    entropy = merged.entropy()
    return PosteriorStatistics(
        error_rate=Estimate(variance.value / d, variance.error / d),
        information_rate=Estimate((entropy - residual.value) / d, residual.error / d),
        residual_entropy=residual,
        entropy=entropy,
    )


def estimate_bounded_mean(terms: Float[np.ndarray, " q"], bound: float, false_alarm: float) -> Estimate:
    """Estimate the mean of terms in [0, bound] with its empirical-Bernstein half-width; `bound` may be 0."""
    if bound == 0:
        return Estimate(0.0, 0.0)
    # Rounding may carry a term past its bound by an ulp.
    return empirical_bernstein_interval(np.clip(terms, 0.0, bound), 0.0, bound, false_alarm)


@partial(jax.jit, static_argnums=4)
def _sample(atoms: Any, weights: Any, s: Any, key: Any, num_queries: int) -> Any:
    """Draw queries and return posterior variances and entropies, (2, num_queries)."""
    index_key, noise_key = jax.random.split(key)
    log_prior = jnp.where(weights > 0, jnp.log(jnp.where(weights > 0, weights, 1.0)), -jnp.inf)
    index = jax.random.categorical(index_key, log_prior, shape=(num_queries,))
    noise = jax.random.normal(noise_key, (num_queries, atoms.shape[1]))
    offsets = atoms[None, :, :] - atoms[index][:, None, :]
    squares = (offsets**2).sum(axis=-1)
    log_joint = log_prior - s**2 * squares / 2 + s * jnp.einsum("qd,qnd->qn", noise, offsets)
    log_posterior = jax.nn.log_softmax(log_joint, axis=1)
    posterior = jnp.exp(log_posterior)
    centre = posterior @ atoms
    variance = jnp.sum(posterior * ((atoms[None] - centre[:, None]) ** 2).sum(axis=-1), axis=1)
    entropy = -jnp.sum(jnp.where(posterior > 0, posterior * log_posterior, 0.0), axis=1)
    return jnp.stack([variance, jnp.maximum(entropy, 0.0)])
