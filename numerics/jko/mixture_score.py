"""Scores of mixtures of Gaussians and of kernel densities, with their divergences, in closed form.

For rho = sum_k w_k N(m_k, S_k) with responsibilities r_k(x) and s_k = -S_k^(-1) (x - m_k):

    grad log rho = sum_k r_k s_k,    Laplace log rho = sum_k r_k (|s_k|^2 - tr S_k^(-1)) - |grad log rho|^2.

A kernel density is the mixture with S_k = h^2 I around every particle.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.special import logsumexp

from ..measures import DiscreteMeasure, GaussianMixture
from .features import BLOCK_BYTES, Points

Scores = Float[np.ndarray, "n d"]
Divergences = Float[np.ndarray, " n"]


def mixture_score(mixture: GaussianMixture, x: Points) -> tuple[Scores, Divergences]:
    """Return the score of a mixture with regular covariances at x (n, d), and its divergence."""
    precisions = np.linalg.inv(mixture.covariances)
    log_weights = np.log(mixture.weights) + np.linalg.slogdet(precisions)[1] / 2
    logs = np.empty((len(x), len(log_weights)))
    pulls = np.empty((len(log_weights), *x.shape))
    for k, (mean, precision) in enumerate(zip(mixture.means, precisions, strict=True)):
        shift = x - mean
        pulls[k] = -shift @ precision
        logs[:, k] = log_weights[k] + (pulls[k] * shift).sum(axis=1) / 2
    shares = np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
    score = np.einsum("nk,knd->nd", shares, pulls)
    curvature = (pulls**2).sum(axis=2) - np.trace(precisions, axis1=1, axis2=2)[:, None]
    return score, np.einsum("nk,kn->n", shares, curvature) - (score**2).sum(axis=1)


@final
@dataclass(frozen=True, slots=True, eq=False)
class KernelDensity:
    """The Gaussian kernel density of the particles of `measure`, with standard deviation `bandwidth`."""

    measure: DiscreteMeasure
    bandwidth: float

    def score(self, x: Points) -> tuple[Scores, Divergences]:
        """Return the score at x (n, d), and its divergence."""
        return self._score(x, own=False)

    def own_score(self) -> tuple[Scores, Divergences]:
        """Return the same at the particles themselves, each without its own kernel, whose score there is 0."""
        return self._score(self.measure.atoms, own=True)

    def _score(self, x: Points, *, own: bool) -> tuple[Scores, Divergences]:
        atoms, weights, square = self.measure.atoms, self.measure.weights, self.bandwidth**2
        log_weights = np.log(np.maximum(weights, np.finfo(np.float64).tiny))
        score, divergence = np.empty_like(x), np.empty(len(x))
        lengths = (atoms**2).sum(axis=1)
        block = max(1, BLOCK_BYTES // (8 * len(atoms)))
        for start in range(0, len(x), block):
            points = x[start : start + block]
            rows = np.arange(start, start + len(points))
            # |x|^2 is left out: it changes no share.
            logs = points @ atoms.T
            logs -= lengths / 2
            logs /= square
            logs += log_weights
            if own:
                logs[rows - start, rows] = -np.inf
            logs -= logs.max(axis=1, keepdims=True)
            shares = np.exp(logs, out=logs)
            shares /= shares.sum(axis=1, keepdims=True)
            means = shares @ atoms
            spread = shares @ lengths - (means**2).sum(axis=1)
            score[rows] = (means - points) / square
            # sum_k r_k |s_k|^2 - |s|^2 is the spread of the responsible particles in units of h^4.
            divergence[rows] = spread / square**2 - x.shape[1] / square
        return score, divergence
