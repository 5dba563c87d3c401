"""The memorised share: 3^-k for the truth, whatever its dimension, near 1 for copies, and with an interval."""

import numpy as np
import pytest
from scipy.stats import binom

from lemmata.numerics.wasserstein_proximal.held_out import held_out_log_likelihood, log_likelihood_gain
from lemmata.numerics.wasserstein_proximal.memorisation import distance_ratios, memorisation_fraction, memorised_share
from lemmata.numerics.wasserstein_proximal.score_models import EmpiricalScore, KernelScore
from lemmata.numerics.wasserstein_proximal.training_data import (
    PLANE_LAWS,
    draw_mixture,
    split_digits,
    split_plane_law,
)


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("threshold", [1 / 3, 1 / 2])
def test_the_truth_s_own_share_is_a_power_of_the_threshold(dimension: int, threshold: float) -> None:
    # Copied to all sides, points are uniform about every sample in the middle: no border changes the law.
    rng = np.random.default_rng(dimension)
    count, samples = 400, 20_000
    memorised = 0
    for _ in range(samples // 200):
        points = rng.uniform(size=(count, dimension))
        shifts = np.stack(np.meshgrid(*[[-1.0, 0.0, 1.0]] * dimension), axis=-1).reshape(-1, dimension)
        around = (points + shifts[:, None]).reshape(-1, dimension)
        memorised += int((distance_ratios(rng.uniform(size=(200, dimension)), around) < threshold).sum())
    # Samples that share their training points are dependent; that they are far fewer than the points bounds it.
    low, high = binom.ppf([1e-9, 1 - 1e-9], samples, threshold**dimension)
    assert low <= memorised <= high


def test_ratios_are_those_of_a_plain_search() -> None:
    rng = np.random.default_rng(4)
    samples, training = rng.normal(size=(30, 3)), rng.normal(size=(50, 3))
    distances = np.sort(np.linalg.norm(samples[:, None] - training, axis=2), axis=1)
    np.testing.assert_allclose(distance_ratios(samples, training), distances[:, 0] / distances[:, 1], rtol=1e-12)


def test_copies_of_training_points_are_memorised_even_of_points_that_occur_twice() -> None:
    training = draw_mixture(np.random.default_rng(5), 100)
    doubled = np.concatenate([training, training])
    assert (distance_ratios(training, doubled) == 0).all()
    share = memorised_share(training, doubled)
    assert share.value == 1.0
    # Clopper-Pearson: (alpha/2)^(1/n) is the lower end where all were hits.
    assert share.error == pytest.approx(1 - (5e-7) ** (1 / 100), rel=1e-9)


def test_the_excess_is_that_over_fresh_samples() -> None:
    split = split_plane_law("Gaussian mixture", training=200, fresh=3000, seed=6)
    again = draw_mixture(np.random.default_rng(7), 3000)
    honest = memorisation_fraction(again, split.training, split.fresh)
    assert honest.contains(0.0)
    assert honest.error < 0.07
    thief = memorisation_fraction(split.training, split.training, split.fresh)
    assert thief.low > 0.6
    shares = [memorised_share(rows, split.training, false_alarm=5e-7) for rows in (again, split.fresh)]
    assert honest.value == pytest.approx(shares[0].value - shares[1].value, abs=1e-15)
    assert honest.error == pytest.approx(shares[0].error + shares[1].error)
    assert honest.false_alarm == pytest.approx(1e-6)


def test_malformed_input_is_refused() -> None:
    points = np.eye(3, 2)
    with pytest.raises(ValueError, match=r"R\^3 and training points in R\^2"):
        distance_ratios(np.eye(3), points)
    with pytest.raises(ValueError, match="all training points are the same"):
        distance_ratios(points, np.zeros((4, 2)))
    with pytest.raises(ValueError, match="between 0 and 1"):
        memorisation_fraction(points, points, points, threshold=1.0)


def test_held_out_likelihood_is_the_mean_log_density() -> None:
    split = split_plane_law("two moons", training=100, fresh=300, seed=8)
    model = KernelScore(split.training, 0.1)
    squares = ((split.fresh[:, None] - split.training) ** 2).sum(axis=2)
    terms = np.log(np.exp(-squares / 0.02).mean(axis=1) / (2 * np.pi * 0.01))
    found = held_out_log_likelihood(model, split.fresh)
    assert found.value == pytest.approx(terms.mean(), rel=1e-12)
    assert found.error > 4 * terms.std() / np.sqrt(300)
    smoothed = held_out_log_likelihood(EmpiricalScore(split.training), split.fresh, noise=0.1)
    assert smoothed.value == pytest.approx(found.value, rel=1e-12)
    wider = KernelScore(split.training, 0.2)
    gains = log_likelihood_gain(model, wider, split.fresh)
    assert gains.mean() == pytest.approx(found.value - held_out_log_likelihood(wider, split.fresh).value)


def test_laws_have_their_moments_and_splits_share_no_point() -> None:
    rng = np.random.default_rng(9)
    for name, draw in PLANE_LAWS.items():
        points = draw(rng, 40_000)
        assert points.shape == (40_000, 2), name
    ring = draw_mixture(rng, 40_000)
    # E|X|^2 = R^2 + 2 s^2; the squares have a variance below (2 R s)^2 + (2 s^2)^2.
    assert (ring**2).sum(axis=1).mean() == pytest.approx(2.0**2 + 2 * 0.3**2, abs=6 * 1.3 / 200)
    split = split_digits(training=700, seed=0)
    assert split.training.shape == (700, 64)
    assert len(np.unique(np.concatenate([split.training, split.fresh]), axis=0)) == 1797
    for training in (0, 1797):
        with pytest.raises(ValueError, match="between 1 and 1796"):
            split_digits(training=training, seed=0)


def test_thin_laws_lie_on_their_curves() -> None:
    rng = np.random.default_rng(10)
    moons = PLANE_LAWS["two moons"](rng, 500, 0.0)
    upper = np.abs(np.linalg.norm(moons, axis=1) - 1) < 1e-12
    lower = np.abs(np.linalg.norm(moons - [1.0, 0.5], axis=1) - 1) < 1e-12
    assert (upper | lower).all()
    assert 150 < upper.sum() < 350
    spiral = PLANE_LAWS["spiral"](rng, 500, 0.0)
    radius = np.linalg.norm(spiral, axis=1)
    turn = np.arctan2(spiral[:, 1], spiral[:, 0]) - 3 * np.pi * radius / 2
    np.testing.assert_allclose(np.cos(turn), 1.0, atol=1e-9)
