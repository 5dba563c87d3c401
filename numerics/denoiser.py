"""The posterior mean of a measure seen through Gaussian noise: the shared centre of the five systems.

For X with a given law, eps ~ N(0, I) independent of it and Y = s X + sigma eps, this module computes the posterior mean
E[X | Y = y], the posterior covariance, and the log-density of Y and its score. Tweedie's formula ties them together:
`score(y) = (s E[X | y] - y)/sigma^2` and `sigma^2 d E[X | y]/dy = s Cov(X | y)`. The separation function, the
Monge-Ampere velocity and the score of a diffusion are all this one function.

Queries and atoms go through in blocks, the atoms with an online log-sum-exp (a running maximum, and sums that are
rescaled when it moves), so memory is bounded whatever their number. Everything can be traced, differentiated, mapped.
Called on plain arrays the functions compile themselves, compute in float64 and return NumPy arrays, which keep their
digits outside `precision.float64()`; called on tracers they become part of the caller's program, which must be in
float64 already.

Squared distances are expanded so that they become one matrix product: a log-weight carries a rounding error of about
1e-16 (|y| + s |x|)^2 / sigma^2.

Notation: signal s, noise sigma, query y; atoms x_j with weights p_j, or components N(m_j, C_j) with weights p_j.

References: [efron2011] for Tweedie's formula.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.linalg import cho_solve
from jaxtyping import Float, Int

from .measures import DiscreteMeasure, Measure, Numbers
from .precision import float64, require_float64

QUERY_BLOCK = 256
"""Queries that are in memory at once on a processor, and on an accelerator the fewest."""

ATOM_BLOCK = 1024
"""Atoms that are in memory at once: with `QUERY_BLOCK` queries, 2 MiB of log-weights, which stay in a core's cache."""

ACCELERATOR_ENTRIES = 2**22
"""Queries times atoms that an accelerator, which does one block after the other, holds at once: 32 MiB."""

LOWEST = -1e300
"""Start of a running maximum: below every finite log-weight, and finite, so that atoms of no weight cause no NaN."""

RealArray = jax.Array | np.ndarray
Carry = tuple[Any, Any, Any]


def posterior_mean(measure: Measure, y: Numbers, s: Numbers, sigma: Numbers = 1.0) -> Float[RealArray, "*batch d"]:
    """Compute E[X | s X + sigma eps = y] for each query.

    **Arguments:** `measure` is the law of X; `y` (*batch, d) the queries; `s` and `sigma` > 0 are numbers.

    **Raises:** `ValueError` if the queries' last axis is not d; `PrecisionError` if traced outside float64.
    """
    return _evaluate(_mean, measure, y, s, sigma)


def posterior_covariance(
    measure: Measure, y: Numbers, s: Numbers, sigma: Numbers = 1.0
) -> Float[RealArray, "*batch d d"]:
    """Compute Cov(X | s X + sigma eps = y) for each query; arguments and errors as for `posterior_mean`.

    Deviations are taken from the posterior mean, found first, so that no digits cancel.
    """
    return _evaluate(_covariance, measure, y, s, sigma)


def log_density(measure: Measure, y: Numbers, s: Numbers, sigma: Numbers = 1.0) -> Float[RealArray, "*batch"]:
    """Compute the log-density of s X + sigma eps at each query; arguments and errors as for `posterior_mean`."""
    return _evaluate(_log_density, measure, y, s, sigma)


def score(measure: Measure, y: Numbers, s: Numbers, sigma: Numbers = 1.0) -> Float[RealArray, "*batch d"]:
    """Compute the gradient of the log-density at each query; arguments and errors as for `posterior_mean`."""
    return _evaluate(_score, measure, y, s, sigma)


def _evaluate(kernel: Callable[..., Any], measure: Measure, y: Numbers, s: Numbers, sigma: Numbers) -> Any:
    """Run `kernel` on every query: inside the caller's trace if there is one, else compiled and in float64."""
    shape = np.shape(y)
    if not shape or shape[-1] != measure.dimension:
        raise ValueError(f"queries must have shape (..., {measure.dimension}), not {shape}")
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves((measure, y, s, sigma))):
        require_float64("the denoiser")
        return _map_queries(kernel, measure, y, s, sigma)
    with float64():
        return np.asarray(_map_queries_compiled(kernel, measure, *(np.asarray(v, np.float64) for v in (y, s, sigma))))


def _map_queries(kernel: Callable[..., Any], measure: Measure, y: Any, s: Any, sigma: Any) -> Any:
    """Apply `kernel` to blocks of queries and restore the batch axes."""
    queries = jnp.reshape(y, (-1, measure.dimension))
    prepared = _prepare(measure, s, sigma)
    single = partial(kernel, prepared, s=s, sigma=sigma)
    size = QUERY_BLOCK
    if jax.default_backend() != "cpu":
        size = max(QUERY_BLOCK, ACCELERATOR_ENTRIES // min(ATOM_BLOCK, len(measure.weights)))
    values = jax.vmap(single)(queries) if len(queries) <= size else lax.map(single, queries, batch_size=size)
    return values.reshape(np.shape(y)[:-1] + values.shape[1:])


_map_queries_compiled = partial(jax.jit, static_argnums=0)(_map_queries)


def _prepare(measure: Measure, s: Any, sigma: Any) -> Any:
    """Do once what all queries share: the Cholesky factors of the components' covariances of Y."""
    if isinstance(measure, DiscreteMeasure):
        return measure
    identity = jnp.eye(measure.dimension)
    factors = jnp.linalg.cholesky(s**2 * jnp.asarray(measure.covariances) + sigma**2 * identity)
    return measure, factors


def _log_density(prepared: Any, y: Any, *, s: Any, sigma: Any) -> Any:
    """Return the log-density of Y at one query."""
    top, total, _ = _fold(prepared, y, s, sigma, lambda weights, means, _: None)
    return top + jnp.log(total) - y.size / 2 * jnp.log(2 * jnp.pi * sigma**2)


def _mean(prepared: Any, y: Any, *, s: Any, sigma: Any) -> Any:
    """Return E[X | y] at one query."""
    _, total, first = _fold(prepared, y, s, sigma, lambda weights, means, _: weights @ means)
    return first / total


def _covariance(prepared: Any, y: Any, *, s: Any, sigma: Any) -> Any:
    """Return Cov(X | y) at one query."""
    centre = _mean(prepared, y, s=s, sigma=sigma)

    def spread(weights: Any, means: Any, within: Any) -> Any:
        deviations = means - centre
        between = (weights[:, None] * deviations).T @ deviations
        return between if within is None else between + weights[0] * within

    _, total, second = _fold(prepared, y, s, sigma, spread)
    return second / total


def _score(prepared: Any, y: Any, *, s: Any, sigma: Any) -> Any:
    """Return the score at one query, by Tweedie's formula."""
    return (s * _mean(prepared, y, s=s, sigma=sigma) - y) / sigma**2


def _fold(prepared: Any, y: Any, s: Any, sigma: Any, moment: Callable[[Any, Any, Any], Any]) -> Carry:
    """Fold the blocks of atoms, or the components one by one, into (top, total, sum) by an online log-sum-exp.

    A block offers log-weights (n,), conditional means (n, d) and, for a component, its conditional covariance (d, d);
    `moment` of weights, means and covariance is what is summed. The log-weights hold the likelihood up to the Gaussian
    constant (2 pi sigma^2)^(-d/2); sum and total carry the factor exp(-top).
    """

    def absorb(carry: Carry | None, block: tuple[Any, Any, Any]) -> Carry:
        log_weights, means, within = block
        peak = lax.stop_gradient(jnp.maximum(jnp.max(log_weights), LOWEST))
        top = peak if carry is None else jnp.maximum(carry[0], peak)
        weights = jnp.exp(log_weights - top)
        total, summed = weights.sum(), moment(weights, means, within)
        if carry is None:
            return top, total, summed
        shrink = jnp.exp(carry[0] - top)
        return top, carry[1] * shrink + total, jax.tree.map(lambda old, new: old * shrink + new, carry[2], summed)

    block_at, starts = _blocks(prepared, y, s, sigma)
    carry = absorb(None, block_at(starts[0]))
    if len(starts) == 1:
        return carry
    return lax.scan(lambda carry, start: (absorb(carry, block_at(start)), None), carry, jnp.asarray(starts[1:]))[0]


def _blocks(
    prepared: Any, y: Any, s: Any, sigma: Any
) -> tuple[Callable[[Any], tuple[Any, Any, Any]], Int[np.ndarray, " b"]]:
    """Return a function from a block's start to the block, and the starts."""
    if isinstance(prepared, DiscreteMeasure):
        count, size = len(prepared.atoms), min(ATOM_BLOCK, len(prepared.atoms))

        def atoms_at(start: Any) -> tuple[Any, Any, None]:
            # The last block is moved back inside the array and what it repeats gets no weight: no copy to pad.
            begin = jnp.minimum(start, count - size)
            atoms = lax.dynamic_slice_in_dim(jnp.asarray(prepared.atoms), begin, size).astype(jnp.float64)
            masses = lax.dynamic_slice_in_dim(jnp.asarray(prepared.weights), begin, size)
            log_masses = jnp.where(begin + jnp.arange(size) >= start, jnp.log(masses), -jnp.inf)
            squares = y @ y - 2 * s * (atoms @ y) + s**2 * (atoms**2).sum(axis=1)
            return log_masses - squares / (2 * sigma**2), atoms, None

        return atoms_at, np.arange(0, count, size)

    mixture, factors = prepared

    def component_at(start: Any) -> tuple[Any, Any, Any]:
        mean, covariance, factor = (jnp.asarray(a)[start] for a in (mixture.means, mixture.covariances, factors))
        residual = y - s * mean
        solved = cho_solve((factor, True), residual)
        # Relative to sigma^d, so that atoms and components share one constant.
        log_volume = jnp.log(jnp.diagonal(factor) / sigma).sum()
        log_weight = jnp.log(jnp.asarray(mixture.weights)[start]) - log_volume - residual @ solved / 2
        gain = s * covariance
        within = covariance - gain @ cho_solve((factor, True), gain)
        return log_weight[None], (mean + gain @ solved)[None], within

    return component_at, np.arange(len(mixture.weights))
