"""The denoiser agrees with Bayes' rule written out, with closed forms, and with its own derivatives."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lemmata.numerics.denoiser import log_density, posterior_covariance, posterior_mean, score
from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture, Measure
from lemmata.numerics.precision import PrecisionError, float64

FUNCTIONS = (posterior_mean, posterior_covariance, log_density, score)
S, SIGMA = 1.3, 0.7


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


def bayes(measure: DiscreteMeasure, y: Any, s: float, sigma: float) -> tuple[Any, Any, Any]:
    """Return log-density, posterior mean and covariance at one query, in plain NumPy with nothing rearranged."""
    d = y.size
    log_joint = np.log(measure.weights) - ((y - s * measure.atoms) ** 2).sum(axis=1) / (2 * sigma**2)
    top = log_joint.max()
    posterior = np.exp(log_joint - top)
    total = posterior.sum()
    posterior /= total
    mean = posterior @ measure.atoms
    deviations = measure.atoms - mean
    normaliser = d / 2 * np.log(2 * np.pi * sigma**2)
    return top + np.log(total) - normaliser, mean, np.einsum("n,nd,ne->de", posterior, deviations, deviations)


def test_bayes_rule_on_weighted_atoms(rng: np.random.Generator) -> None:
    measure = DiscreteMeasure(rng.normal(size=(50, 4)), rng.dirichlet(np.ones(50)))
    queries = rng.normal(size=(3, 5, 4))
    expected = [[bayes(measure, y, S, SIGMA) for y in row] for row in queries]
    for function, position in ((log_density, 0), (posterior_mean, 1), (posterior_covariance, 2)):
        wanted = np.array([[case[position] for case in row] for row in expected])
        np.testing.assert_allclose(function(measure, queries, S, SIGMA), wanted, rtol=1e-12, atol=1e-12)


def test_many_atoms_and_queries_go_through_in_blocks(rng: np.random.Generator) -> None:
    # More than two blocks of atoms, the last one incomplete; more than one block of queries.
    measure = DiscreteMeasure(rng.normal(size=(9001, 2)), rng.dirichlet(np.ones(9001)))
    queries = rng.normal(size=(300, 2))
    found = posterior_mean(measure, queries, 3.0)
    for number in (0, 255, 256, 299):
        np.testing.assert_allclose(found[number], bayes(measure, queries[number], 3.0, 1.0)[1], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(log_density(measure, queries[7], 3.0), bayes(measure, queries[7], 3.0, 1.0)[0])


def test_blocks_of_rising_weight_rescale_the_sums(rng: np.random.Generator) -> None:
    # Each block outweighs the ones before it by e^100 and more: without the running maximum the sums overflow.
    atoms = np.sort(rng.uniform(-40, 40, size=(9001, 1)), axis=0)
    measure = DiscreteMeasure(atoms)
    y = np.array([40.0])
    np.testing.assert_allclose(posterior_mean(measure, y, 1.0, 0.5), bayes(measure, y, 1.0, 0.5)[1], rtol=1e-11)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_components_without_spread_are_atoms(rng: np.random.Generator, function: Callable[..., Any]) -> None:
    atoms, weights = rng.normal(size=(12, 3)), rng.dirichlet(np.ones(12))
    queries = rng.normal(size=(6, 3))
    mixture = GaussianMixture(atoms, np.zeros((12, 3, 3)), weights)
    np.testing.assert_allclose(
        function(mixture, queries, S, SIGMA), function(DiscreteMeasure(atoms, weights), queries, S, SIGMA), atol=1e-12
    )


def test_a_gaussian_has_the_linear_denoiser(rng: np.random.Generator) -> None:
    root = rng.normal(size=(4, 4))
    covariance, mean, y = root @ root.T, rng.normal(size=4), rng.normal(size=4)
    gaussian = GaussianMixture(mean[None], covariance[None])
    total = S**2 * covariance + SIGMA**2 * np.eye(4)
    gain = S * covariance @ np.linalg.inv(total)
    residual = y - S * mean
    np.testing.assert_allclose(posterior_mean(gaussian, y, S, SIGMA), mean + gain @ residual, rtol=1e-11)
    np.testing.assert_allclose(
        posterior_covariance(gaussian, y, S, SIGMA), covariance - S * gain @ covariance, rtol=1e-10, atol=1e-12
    )
    wanted = -(residual @ np.linalg.solve(total, residual) + np.linalg.slogdet(2 * np.pi * total)[1]) / 2
    np.testing.assert_allclose(log_density(gaussian, y, S, SIGMA), wanted, rtol=1e-12)


def overlapping_mixture(rng: np.random.Generator) -> GaussianMixture:
    roots = rng.normal(size=(5, 3, 3))
    return GaussianMixture(rng.normal(size=(5, 3)), roots @ roots.transpose(0, 2, 1), rng.dirichlet(np.ones(5)))


@pytest.mark.parametrize("kind", ["atoms", "mixture"])
def test_tweedie(rng: np.random.Generator, kind: str) -> None:
    measure: Measure = DiscreteMeasure(rng.normal(size=(30, 3))) if kind == "atoms" else overlapping_mixture(rng)
    with float64():
        y = jnp.asarray(rng.normal(size=3))
        slope = jax.grad(lambda q: log_density(measure, q, S, SIGMA))(y)
        jacobian = jax.jacfwd(lambda q: posterior_mean(measure, q, S, SIGMA))(y)
        np.testing.assert_allclose(slope, score(measure, y, S, SIGMA), atol=1e-12)
        np.testing.assert_allclose(SIGMA**2 * jacobian, S * posterior_covariance(measure, y, S, SIGMA), atol=1e-12)


def test_translation_and_rotation_of_the_data(rng: np.random.Generator) -> None:
    atoms, y, shift = rng.normal(size=(20, 3)), rng.normal(size=(4, 3)), np.array([1.0, -2.0, 0.5])
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    mean = posterior_mean(DiscreteMeasure(atoms), y, S)
    moved = posterior_mean(DiscreteMeasure(atoms @ rotation + shift), y @ rotation + S * shift, S)
    np.testing.assert_allclose(moved, mean @ rotation + shift, atol=1e-12)


def test_a_far_query_belongs_to_the_nearest_atom() -> None:
    measure = DiscreteMeasure([[0.0, 0.0], [1.0, 0.0], [7.0, 7.0]], [0.5, 0.5, 0.0])
    np.testing.assert_allclose(posterior_mean(measure, [1e6, 0.0], 1.0), [1.0, 0.0], atol=1e-12)


def test_single_precision_atoms_are_used_as_they_are(rng: np.random.Generator) -> None:
    atoms = rng.normal(size=(20, 3)).astype(np.float32)
    y = rng.normal(size=3)
    found = posterior_mean(DiscreteMeasure(atoms), y, S)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, posterior_mean(DiscreteMeasure(atoms.astype(np.float64)), y, S), rtol=1e-13)


def test_queries_of_another_dimension_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 2\), not \(5, 3\)"):
        posterior_mean(DiscreteMeasure(np.eye(2)), np.zeros((5, 3)), 1.0)


def test_tracing_in_single_precision_is_refused() -> None:
    with pytest.raises(PrecisionError, match="denoiser"):
        jax.jit(lambda y: posterior_mean(DiscreteMeasure(np.eye(2)), y, 1.0))(jnp.zeros(2, jnp.float32))
