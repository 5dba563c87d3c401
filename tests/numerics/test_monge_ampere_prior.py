"""The distance of the law at the horizon from the prior: closed forms, leading terms, and bounds that hold."""

import numpy as np
import pytest
from scipy import integrate, optimize, spatial, stats

from lemmata.numerics.compile import compile_expression
from lemmata.numerics.line_transport import solve_normal_transport_cost
from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture
from lemmata.numerics.monge_ampere import prior, prior_error
from lemmata.theory.monge_ampere import hermite

LINE = DiscreteMeasure([[-1.0], [2.0], [0.3]], [0.5, 0.3, 0.2])
TRIANGLE = DiscreteMeasure([[-1, -0.4], [1, -0.4], [0, 0.8]])


def test_one_gaussian_has_the_distance_of_gaussians() -> None:
    mean, covariance, horizon = np.array([1.0, -2.0]), np.array([[2.0, 0.5], [0.5, 0.7]]), 0.9
    left = np.exp(-horizon)
    spread = left**2 * (covariance + 0.09 * np.eye(2)) + (1 - left**2) * np.eye(2)
    squared = left**2 * mean @ mean + ((np.sqrt(np.linalg.eigvalsh(spread)) - 1) ** 2).sum()
    found = prior_error(GaussianMixture([mean], [covariance]), horizon, smoothing=0.3)
    assert abs(found.value - np.sqrt(squared)) <= found.error + 1e-14
    assert found.error < 1e-13
    atom = prior_error(DiscreteMeasure([mean]), horizon)
    assert atom.value == pytest.approx(np.sqrt(left**2 * 5 + 2 * (np.sqrt(1 - left**2) - 1) ** 2), rel=1e-14)
    assert prior_error(GaussianMixture([[0, 0]], [np.eye(2)]), horizon).value == 0


@pytest.mark.parametrize("horizon", [0.2, 1.5])
def test_on_the_line_quantiles_are_those_of_an_independent_quadrature(horizon: float) -> None:
    left, spread = np.exp(-horizon), np.sqrt(1 - np.exp(-2 * horizon))
    places = left * LINE.atoms[:, 0]

    def moved(x: float) -> float:
        below = float(LINE.weights @ stats.norm.cdf((x - places) / spread))
        above = float(LINE.weights @ stats.norm.sf((x - places) / spread))
        image = stats.norm.ppf(below) if below < 0.5 else stats.norm.isf(above)
        return float(LINE.weights @ stats.norm.pdf((x - places) / spread)) / spread * (x - image) ** 2

    squared, _ = integrate.quad(moved, -6, 8, limit=500, epsabs=1e-13, epsrel=1e-11)
    found = prior_error(LINE, horizon)
    assert found.value == pytest.approx(np.sqrt(squared), rel=1e-8)
    assert found.error < 1e-10


def test_a_short_horizon_approaches_transport_from_the_data() -> None:
    data = solve_normal_transport_cost(LINE.atoms[:, 0], LINE.weights)
    for horizon in (1e-2, 1e-3):
        # p_T and the data are within the distance of the coupling by the same X.
        apart = np.sqrt((1 - np.exp(-horizon)) ** 2 * LINE.second_moment() - np.expm1(-2 * horizon))
        found = prior_error(LINE, horizon)
        assert abs(found.value - np.sqrt(data.value)) <= apart + found.error
    assert found.error < 1e-3


@pytest.mark.parametrize(
    ("law", "order", "moment"),
    [
        (LINE, 1, 0.16),
        (DiscreteMeasure([[-2.0], [2.0]]), 2, 3.0),
        (DiscreteMeasure([[2.0], [-0.5]], [0.2, 0.8]), 3, 1.5),
        (DiscreteMeasure([[1.5, 0], [-1.5, 0], [0, 0.5], [0, -0.5]]), 2, np.hypot(0.125, 0.875)),
    ],
)
def test_a_far_horizon_has_the_leading_term_of_the_first_hermite_moment(
    law: DiscreteMeasure, order: int, moment: float
) -> None:
    squared = compile_expression(hermite.leading_gap_squared(), (hermite.order, hermite.moment))
    expected = float(np.sqrt(np.asarray(squared(order, moment))))
    found = prior_error(law, 5.0)
    assert found.value * np.exp(order * 5.0) == pytest.approx(expected, rel=2e-3)
    assert found.error < 0.02 * found.value


def _sample_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return W_2 between two samples of the same size."""
    costs = spatial.distance.cdist(first, second, "sqeuclidean")
    return float(np.sqrt(costs[optimize.linear_sum_assignment(costs)].mean()))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_bounds_hold_the_distance_of_samples(seed: int) -> None:
    # W_2 of two samples differs from that of the laws by no more than the samples are from their laws; of equally
    # large samples of N(0, I) the distance tells how far that is.
    rng = np.random.default_rng(seed)
    law, horizon, count = DiscreteMeasure(rng.standard_normal((4, 2)) + 0.5), 0.4, 1000
    noised = np.exp(-horizon) * law.atoms[rng.choice(4, count)] + np.sqrt(
        1 - np.exp(-2 * horizon)
    ) * rng.standard_normal((count, 2))
    first, other, third = (rng.standard_normal((count, 2)) for _ in range(3))
    sampled, noise, again = (_sample_distance(a, b) for a, b in ((noised, first), (other, first), (other, third)))
    found = prior_error(law, horizon)
    assert found.low - 2 * noise <= sampled <= found.high + 2 * max(noise, again)
    assert found.error < 0.1 * found.value


def test_bounds_contain_what_is_exact() -> None:
    # A product with an independent N(0, 1) coordinate has the distance of its other factor.
    atoms = LINE.atoms[:, 0]
    flat = GaussianMixture(
        np.stack([atoms, 0 * atoms], axis=1), np.broadcast_to(np.diag([0.04, 1.0]), (3, 2, 2)), LINE.weights
    )
    for horizon in (0.5, 2.0):
        exact = prior_error(LINE, horizon, smoothing=0.2)
        found = prior_error(flat, horizon)
        assert found.low - exact.error <= exact.value <= found.high + exact.error
        assert found.error < 1e-6 * found.value


def test_with_many_components_noise_is_the_coupling(monkeypatch: pytest.MonkeyPatch) -> None:
    by_tail = prior_error(TRIANGLE, 1.0)
    monkeypatch.setattr(prior, "MOST_POINTS", 100)
    by_noise = prior_error(TRIANGLE, 1.0)
    assert "tail map" in by_tail.method
    assert "noise" in by_noise.method
    assert by_noise.low == by_tail.low
    assert by_tail.high < by_noise.high
    shrunk = np.sqrt(1 - np.exp(-2.0))
    exact = np.sqrt(np.exp(-2.0) * TRIANGLE.second_moment() + 2 * (1 - shrunk) ** 2)
    assert by_noise.high == pytest.approx(exact, rel=1e-14)


def test_infinity_is_the_prior() -> None:
    assert (prior_error(TRIANGLE, np.inf).value, prior_error(TRIANGLE, np.inf).error) == (0, 0)


@pytest.mark.parametrize(
    ("horizon", "smoothing", "message"),
    [(0.0, 0.0, "horizon must be positive"), (np.nan, 0.0, "horizon must be positive"), (1.0, -1.0, "smoothing")],
)
def test_malformed_problems_are_refused(horizon: float, smoothing: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prior_error(TRIANGLE, horizon, smoothing=smoothing)
