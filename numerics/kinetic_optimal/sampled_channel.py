"""Error and information of a data set of any shape at one s, sampled in NumPy.

For sweeps over many shapes (n, d), where to compile a program for each would take longer than to run it. A query draws
an atom X and noise; with w the posterior weights at Y = s X + eps, its terms are posterior variance and entropy,

    mmse        sum_j w_j |x_j|^2 - |sum_j w_j x_j|^2      at most the largest |x_j|^2
    H(X | Y)   -sum_j w_j log w_j                          at most log n

of which both are bounded, so that their means come with empirical-Bernstein intervals; I(X; Y) = H(X) - H(X | Y).
"""

import numpy as np
from jaxtyping import Float

from ..estimate import Estimate
from ..measures import DiscreteMeasure
from .small_data import PosteriorStatistics, estimate_bounded_mean

ELEMENTS = 2**20
"""Entries of a block's table of queries by atoms: 8 MiB each, of which two are alive at once."""


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
    bounds = float(squares.max()), float(np.log(n))
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
    """Draw `count` queries and return their posterior variances and entropies."""
    index = generator.choice(len(atoms), size=count, p=weights)
    observed = s * atoms[index] + generator.standard_normal((count, atoms.shape[1]))
    log_joint = s * observed @ atoms.T
    log_joint += np.log(weights) - s**2 / 2 * squares
    log_joint -= log_joint.max(axis=1, keepdims=True)
    masses = np.exp(log_joint)
    total = masses.sum(axis=1)
    mean = masses @ atoms / total[:, None]
    variance = masses @ squares / total - (mean**2).sum(axis=1)
    return variance, np.log(total) - np.einsum("qn,qn->q", masses, log_joint) / total
