"""Laws that the tests of Wasserstein proximal numerics share."""

import numpy as np
from hypothesis import strategies as st
from jaxtyping import Float

from lemmata.numerics.wasserstein_proximal import GaussianMixture, Grid, GridLaw, estimate_potential

COMPONENTS = 4
"""Random mixtures hold this many components, some of them alike: one program serves them all."""

THREE = GaussianMixture([[-2.0], [0.3], [2.0]], [[[0.4]], [[0.3]], [[0.5]]], [0.3, 0.3, 0.4])

GAMES = ((1.0, "cross_entropy"), (0.6, "cross_entropy"), (0.6, "scaled_cross_entropy"))
"""sigma and terminal cost; at sigma = 1 the costs are the same."""


@st.composite
def mixtures(draw: st.DrawFn, dimension: int) -> GaussianMixture:
    """Draw a mixture of one to four different Gaussians with standard deviations from 0.4 to 1.5."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    different = draw(st.integers(1, COMPONENTS))
    means = rng.uniform(-2, 2, size=(different, dimension))
    turned = np.linalg.qr(rng.normal(size=(different, dimension, dimension)))[0]
    variances = rng.uniform(0.4, 1.5, size=(different, dimension)) ** 2
    covariances = np.einsum("kij,kj,klj->kil", turned, variances, turned)
    which = np.arange(COMPONENTS) % different
    weights = rng.dirichlet(np.full(COMPONENTS, 2.0))
    return GaussianMixture(means[which], covariances[which], weights)


def log_mixture(mixture: GaussianMixture, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """Return the log-density of a mixture in NumPy alone."""
    logs = []
    for weight, mean, covariance in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
        apart = x - mean
        squares = np.einsum("ni,ni->n", apart, np.linalg.solve(covariance, apart.T).T)
        logs.append(np.log(weight) - squares / 2 - np.linalg.slogdet(2 * np.pi * covariance)[1] / 2)
    return np.asarray(np.logaddexp.reduce(logs, axis=0))


def normalised_eta(mixture: GaussianMixture, t: float, grid: Grid, sigma: float, cost: str) -> GridLaw:
    """Return the law with a density proportional to eta(t), T = 1, on a grid."""

    def density(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        found = estimate_potential(mixture, t, x, horizon=1.0, sigma=sigma, terminal_cost=cost)
        return np.exp(found.potential / sigma**2)

    # Over the whole line sums over points at equal distances are exact but for rounding.
    total = density(grid.points).sum() * grid.volume
    return GridLaw.of_density(grid, lambda x: density(x) / total, nodes=4)
