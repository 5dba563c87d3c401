"""The leave-one-out width: against models that are really fitted again, and against ways to cheat."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from lemmata.numerics.wasserstein_proximal.leave_one_out import TOLERANCE, _LeaveOneOut, choose_width
from lemmata.numerics.wasserstein_proximal.local_covariances import local_covariances
from lemmata.numerics.wasserstein_proximal.score_models import KernelScore, LocalPrecisionScore
from lemmata.numerics.wasserstein_proximal.training_data import draw_mixture, draw_spiral


def cloud(seed: int, n: int, dimension: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dimension)) * np.linspace(0.2, 1.0, dimension)


@pytest.mark.parametrize(("dimension", "neighbours"), [(2, 0), (2, 5), (3, 2), (7, 4)])
def test_it_is_the_likelihood_of_models_that_are_fitted_again(dimension: int, neighbours: int) -> None:
    points, width = cloud(dimension, 30, dimension), 0.3
    expected = []
    for left_out in range(30):
        rest = np.delete(points, left_out, axis=0)
        model = LocalPrecisionScore(rest, width, neighbours=neighbours) if neighbours else KernelScore(rest, width)
        expected.append(float(model.log_density(points[left_out])))
    found = _LeaveOneOut(points, neighbours, seed=0)(width)
    assert found == pytest.approx(np.mean(expected), rel=1e-11)


@pytest.mark.parametrize("neighbours", [0, 4])
def test_no_other_width_is_more_likely(neighbours: int) -> None:
    points = draw_mixture(np.random.default_rng(2), 90)
    found = choose_width(points, neighbours=neighbours)
    likelihood = _LeaveOneOut(points, neighbours, seed=0)
    rivals = [likelihood(width) for width in np.geomspace(found.width / 30, 30 * found.width, 400)]
    # Near its top the likelihood is flat: the width's relative error shows in second order only.
    assert max(rivals) <= found.log_likelihood + 1e-5
    assert found.error == pytest.approx(TOLERANCE * found.width)
    assert not found.at_edge


def test_a_normal_sample_gets_the_width_that_a_plain_search_finds() -> None:
    points = cloud(3, 200, 2)
    squares = ((points[:, None] - points) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)

    def loss(log_width: float) -> float:
        return float(2 * log_width - logsumexp(-squares / (2 * np.exp(2 * log_width)), axis=1).mean())

    plain = np.exp(minimize_scalar(loss, bounds=(-4, 1), method="bounded", options={"xatol": 1e-6}).x)
    assert choose_width(points).width == pytest.approx(plain, rel=2 * TOLERANCE)


def test_copies_do_not_pull_the_width_to_zero() -> None:
    points = draw_spiral(np.random.default_rng(4), 60)
    once, twice = choose_width(points), choose_width(np.concatenate([points, points]))
    assert twice == once


def test_a_point_is_never_judged_by_a_kernel_that_learned_from_it() -> None:
    # On a line of three points the needle from the neighbour to the judge has no width: with the judge left in,
    # the likelihood would grow without bound as the floor falls.
    points = cloud(5, 40, 2)
    likelihood = _LeaveOneOut(points, 1, seed=0)
    narrow = [likelihood(width) for width in (1e-2, 1e-3, 1e-4)]
    assert narrow[0] > narrow[1] > narrow[2]
    leaked = _LeaveOneOut(points, 1, seed=0)
    leaked.judge = np.zeros(0, np.intp)
    assert leaked(1e-4) - leaked(1e-3) > narrow[2] - narrow[1] + 10


def test_fewer_judges_estimate_the_same_likelihood(monkeypatch: pytest.MonkeyPatch) -> None:
    points = draw_mixture(np.random.default_rng(6), 400)
    whole = choose_width(points, neighbours=3)
    monkeypatch.setattr("lemmata.numerics.wasserstein_proximal.leave_one_out.ENTRIES", 1)
    drawn = choose_width(points, neighbours=3)
    assert drawn.width != whole.width
    assert drawn.width == pytest.approx(whole.width, rel=0.15)


def test_covariances_are_means_of_outer_products_of_the_nearest_differences() -> None:
    points = cloud(7, 25, 3)
    found = local_covariances(points, 4)
    order = np.argsort(((points[:, None] - points) ** 2).sum(axis=2), axis=1)
    for index, matrix in enumerate(found.matrices()):
        differences = points[order[index, 1:5]] - points[index]
        np.testing.assert_allclose(matrix, differences.T @ differences / 4, atol=1e-14)
    variances, axes = found.without()
    for index, left_out in ((0, 0), (7, 3), (24, 1)):
        kept = np.delete(order[index, 1:6], left_out)
        differences = points[kept] - points[index]
        scaled = axes[index, left_out] * np.sqrt(variances[index, left_out])[:, None]
        np.testing.assert_allclose(scaled.T @ scaled, differences.T @ differences / 4, atol=1e-14)


def test_the_model_s_density_is_the_mixture_s() -> None:
    points = cloud(8, 12, 2)
    model = LocalPrecisionScore(points, 0.25, neighbours=3)
    covariances = local_covariances(points, 3).matrices() + 0.25**2 * np.eye(2)
    query = np.array([0.1, -0.3])
    densities = [multivariate_normal(mean, cov).pdf(query) for mean, cov in zip(points, covariances, strict=True)]
    assert float(model.log_density(query)) == pytest.approx(np.log(np.mean(densities)), rel=1e-12)


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="three different points"):
        choose_width(np.repeat(np.eye(2), 3, axis=0))
    with pytest.raises(ValueError, match="5 neighbours need at least 7 points"):
        choose_width(cloud(9, 6, 2), neighbours=5)
