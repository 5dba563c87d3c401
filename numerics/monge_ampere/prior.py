"""How far the law at the horizon is from the prior: W_2(p_T, N(0, I)).

p_T is a mixture of Gaussians: each atom or component of the data, shrunk by e^-T and seen through noise.

    one component    closed form: |e^-T m|^2 + sum_i (sqrt(S_i) - 1)^2, S_i the eigenvalues of the covariance
    d = 1            the monotone map, quantile by quantile: int (Q_T(Phi(z)) - z)^2 phi(z) dz by the trapezoidal rule
    d >= 2           between two bounds: below, the squares of the distances of the d marginals in an orthonormal basis
                     add up to at most W_2^2, whatever the basis; above, the tail map Psi_T is a coupling

The lower bound holds since a coupling of the laws couples all their marginals. In the eigenbasis of the covariance it
is at least the distance of Gaussians with the same moments, so both bounds share their leading term unless it is of
third order. Where the quadrature behind the tail map would need too many points, noise itself is the coupling.

References: [villani2003] for transport on the line.
"""

from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.special import log_ndtr, logsumexp

from ..estimate import Estimate
from ..measures import DiscreteMeasure, GaussianMixture, Measure
from .flow import tail_map

REACH: Final = 12.0
"""The line is integrated over |z| up to here: normal mass beyond is below 1e-32."""

COARSEST: Final = 129
FINEST: Final = 16_385
"""Nodes of the trapezoidal rule, from first to last; they are doubled in between."""

GOAL: Final = 1e-13
"""Relative change of the squared distance at which nodes are no longer doubled, unless rounding is larger."""

MOST_POINTS: Final = 40_000
"""Points carried along the tail at most, for the upper bound."""

NODES: Final = 16
"""Nodes in each dimension of the quadrature over each component."""

PLANE_BASES: Final = 6
"""Bases of the plane, beside the eigenbasis, among which the best lower bound is looked for."""

QUANTILE_STEPS: Final = 200
"""Steps of the safeguarded Newton method at most; bisection alone needs fewer than 70."""


def prior_error(measure: Measure, horizon: float, *, smoothing: float = 0.0) -> Estimate:
    """Compute W_2 between the law p_T of the noised data and the prior N(0, I).

    **Arguments:** `measure` the data, convolved with N(0, smoothing^2 I); `horizon` T > 0, infinity included.

    **Returns:** in d = 1 and for a single Gaussian or atom the distance with the error of its computation; otherwise an
    interval that holds it, between a lower and an upper bound.

    **Raises:** `ValueError` for a horizon that is not positive or a negative smoothing.
    """
    if not horizon > 0:
        raise ValueError(f"the horizon must be positive, not {horizon}")
    if not smoothing >= 0:
        raise ValueError(f"smoothing must not be negative: {smoothing}")
    if np.isinf(horizon):
        return Estimate(0.0, 0.0, "the prior itself")
    law = _law_at(measure, horizon, smoothing)
    if len(law.weights) == 1:
        return _root(_gaussian_square(law), "closed form")
    if law.dimension == 1:
        squared = _line_square(law.means[:, 0], np.sqrt(law.covariances[:, 0, 0]), law.weights)
        return _root(squared, "monotone map by quantiles")
    low, (high, coupling) = _lower_bound(law), _upper_bound(measure, law, horizon, smoothing)
    half = (high - low) / 2
    # Both bounds are padded by their errors; they may cross by rounding where they meet.
    return Estimate(low + half, abs(half), f"between the marginals' distances and the coupling by {coupling}")


def _law_at(measure: Measure, horizon: float, smoothing: float) -> GaussianMixture:
    """Return p_T as a mixture, without components of no weight."""
    kept = measure.weights > 0
    identity = np.eye(measure.dimension)
    if isinstance(measure, DiscreteMeasure):
        means, spreads = measure.atoms, np.zeros((1, *identity.shape))
    else:
        means, spreads = measure.means, measure.covariances[kept]
    left = np.exp(-horizon)
    # Around the identity, so that no digits are lost where the law is nearly that of the prior.
    covariances = identity + left**2 * (spreads + (smoothing**2 - 1) * identity)
    count = int(kept.sum())
    return GaussianMixture(
        left * means[kept], np.broadcast_to(covariances, (count, *identity.shape)), measure.weights[kept]
    )


def _root(squared: Estimate, method: str) -> Estimate:
    """Return the square root of a non-negative number and its error."""
    value, high = float(np.sqrt(max(squared.value, 0.0))), float(np.sqrt(max(squared.high, 0.0)))
    return Estimate(value, max(high - value, value - float(np.sqrt(max(squared.low, 0.0)))), method)


def _gaussian_square(law: GaussianMixture) -> Estimate:
    """Return the squared distance of a single Gaussian from N(0, I)."""
    excess = np.linalg.eigvalsh(law.covariances[0] - np.eye(law.dimension))
    stretched = excess / (1 + np.sqrt(1 + excess))
    eps = np.finfo(np.float64).eps
    value = float(law.means[0] @ law.means[0] + stretched @ stretched)
    rounding = 8 * eps * value + 2 * law.dimension * eps * float(np.abs(stretched).sum())
    return Estimate(value, rounding)


def _line_square(
    means: Float[np.ndarray, " k"], deviations: Float[np.ndarray, " k"], weights: Float[np.ndarray, " k"]
) -> Estimate:
    """Return W_2^2 between a mixture of Gaussians on the line and N(0, 1)."""
    eps = np.finfo(np.float64).eps
    placed = 4 * eps * (REACH + float(np.abs(means).max()))
    count, before = COARSEST, np.inf
    while True:
        z, step = np.linspace(-REACH, REACH, count, retstep=True)
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        moved = _mixture_quantiles(z, means, deviations, weights) - z
        value = float(step * (density @ moved**2))
        change = abs(value - before)
        rounding = 2 * placed * np.sqrt(value) + placed**2 + 16 * eps * value
        if change <= max(GOAL * value, rounding) or count >= FINEST:
            break
        count, before = 2 * count - 1, value
    # The displacement is at most that of some component; beyond the reach E z^2 is below 2 REACH phi(REACH).
    farthest = float((np.abs(means) + np.abs(deviations - 1) * REACH).max())
    beyond = 4 * farthest**2 * np.exp(-(REACH**2) / 2)
    parts = {
        "quadrature": change,
        "rounding": rounding,
        "tail": float(beyond),
    }
    return Estimate.of_parts(value, parts)


def _mixture_quantiles(
    z: Float[np.ndarray, " m"],
    means: Float[np.ndarray, " k"],
    deviations: Float[np.ndarray, " k"],
    weights: Float[np.ndarray, " k"],
) -> Float[np.ndarray, " m"]:
    """Solve F(x) = Phi(z) for the distribution function F of the mixture, in the logarithm of the lighter tail."""
    # The quantile of a mixture lies between those of its components.
    own = means[:, None] + deviations[:, None] * z
    low, high = own.min(axis=0), own.max(axis=0)
    side = np.where(z > 0, -1.0, 1.0)
    target, x = log_ndtr(side * z), weights @ own
    for _ in range(QUANTILE_STEPS):
        scaled = (x - means[:, None]) / deviations[:, None]
        excess = logsumexp(log_ndtr(side * scaled), axis=0, b=weights[:, None]) - target
        below = side * excess < 0
        low, high = np.where(below, x, low), np.where(below, high, x)
        log_slope = logsumexp(
            -(scaled**2) / 2 - np.log(deviations * np.sqrt(2 * np.pi))[:, None], axis=0, b=weights[:, None]
        )
        newton = x - side * excess * np.exp(excess + target - log_slope)
        inside = (newton > low) & (newton < high)
        following = np.where(inside, newton, (low + high) / 2)
        done = np.abs(following - x) <= 2 * np.finfo(np.float64).eps * (1 + np.abs(x))
        x = following
        if done.all():
            break
    return x


def _lower_bound(law: GaussianMixture) -> float:
    """Return the largest root of the sum of the marginals' squared distances over some orthonormal bases."""
    mean = law.mean()
    centred = law.means - mean
    covariance = np.einsum("k,kij->ij", law.weights, law.covariances) + (law.weights[:, None] * centred).T @ centred
    bases = [np.linalg.eigh(covariance - np.eye(law.dimension))[1]]
    if law.dimension == 2:
        angles = np.pi / 2 * np.arange(PLANE_BASES) / PLANE_BASES
        bases += [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in angles]
    best = 0.0
    for basis in bases:
        marginals = [
            _line_square(law.means @ axis, np.sqrt(np.einsum("kij,i,j->k", law.covariances, axis, axis)), law.weights)
            for axis in basis.T
        ]
        best = max(best, sum(max(marginal.low, 0.0) for marginal in marginals))
    return float(np.sqrt(best))


def _upper_bound(measure: Measure, law: GaussianMixture, horizon: float, smoothing: float) -> tuple[float, str]:
    """Return the cost of a coupling of p_T with N(0, I), its errors included, and which one it is."""
    if len(law.weights) * NODES**law.dimension > MOST_POINTS:
        shrunk = np.sqrt(-np.expm1(-2 * horizon))
        left = law.covariances - shrunk**2 * np.eye(law.dimension)
        kept = float(law.weights @ ((law.means**2).sum(axis=1) + np.trace(left, axis1=1, axis2=2)))
        return float(np.sqrt(kept + law.dimension * (1 - shrunk) ** 2)), "noise"
    cost, flow = _tail_cost(measure, law, horizon, smoothing, NODES)
    coarse, _ = _tail_cost(measure, law, horizon, smoothing, (3 * NODES) // 4)
    return cost + flow + abs(cost - coarse), "the tail map"


def _tail_cost(
    measure: Measure, law: GaussianMixture, horizon: float, smoothing: float, nodes: int
) -> tuple[float, float]:
    """Return the root of E|X_T - Psi_T(X_T)|^2 and what the flow's errors change in it."""
    places, masses = np.polynomial.hermite_e.hermegauss(nodes)
    masses = masses / masses.sum()
    noise = np.stack(np.meshgrid(*[places] * law.dimension, indexing="ij"), axis=-1).reshape(-1, law.dimension)
    shares = np.prod(np.stack(np.meshgrid(*[masses] * law.dimension, indexing="ij"), axis=-1), axis=-1).ravel()
    roots = np.linalg.cholesky(law.covariances)
    x = (law.means[:, None] + np.einsum("kij,mj->kmi", roots, noise)).reshape(-1, law.dimension)
    weights = np.outer(law.weights, shares).ravel()
    moved = tail_map(x, measure, horizon=horizon, smoothing=smoothing, rtol=1e-12, atol=1e-14)
    cost = weights @ ((moved.points - x) ** 2).sum(axis=1)
    return float(np.sqrt(cost)), float(np.sqrt(weights @ moved.error**2))
