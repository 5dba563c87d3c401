"""Separation functions known in closed form or by one-dimensional quadrature, as references for the estimator.

A product of one-dimensional factors has the mean of their errors, v = mean_k mmse_k, in every dimension. For a scalar
mixture of Gaussians N(m_i, c_i) with weights p_i, Y = s X + eps has components of variance tau_i^2 = 1 + s^2 c_i and

    mmse = sum_i p_i c_i/tau_i^2 + sum_{i<j} p_i E_i[ w_j(Y) (mu_i(Y) - mu_j(Y))^2 ]

with posterior weights w_j and component means mu_i(y); c_i = 0 makes atoms. Each expectation is taken over the narrower
component of its pair, by the trapezoidal rule, which converges exponentially for an analytic integrand with Gaussian
decay. The error is the difference to the rule with twice the step.
"""

from collections.abc import Sequence
from functools import cache, lru_cache, partial
from itertools import combinations
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy
from jax import lax
from jaxtyping import Float

from ...theory.kinetic_optimal import notation
from ...theory.kinetic_optimal.examples import low_rank_gaussian
from ..compile import CompiledExpression, compile_expression
from ..measures import DiscreteMeasure, GaussianMixture, Measure, Numbers
from ..precision import in_float64
from .separation_function import Separation, angular_grid

REACH = 9.0
"""How many standard deviations the rule reaches: the mass beyond is 2e-19."""

POINTS = 2**10 + 1
"""Points of the rule; the coarse rule takes every other one."""

S_BLOCK = 64
"""Values of s in one compiled call: a grid is padded to a multiple of it, so one program serves all grids."""

REMEMBERED = 64
"""Errors of scalar measures kept in memory: a check asks again for every control what it asked for its claim."""

NORMALISATION = 1e-12
"""How far the second moment per dimension of a product may be from 1."""


def separation_low_rank_gaussian(fraction: float, s: Numbers) -> Separation:
    """Return the separation function of Gaussian data on a `fraction` in (0, 1] of the dimensions; N(0, I) at 1.

    **Raises:** `ValueError` if the fraction is outside (0, 1].
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"the fraction of the dimensions must lie in (0, 1], not at {fraction}")
    error = _compiled_low_rank_error()
    return Separation.from_function(None, s, error=lambda signal: np.asarray(error(signal, fraction)))


def separation_two_point(s: Numbers) -> Separation:
    """Return the separation function of the two points -1, 1, which is that of the hypercube {-1, 1}^d for every d."""
    return separation_product([DiscreteMeasure([[-1.0], [1.0]])], s)


def separation_product(factors: Sequence[Measure], s: Numbers) -> Separation:
    """Return the separation function of product data with one-dimensional `factors`, each as often as any other.

    **Raises:** `ValueError` if there is no factor, one of them is not one-dimensional, or E|X|^2 = d does not hold for
    their product.
    """
    if not factors or any(factor.dimension != 1 for factor in factors):
        raise ValueError("a product needs one-dimensional factors, at least one")
    moment = sum(factor.second_moment() for factor in factors) / len(factors)
    if abs(moment - 1) > NORMALISATION:
        raise ValueError(f"the product must have E|X|^2 = d, but E|X|^2/d = {moment:.9g}")

    def rules(signal: Numbers) -> Float[np.ndarray, "2 m"]:
        return np.mean([scalar_error(factor, signal) for factor in factors], axis=0)

    probe = np.union1d(angular_grid(64), np.atleast_1d(np.asarray(s, np.float64)))
    accuracy = float(((1 + probe**2) * np.abs(np.subtract(*rules(probe)))).max())
    return Separation.from_function(None, s, error=lambda signal: rules(signal)[0], accuracy=accuracy)


@in_float64
def scalar_error(measure: Measure, s: Numbers) -> Float[np.ndarray, "2 m"]:
    """Compute the minimum mean-square error of a scalar X given s X + eps at each s (m,), by the fine and coarse rule.

    **Raises:** `ValueError` if the measure is not one-dimensional.
    """
    if measure.dimension != 1:
        raise ValueError(f"a measure on the line is needed, not in d = {measure.dimension}")
    if isinstance(measure, GaussianMixture):
        means, variances = measure.means[:, 0], measure.covariances[:, 0, 0]
    else:
        means, variances = measure.atoms[:, 0].astype(np.float64), np.zeros(len(measure.atoms))
    kept = measure.weights > 0
    order = np.argsort(variances[kept], kind="stable")
    components = tuple(part[kept][order].astype(np.float64).tobytes() for part in (means, variances, measure.weights))
    return _remembered_error(components, np.atleast_1d(np.asarray(s, np.float64)).tobytes())


@lru_cache(maxsize=REMEMBERED)
def _remembered_error(components: tuple[bytes, ...], signal: bytes) -> Float[np.ndarray, "2 m"]:
    """Integrate for means, variances and weights at each s, all as bytes of float64; protected against writing."""
    means, variances, weights = (np.frombuffer(part) for part in components)
    s = np.frombuffer(signal)
    blocks = np.resize(s, (-(-len(s) // S_BLOCK), S_BLOCK))
    found = np.concatenate([np.asarray(_integrate(means, variances, weights, block)) for block in blocks])[: len(s)].T
    found.flags.writeable = False
    return found


@cache
def _compiled_low_rank_error() -> CompiledExpression:
    """Return v of the low-rank Gaussian as a function of s and the fraction, over one denominator: no digits cancel."""
    error = sympy.cancel(1 - low_rank_gaussian().separation)
    return compile_expression(error, (notation.s, notation.fraction))


@jax.jit
def _integrate(means: Any, variances: Any, weights: Any, s: Any) -> Any:
    """Return the error by the fine and the coarse rule for each s; components come in the order of their variance."""
    pairs = np.array(list(combinations(range(len(means)), 2)), int).reshape(-1, 2)
    return jax.vmap(partial(_integrate_at, means, variances, weights, pairs))(s)


def _integrate_at(means: Any, variances: Any, weights: Any, pairs: Any, s: Any) -> Any:
    z = jnp.linspace(-REACH, REACH, POINTS)
    mass = jnp.exp(-(z**2) / 2) / jnp.sqrt(2 * jnp.pi) * (z[1] - z[0])
    tau = jnp.sqrt(1 + s**2 * variances)

    def pair(total: Any, indices: Any) -> tuple[Any, None]:
        narrow, wide = indices
        y = s * means[narrow] + tau[narrow] * z
        residuals = y[:, None] - s * means
        log_joint = jnp.log(weights / tau) - (residuals / tau) ** 2 / 2
        posterior = jax.nn.softmax(log_joint, axis=1)
        centres = means + s * variances * residuals / tau**2
        gaps = (centres[:, narrow] - centres[:, wide]) ** 2
        terms = weights[narrow] * mass * posterior[:, wide] * gaps
        return total + jnp.stack([terms.sum(), 2 * terms[::2].sum()]), None

    within = weights @ (variances / tau**2)
    return within + lax.scan(pair, jnp.zeros(2), jnp.asarray(pairs))[0]
