"""Samples of the minimum mean-square error and of h^2, for data seen through Gaussian noise at many s at once.

A query draws the index i of an atom and noise eps, the same for every s: Y = s x_i + eps. Two unbiased forms:

*Replica.* Let X' be drawn from the posterior given Y, which makes it a replica of X: E|X - X'|^2 = 2 mmse, so
`mmse = E sum_j w_j(Y) |x_i - x_j|^2 / 2`. Relative to the true atom's, atom j's log-weight is
`log p_j/p_i - s^2 |x_i - x_j|^2/2 + s <eps, x_j - x_i>`: the distances and the noise's products do not depend on s, so
all s share two matrix products, and each s costs one exponential per atom.

*Residual.* `h^2 = (1 + s^2) E|E[X | Y] - s Y/(1 + s^2)|^2 / d` is a mean of squares, so it keeps relative accuracy as
h^2 -> 0; it costs one posterior mean per s. It needs E|X|^2 = d.

No maximum is taken out of the replica's log-weights: for a given pair of atoms at squared distance D,
`-s^2 D/2 + s sqrt(D) z <= z^2/2` with z ~ N(0, 1), and exp(z^2/2) overflows only beyond |z| = 37, an event of
probability below 1e-290 for each pair.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Key

from ..denoiser import posterior_mean
from ..measures import DiscreteMeasure

QUERY_BLOCK = 128
"""Queries in memory at once: with 2048 atoms, 2 MiB each of distances and products, which a core's cache holds."""

ATOM_BLOCK = 2048
"""Atoms in memory at once."""


def replica_sums(
    atoms: Float[Array, "k d"],
    masses: Float[Array, " k"],
    truth: Float[Array, "q d"],
    noise: Float[Array, "q d"],
    s: Float[Array, " r"],
) -> tuple[Float[Array, "r q"], Float[Array, "r q"]]:
    """Compute `sum_j m_j exp(t_j)` and `sum_j m_j |x_i - x_j|^2 exp(t_j)` for each s and query, over these atoms.

    Here `t_j = s <eps, x_j - x_i> - s^2 |x_i - x_j|^2/2`. The sums over all chunks of atoms add up to those over all
    atoms, and their ratio is `2 mmse` of a query in the replica form.

    **Arguments:** a chunk of `atoms` with their `masses`, zero allowed (padding); the atom `truth` and the `noise` of
    each query; `s` >= 0. Products and exponentials are in the type of `atoms`, sums in float64.
    """
    return _add_blocks(_replica_block, atoms, masses, truth, noise, s)


def mean_sums(
    atoms: Float[Array, "k d"],
    masses: Float[Array, " k"],
    truth: Float[Array, "q d"],
    noise: Float[Array, "q d"],
    s: Float[Array, " r"],
) -> tuple[Float[Array, "r q"], Float[Array, "r q d"]]:
    """Compute `sum_j m_j exp(t_j)` and `sum_j m_j x_j exp(t_j)`; arguments as for `replica_sums`."""
    return _add_blocks(_mean_block, atoms, masses, truth, noise, s)


def _add_blocks(kernel: Any, atoms: Any, masses: Any, truth: Any, noise: Any, s: Any) -> Any:
    """Add up what `kernel` finds on blocks of atoms."""
    size = min(ATOM_BLOCK, len(atoms))
    whole = len(atoms) // size * size

    def at(block: Any) -> Any:
        return kernel(*block, truth, noise, s)

    parts = lax.map(at, (atoms[:whole].reshape(-1, size, atoms.shape[1]), masses[:whole].reshape(-1, size)))
    sums = jax.tree.map(lambda part: part.sum(axis=0), parts)
    return jax.tree.map(jnp.add, sums, at((atoms[whole:], masses[whole:]))) if whole < len(atoms) else sums


def _pairs(atoms: Any, truth: Any, noise: Any) -> tuple[Any, Any]:
    """Return squared distances and the noise's products with differences, both (q, k)."""
    gram, noise_products = jnp.split(jnp.matmul(jnp.concatenate([truth, noise]), atoms.T, precision="highest"), 2)
    distances = jnp.maximum((truth**2).sum(axis=1)[:, None] + (atoms**2).sum(axis=1) - 2 * gram, 0)
    return distances, noise_products - (truth * noise).sum(axis=1)[:, None]


def _replica_block(atoms: Any, masses: Any, truth: Any, noise: Any, s: Any) -> Any:
    distances, leads = _pairs(atoms, truth, noise)

    def at(signal: Any) -> tuple[Any, Any]:
        weights = masses.astype(atoms.dtype) * jnp.exp(signal * (leads - signal / 2 * distances))
        return weights.sum(axis=1, dtype=jnp.float64), (weights * distances).sum(axis=1, dtype=jnp.float64)

    return lax.map(at, s.astype(atoms.dtype))


def _mean_block(atoms: Any, masses: Any, truth: Any, noise: Any, s: Any) -> Any:
    distances, leads = _pairs(atoms, truth, noise)

    def at(signal: Any) -> tuple[Any, Any]:
        weights = masses.astype(atoms.dtype) * jnp.exp(signal * (leads - signal / 2 * distances))
        mean = jnp.matmul(weights, atoms, precision="highest", preferred_element_type=jnp.float64)
        return weights.sum(axis=1, dtype=jnp.float64), mean

    return lax.map(at, s.astype(atoms.dtype))


class QueryTerms(NamedTuple):
    """Rows for s, columns for queries: `errors` are terms of mmse/d, `residuals` are terms of h^2."""

    errors: Float[Array, "r m"]
    residuals: Float[Array, "q m"]


@partial(jax.jit, static_argnames="num_queries")
def sample_queries(
    key: Key[Array, ""],
    data: DiscreteMeasure,
    scale: Float[Array, ""],
    s_replica: Float[Array, " r"],
    s_residual: Float[Array, " q"],
    cut_off: Float[Array, ""],
    *,
    num_queries: int,
) -> QueryTerms:
    """Sample the replica form at `s_replica` and the residual form at `s_residual`, with common random numbers.

    **Arguments:** the law of X is `data` times `scale`; terms of the residual form with |eps|^2 > `cut_off` are set to
    0, which bounds the others.
    """
    dimension = data.dimension
    cumulative = jnp.cumsum(jnp.asarray(data.weights))
    atoms = jnp.asarray(data.atoms)

    def block(block_key: Any) -> tuple[Any, Any]:
        index_key, noise_key = jax.random.split(block_key)
        positions = jax.random.uniform(index_key, (QUERY_BLOCK,)) * cumulative[-1]
        truth = atoms[jnp.searchsorted(cumulative, positions, side="right")].astype(jnp.float64)
        noise = jax.random.normal(noise_key, (QUERY_BLOCK, dimension))
        within = (noise**2).sum(axis=1) <= cut_off
        # Scaling the atoms is scaling s: the raw atoms are used with s * scale, and what comes out is scaled back.
        errors = scale**2 / dimension * _replica_errors(data, truth, noise, s_replica * scale)

        def residual(s: Any) -> Any:
            y = s * scale * truth + noise
            gap = scale * posterior_mean(data, y, s * scale) - s / (1 + s**2) * y
            return jnp.where(within, (1 + s**2) / dimension * (gap**2).sum(axis=1), 0.0)

        return errors, lax.map(residual, s_residual)

    blocks = -(-num_queries // QUERY_BLOCK)
    terms = lax.map(block, jax.random.split(key, blocks))
    return QueryTerms(
        *(jnp.moveaxis(t, 0, 1).reshape(t.shape[1], blocks * QUERY_BLOCK)[:, :num_queries] for t in terms)
    )


def _replica_errors(data: DiscreteMeasure, truth: Any, noise: Any, s: Any) -> Any:
    """Return `sum_j w_j |x_i - x_j|^2 / 2` for each s and query, with the atoms in blocks."""
    atoms, weights = jnp.asarray(data.atoms), jnp.asarray(data.weights)
    count, size = len(data.atoms), min(ATOM_BLOCK, len(data.atoms))
    truth_square, truth_product = (truth**2).sum(axis=1), (truth * noise).sum(axis=1)

    def absorb(sums: Any, start: Any) -> tuple[Any, None]:
        # The last block is moved back inside the array and what it repeats gets no weight: no copy to pad.
        begin = jnp.minimum(start, count - size)
        block = lax.dynamic_slice_in_dim(atoms, begin, size).astype(jnp.float64)
        masses = lax.dynamic_slice_in_dim(weights, begin, size)
        masses = jnp.where(begin + jnp.arange(size) >= start, masses, 0.0)
        gram, noise_products = jnp.split(jnp.concatenate([truth, noise]) @ block.T, 2)
        distances = jnp.maximum(truth_square[:, None] + (block**2).sum(axis=1) - 2 * gram, 0.0)
        leads = noise_products - truth_product[:, None]

        def at(s: Any) -> tuple[Any, Any]:
            posterior = masses * jnp.exp(s * leads - s**2 / 2 * distances)
            return posterior.sum(axis=1), (posterior * distances).sum(axis=1)

        return jax.tree.map(jnp.add, sums, lax.map(at, s)), None

    zero = jnp.zeros((len(s), len(truth)))
    totals, spreads = lax.scan(absorb, (zero, zero), jnp.asarray(np.arange(0, count, size)))[0]
    return spreads / (2 * totals)
