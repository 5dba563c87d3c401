"""Powers of a mixture's density, as sums of Gaussians times bounded factors, seen through Gaussian noise.

For pi = sum_i w_i N_i with regular covariances, p > 0, n = ceil(p) and theta = p/n in (0, 1],

    pi^p = sum over |alpha| = n of  n!/alpha!  prod_i (w_i N_i)^(theta alpha_i)  prod_i r_i^((1 - theta) alpha_i),

with the responsibilities r_i = w_i N_i/pi in (0, 1]. The first product is a Gaussian exp(c - |z - m|_A^2/2) with
precision A, so

    E[pi(x + sqrt(tau) Z)^p] = sum_alpha exp(c - |x - m|_(A B^(-1))^2/2) det(B)^(-1/2) E[second product at z],
    B = I + tau A,   z = m + B^(-1) (x - m) + sqrt(tau) B^(-1/2) Z,   Z ~ N(0, I).

The last expectation is 1 for a whole number p and for a single Gaussian: closed forms. Otherwise its integrand is
smooth and lies in (0, 1], wherever x is and however small tau: the trapezoidal rule converges geometrically in 1/h.

References: [trefethen2014] for the trapezoidal rule.
"""

import itertools
import math
from typing import Any, Final, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import cho_solve, solve_triangular
from jax.scipy.special import logsumexp
from jaxtyping import Float

from ..measures import GaussianMixture

RADIUS: Final = 8.0
"""Nodes of the trapezoidal rule lie within this distance of the origin; in d <= 3 they miss a mass below 1e-13."""

MAX_TERMS: Final = 20_000
"""A power whose expansion has more terms is refused."""


@final
class MixturePower(NamedTuple):
    """The expansion of pi^p: one entry for each multi-index alpha.

    `mean` m, `precision` A and `log_height` c with the multinomial coefficient; `exponents` (1 - theta) alpha of the
    responsibilities; `log_weights`, `means`, `precisions` and `log_volumes` of the mixture's own components.
    """

    mean: Any
    precision: Any
    log_height: Any
    exponents: Any
    log_weights: Any
    means: Any
    precisions: Any
    log_volumes: Any

    @property
    def is_closed(self) -> bool:
        """Whether there is nothing to integrate: p is a whole number, or pi a single Gaussian."""
        return not np.any(self.exponents) or len(self.means) == 1


@final
class NormalNodes(NamedTuple):
    """Nodes (q, d) and logarithms of weights (q,) for expectations under N(0, I)."""

    places: Any
    log_weights: Any


def expand_power(mixture: GaussianMixture, power: float) -> MixturePower:
    """Expand the power of a mixture's density; components without weight are left out.

    **Arguments:** `mixture` has regular covariances; `power` > 0.

    **Raises:** `ValueError` for a singular covariance, a power out of range, or more than `MAX_TERMS` terms.
    """
    if not 0 < power < math.inf:
        raise ValueError(f"the power must be positive and finite: {power}")
    kept = mixture.weights > 0
    means, covariances, weights = mixture.means[kept], mixture.covariances[kept], mixture.weights[kept]
    spectra = np.linalg.eigvalsh(covariances)
    if not (spectra[:, 0] > np.finfo(np.float64).eps * spectra[:, -1]).all():
        raise ValueError("a mixture with a singular covariance has no density: every covariance must be regular")
    precisions = np.linalg.inv(covariances)
    log_volumes = np.log(2 * np.pi * spectra).sum(axis=1) / 2
    count, dimension = means.shape
    # 1/sigma^2 for sigma = sqrt(1/2) is a whole number up to rounding only, and is meant to be one.
    power = float(round(power)) if math.isclose(power, round(power), rel_tol=8 * np.finfo(np.float64).eps) else power
    degree = 1 if count == 1 else math.ceil(power)
    terms = math.comb(degree + count - 1, degree)
    if terms > MAX_TERMS:
        raise ValueError(f"the power {power:g} of {count} components has {terms} terms; {MAX_TERMS} are allowed")
    theta = power / degree
    alpha = np.zeros((terms, count))
    for row, chosen in enumerate(itertools.combinations_with_replacement(range(count), degree)):
        alpha[row] = np.bincount(chosen, minlength=count)
    precision = theta * np.einsum("ak,kij->aij", alpha, precisions)
    mean = np.linalg.solve(precision, theta * np.einsum("ak,kij,kj->ai", alpha, precisions, means)[..., None])[..., 0]
    apart = mean[:, None] - means
    # Evaluated at m rather than from the components' constants, whose large squares would cancel.
    logs = np.log(weights) - log_volumes - np.einsum("aki,kij,akj->ak", apart, precisions, apart) / 2
    coefficient = math.lgamma(degree + 1) - np.vectorize(math.lgamma)(alpha + 1).sum(axis=1)
    return MixturePower(
        mean=mean.reshape(terms, dimension),
        precision=precision,
        log_height=theta * (alpha * logs).sum(axis=1) + coefficient,
        exponents=(1 - theta) * alpha,
        log_weights=np.log(weights),
        means=means,
        precisions=precisions,
        log_volumes=log_volumes,
    )


def normal_nodes(dimension: int, spacing: float) -> NormalNodes:
    """Return the trapezoidal rule with `spacing` h for N(0, I) in R^d: places h k in the ball of `RADIUS`."""
    line = spacing * np.arange(-math.floor(RADIUS / spacing), math.floor(RADIUS / spacing) + 1)
    places = np.stack(np.meshgrid(*[line] * dimension, indexing="ij"), axis=-1).reshape(-1, dimension)
    squares = (places**2).sum(axis=1)
    inside = squares <= RADIUS**2
    return NormalNodes(places[inside], dimension * np.log(spacing / np.sqrt(2 * np.pi)) - squares[inside] / 2)


def log_smoothed_power(power: MixturePower, nodes: NormalNodes, tau: jax.Array, x: Float[jax.Array, " d"]) -> Any:
    """Return log E[pi(x + sqrt(tau) Z)^p] at one point x, tau >= 0, and the size of the terms it is summed from.

    To be traced inside `precision.float64()`. The size, times the unit of rounding and the condition of the
    covariances, is what rounding may have changed.
    """
    spread = jnp.eye(x.size) + tau * jnp.asarray(power.precision)
    factor = jnp.linalg.cholesky(spread)
    residual = x - jnp.asarray(power.mean)
    pulled = jax.vmap(lambda f, r: cho_solve((f, True), r))(factor, residual)
    quadratic = jnp.einsum("ai,aij,aj->a", residual, jnp.asarray(power.precision), pulled) / 2
    log_determinant = jnp.log(jnp.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    logs = jnp.asarray(power.log_height) - log_determinant - quadratic
    if nodes.places.shape[0] > 1:
        # The double `where` keeps the derivative of the root finite at tau = 0, where every node falls on x.
        positive = jnp.where(tau > 0, tau, 1.0)
        root = jnp.where(tau > 0, jnp.sqrt(positive), 0.0)
        offsets = jax.vmap(lambda f: solve_triangular(f, jnp.asarray(nodes.places).T, lower=True, trans=1).T)(factor)
        z = jnp.asarray(power.mean)[:, None] + pulled[:, None] + root * offsets
        factors = jnp.einsum("aqk,ak->aq", _log_responsibilities(power, z), jnp.asarray(power.exponents))
        logs = logs[:, None] + jnp.asarray(nodes.log_weights) + factors
        quadratic = jnp.broadcast_to(quadratic[:, None], logs.shape)
    largest = jnp.argmax(logs)
    return logsumexp(logs), 1 + jnp.abs(logs.ravel()[largest]) + 2 * quadratic.ravel()[largest]


def _log_responsibilities(power: MixturePower, z: jax.Array) -> jax.Array:
    """Return log r_i(z) for z (..., d), along a new last axis."""
    apart = z[..., None, :] - jnp.asarray(power.means)
    squares = jnp.einsum("...ki,kij,...kj->...k", apart, jnp.asarray(power.precisions), apart)
    logs = jnp.asarray(power.log_weights) - jnp.asarray(power.log_volumes) - squares / 2
    return logs - logsumexp(logs, axis=-1, keepdims=True)
