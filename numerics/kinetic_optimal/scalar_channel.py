"""Exact information quantities of finitely many atoms on the line seen through Gaussian noise.

For X with atoms x_j of weights p_j in d = 1, Y = s X + eps: minimum mean-square error, mean squared posterior variance
and mutual information, by the trapezoidal rule in y. The rule converges exponentially, since the integrands are
analytic in a strip (their poles are the complex zeros of the density of Y) and decay like a Gaussian; its error is
measured as the difference between the step and twice the step. Product data in d dimensions have the same numbers per
dimension.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, final

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

from ..precision import float64

Numbers: TypeAlias = NDArray[np.float64] | Sequence[float]
"""A vector, as an array or a sequence."""

STEP = 0.04
"""Largest step of the rule, in standard deviations of the noise; the coarse rule has twice that."""

WIDEST = 1600.0
"""Largest s (max x - min x), which bounds the number of points."""

MARGIN = 10.0
"""How many standard deviations of the noise the rule reaches past the outermost atoms: the mass beyond is 1e-23."""

ROUNDING = 64 * np.finfo(np.float64).eps
"""Relative rounding error of a sum of positive terms that were computed through exponentials."""


@final
@dataclass(frozen=True, slots=True)
class ScalarChannel:
    """What Y = s X + eps tells of X in d = 1, for each s: values (m,), in nats where they are information.

    `mmse` is E Var(X | Y); `squared_variance` E Var(X | Y)^2; `information` I(X; Y); `linear_excess` is
    (1 + s^2) E(E[X | Y] - s Y/(1 + s^2))^2, which is h^2 where E X^2 = 1 and keeps its digits as s -> 0; `entropy` is
    H(X), a number; `second_moment` E X^2, a number; `error` bounds the error of each of the first four, (m,).
    """

    s: Float[np.ndarray, " m"]
    mmse: Float[np.ndarray, " m"]
    squared_variance: Float[np.ndarray, " m"]
    information: Float[np.ndarray, " m"]
    linear_excess: Float[np.ndarray, " m"]
    entropy: float
    second_moment: float
    error: Float[np.ndarray, " m"]


def solve_scalar_channel(atoms: Numbers, weights: Numbers, s: Numbers | float) -> ScalarChannel:
    """Compute the information quantities of `atoms` (n,) with `weights` (n,) at each s (m,) >= 0.

    Atoms of weight 0 are allowed, so that a fixed n serves data of several sizes without compiling anew.

    **Raises:** `ValueError` if shapes differ, the weights are no probabilities, or s times the range of the atoms
    exceeds 1600.
    """
    x, p = np.asarray(atoms, np.float64), np.asarray(weights, np.float64)
    signal = np.atleast_1d(np.asarray(s, np.float64))
    if x.ndim != 1 or x.shape != p.shape:
        raise ValueError(f"atoms and weights must be vectors of one length, not {x.shape} and {p.shape}")
    if (p < 0).any() or abs(p.sum() - 1) > 1e-9:
        raise ValueError("weights must be non-negative and sum to 1")
    reach = float(signal.max(initial=0.0)) * float(np.ptp(x[p > 0]))
    if reach > WIDEST:
        raise ValueError(f"s times the range of the atoms must be at most {WIDEST:g}")
    with float64():
        fine, coarse = (np.asarray(part) for part in _integrate_all(x, p, signal, _count_points(reach)))
    positive = p[p > 0]
    error = np.abs(fine - coarse).max(axis=1) + ROUNDING * (1 + np.abs(fine).max(axis=1))
    return ScalarChannel(
        s=signal,
        mmse=fine[:, 0],
        squared_variance=fine[:, 1],
        information=fine[:, 2],
        linear_excess=fine[:, 3],
        entropy=float(-(positive * np.log(positive)).sum()),
        second_moment=float(p @ x**2),
        error=error,
    )


def _count_points(reach: float) -> int:
    """Return the number of points, 2^k + 1, that keeps the step small for every s; few k mean few compilations."""
    return 2 ** math.ceil(math.log2((reach + 2 * MARGIN) / STEP)) + 1


@partial(jax.jit, static_argnums=3)
def _integrate_all(x: Any, p: Any, s: Any, points: int) -> Any:
    """Integrate for every s, with the fine and the coarse rule: two arrays (m, 4)."""
    return jax.lax.map(partial(_integrate, x, p, points), s, batch_size=16)


def _integrate(x: Any, p: Any, points: int, s: Any) -> Any:
    """Integrate for one s the four quantities, with the fine and the coarse rule."""
    kept = p > 0
    low = s * jnp.min(jnp.where(kept, x, jnp.inf)) - MARGIN
    high = s * jnp.max(jnp.where(kept, x, -jnp.inf)) + MARGIN
    y = low + (high - low) * jnp.linspace(0.0, 1.0, points)
    log_prior = jnp.where(kept, jnp.log(jnp.where(kept, p, 1.0)), -jnp.inf)
    log_joint = log_prior[:, None] - (y[None, :] - s * x[:, None]) ** 2 / 2
    log_density = jax.scipy.special.logsumexp(log_joint, axis=0)
    posterior = jnp.exp(log_joint - log_density)
    mean = x @ posterior
    variance = jnp.sum(posterior * (x[:, None] - mean) ** 2, axis=0)
    log_ratio = jnp.where(posterior > 0, log_joint - log_density - log_prior[:, None], 0.0)
    divergence = jnp.sum(jnp.where(posterior > 0, posterior * log_ratio, 0.0), axis=0)
    density = jnp.exp(log_density) / jnp.sqrt(2 * jnp.pi)
    excess = (1 + s**2) * (mean - s * y / (1 + s**2)) ** 2
    integrands = density * jnp.stack([variance, variance**2, divergence, excess])
    step = (high - low) / (points - 1)
    return step * integrands.sum(axis=1), 2 * step * integrands[:, ::2].sum(axis=1)
