"""Score models: densities, scores and posterior means against their definitions, and samples against their laws."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chi2, norm

from lemmata.numerics.precision import float64
from lemmata.numerics.wasserstein_proximal.score_models import (
    AbstractScoreModel,
    EmpiricalScore,
    KernelScore,
    LocalPrecisionScore,
)

TRAINING = np.random.default_rng(0).normal(size=(20, 2))
MODELS: dict[str, Callable[[], AbstractScoreModel]] = {
    "empirical": lambda: EmpiricalScore(TRAINING),
    "kernel": lambda: KernelScore(TRAINING, 0.3),
    "local precision": lambda: LocalPrecisionScore(TRAINING, 0.2, neighbours=3),
}


def covariances(model: AbstractScoreModel) -> np.ndarray:
    """Return the covariance of X about each training point."""
    local = getattr(model.measure, "covariances", np.zeros((len(TRAINING), 2, 2)))
    return np.asarray(local + float(model.width) ** 2 * np.eye(2))


def plain_law(model: AbstractScoreModel, y: np.ndarray, s: float, sigma: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return log-density, score and E[X | y] at one point, component by component."""
    densities, slopes, means = [], [], []
    for point, within in zip(TRAINING, covariances(model), strict=True):
        noised = s**2 * within + sigma**2 * np.eye(2)
        solved = np.linalg.solve(noised, y - s * point)
        densities.append(np.exp(-(y - s * point) @ solved / 2) / (2 * np.pi * np.sqrt(np.linalg.det(noised))))
        slopes.append(-solved)
        means.append(point + s * within @ solved)
    shares = np.array(densities) / np.sum(densities)
    return float(np.log(np.mean(densities))), shares @ slopes, shares @ means


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("s", "sigma"), [(1.0, 0.4), (0.6, 0.8), (1.0, 0.05)])
def test_noised_laws_are_those_of_the_mixture(name: str, s: float, sigma: float) -> None:
    model, queries = MODELS[name](), np.random.default_rng(1).normal(size=(5, 2))
    expected = [plain_law(model, query, s, sigma) for query in queries]
    for found, index in ((model.log_density, 0), (model.score, 1), (model.posterior_mean, 2)):
        wanted = np.array([case[index] for case in expected])
        np.testing.assert_allclose(found(queries, s, sigma), wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_models_are_traced_and_the_score_is_the_gradient(name: str) -> None:
    model = MODELS[name]()
    with float64():
        query = jnp.asarray([0.3, -0.2])
        s, sigma = jnp.asarray(0.7), jnp.asarray(0.4)
        slope = jax.jit(jax.grad(lambda y: model.log_density(y, s, sigma)))(query)
        np.testing.assert_allclose(slope, model.score(np.asarray(query), 0.7, 0.4), rtol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_samples_have_the_mean_and_the_covariance_of_the_law(name: str) -> None:
    model, n = MODELS[name](), 20_000
    points = model.sample(jax.random.key(2), n)
    mean, between = TRAINING.mean(axis=0), np.cov(TRAINING.T, bias=True)
    exact = between + covariances(model).mean(axis=0)
    # Means are nearly normal; a variance of terms with kurtosis below 3 + 2 is within that of as many halves.
    reach = norm.isf(5e-7) * np.sqrt(np.diag(exact) / n)
    assert (np.abs(points.mean(axis=0) - mean) <= reach).all()
    low, high = chi2.ppf([5e-7, 1 - 5e-7], n // 2) / (n // 2)
    variances = points.var(axis=0)
    assert ((low * np.diag(exact) <= variances) & (variances <= high * np.diag(exact))).all()


def test_a_kernel_without_neighbours_is_the_empirical_measure_with_noise() -> None:
    queries = np.random.default_rng(3).normal(size=(4, 2))
    smoothed = EmpiricalScore(TRAINING).log_density(queries, 1.0, 0.5)
    np.testing.assert_allclose(KernelScore(TRAINING, 0.3).log_density(queries, 1.0, 0.4), smoothed, rtol=1e-13)


def test_what_has_no_density_says_so() -> None:
    with pytest.raises(ValueError, match="no density"):
        EmpiricalScore(TRAINING).log_density(np.zeros(2))
    for width in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(ValueError, match="width must be positive"):
            KernelScore(TRAINING, width)
        with pytest.raises(ValueError, match="width must be positive"):
            LocalPrecisionScore(TRAINING, width)
