"""Scores of known densities are met within the error that is stated for them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from lemmata.numerics.jko import estimate_score
from lemmata.numerics.jko.mixture_score import KernelDensity, mixture_score
from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture

TWO_WELLS = GaussianMixture([[-2.0, 0.0], [2.0, 1.0]], [np.diag([0.3, 0.5]), np.diag([0.4, 0.2])], [0.4, 0.6])


def sample(mixture: GaussianMixture, count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    parts = rng.choice(len(mixture.weights), count, p=mixture.weights)
    factors = np.linalg.cholesky(mixture.covariances)
    return np.asarray(mixture.means[parts] + np.einsum("nij,nj->ni", factors[parts], rng.normal(size=(count, 2))))


def log_density(mixture: GaussianMixture, x: np.ndarray) -> np.ndarray:
    parts = zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    return np.log(sum(weight * multivariate_normal(mean, cov).pdf(x) for weight, mean, cov in parts))


@given(st.integers(0, 2**31))
def test_mixture_scores_are_derivatives(seed: int) -> None:
    x, step = np.random.default_rng(seed).uniform(-3, 3, size=(6, 2)), 1e-4
    score, divergence = mixture_score(TWO_WELLS, x)
    above, below = ([log_density(TWO_WELLS, x + sign * shift) for shift in step * np.eye(2)] for sign in (1, -1))
    np.testing.assert_allclose(score.T, (np.array(above) - below) / (2 * step), atol=1e-5)
    second = (np.array(above) + below - 2 * log_density(TWO_WELLS, x)) / step**2
    np.testing.assert_allclose(divergence, second.sum(axis=0), atol=1e-4)


def test_a_kernel_density_is_a_mixture_around_its_particles() -> None:
    rng = np.random.default_rng(0)
    particles = DiscreteMeasure(rng.normal(size=(12, 2)), rng.dirichlet(np.ones(12)))
    kernel = KernelDensity(particles, 0.4)
    mixture = GaussianMixture(particles.atoms, np.tile(0.16 * np.eye(2), (12, 1, 1)), particles.weights)
    x = rng.normal(size=(9, 2))
    for found, expected in zip(kernel.score(x), mixture_score(mixture, x), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-10)
    # Its own score at a particle is that of the density of all others.
    others = np.arange(12) != 4
    rest = DiscreteMeasure(particles.atoms[others], particles.weights[others] / particles.weights[others].sum())
    expected = KernelDensity(rest, 0.4).score(particles.atoms[4:5])[0]
    np.testing.assert_allclose(kernel.own_score()[0][4:5], expected, atol=1e-10)


@pytest.mark.parametrize("method", ["best", "mixture", "kernel"])
def test_the_stated_error_has_the_size_of_the_error(method: str) -> None:
    ratios = []
    for seed in range(4):
        x = sample(TWO_WELLS, 500, seed)
        estimate = estimate_score(DiscreteMeasure(x), method=method, seed=seed)  # type: ignore[arg-type]
        misses = estimate.values - mixture_score(TWO_WELLS, x)[0]
        ratios.append(estimate.error / float(np.sqrt((misses**2).sum(axis=1).mean())))
    assert 0.5 < float(np.median(ratios)) < 3


def test_held_out_losses_choose_what_is_closer() -> None:
    x = sample(TWO_WELLS, 500, 7)
    truth = mixture_score(TWO_WELLS, x)[0]
    best = estimate_score(DiscreteMeasure(x))
    misses = {
        method: float(((estimate_score(DiscreteMeasure(x), method=method).values - truth) ** 2).sum())
        for method in ("mixture", "kernel")
    }
    assert best.method.startswith(min(misses, key=lambda method: misses[method]))
    assert min(best.losses, key=lambda method: best.losses[method]) == min(misses, key=lambda method: misses[method])


def test_weights_count_like_copies() -> None:
    x = sample(TWO_WELLS, 300, 8)
    left = x[:, 0] < 0
    weights = np.where(left, 3.0, 1.0)
    weighted = estimate_score(DiscreteMeasure(x, weights / weights.sum()), method="mixture")
    shares = np.array([0.4 * 3, 0.6]) / (0.4 * 3 + 0.6)
    truth = mixture_score(GaussianMixture(TWO_WELLS.means, TWO_WELLS.covariances, shares), x)[0]
    rms = float(np.sqrt((weights / weights.sum()) @ ((weighted.values - truth) ** 2).sum(axis=1)))
    assert rms <= 2 * weighted.error


def test_what_has_no_density_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        estimate_score(DiscreteMeasure(np.eye(3)))
    with pytest.raises(ValueError, match="equal"):
        estimate_score(DiscreteMeasure(np.ones((20, 2))))
