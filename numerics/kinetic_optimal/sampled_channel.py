"""Error and information of a data set of any shape at one s, sampled in NumPy.

For sweeps over many shapes (n, d), where to compile a program for each would take longer than to run it. A query draws
the index i of an atom and noise eps; with w the posterior weights at Y = s x_i + eps, its terms are those of

    mmse        sum_j w_j |x_i - x_j|^2/2      since a draw from the posterior is a replica of X
    H(X | Y)   -sum_j w_j log w_j

of which both are bounded, so that their means come with empirical-Bernstein intervals; I(X; Y) = H(X) - H(X | Y).
"""

import numpy as np
from jaxtyping import Float

from ..estimate import Estimate
from ..measures import DiscreteMeasure
from .small_data import PosteriorStatistics, estimate_bounded_mean

ELEMENTS = 2**20
"""Entries of a block's table of queries by atoms: 8 MiB each, of which five are alive at once."""


def sample_posterior_statistics(
    measure: DiscreteMeasure, s: float, *, generator: np.random.Generator, num_queries: int, false_alarm: float
) -> PosteriorStatistics:
    """Estimate error and information of a measure at one s > 0.

    Both intervals hold together with probability at least 1 - `false_alarm`. Equal atoms count as one.

    **Raises:** `ValueError` for fewer than two queries, or s that is not positive.
    """
    if num_queries < 2 or not s > 0:
        raise ValueError(f"at least two queries and s > 0 are needed, not {num_queries} at s = {s}")
    merged = measure.merged()
    (n, d), entropy = merged.atoms.shape, merged.entropy()
    atoms = merged.atoms.astype(np.float64)
    squares = (atoms**2).sum(axis=1)
    block = max(1, min(num_queries, ELEMENTS // n))
    counts = [block] * (num_queries // block) + ([num_queries % block] if num_queries % block else [])
    drawn = [_sample(atoms, squares, merged.weights, s, generator, count) for count in counts]
    # No two atoms are farther apart than twice the largest norm.
    bounds = 2 * float(squares.max()), float(np.log(n))
    error, residual = (
        estimate_bounded_mean(np.concatenate(terms), bound, false_alarm / 2)
        for terms, bound in zip(zip(*drawn, strict=True), bounds, strict=True)
    )
    return PosteriorStatistics(
        error_rate=Estimate(error.value / d, error.error / d, error.method, false_alarm),
        information_rate=Estimate((entropy - residual.value) / d, residual.error / d, residual.method, false_alarm),
        residual_entropy=residual,
        entropy=entropy,
    )


def _sample(
    atoms: Float[np.ndarray, "n d"],
    squares: Float[np.ndarray, " n"],
    weights: Float[np.ndarray, " n"],
    s: float,
    generator: np.random.Generator,
    count: int,
) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    """Draw `count` queries and return their terms of the error and of the residual entropy."""
    index = generator.choice(len(atoms), size=count, p=weights)
    truth, noise = atoms[index], generator.standard_normal((count, atoms.shape[1]))
    distances = np.maximum(squares[index][:, None] + squares - 2 * truth @ atoms.T, 0.0)
    distances[np.arange(count), index] = 0.0
    leads = noise @ atoms.T - (truth * noise).sum(axis=1)[:, None]
    log_joint = np.log(weights) + s * leads - s**2 / 2 * distances
    log_joint -= log_joint.max(axis=1, keepdims=True)
    masses = np.exp(log_joint)
    total = masses.sum(axis=1)
    error = np.einsum("qn,qn->q", masses, distances) / (2 * total)
    return error, np.log(total) - np.einsum("qn,qn->q", masses, log_joint) / total
