"""Energies are recovered from exact steps, whatever the order, batches, units or origin; what cannot be is said."""

from dataclasses import dataclass

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm

from lemmata.numerics.jko import BatchedCoupler, EnergyFit, Polynomial, RadialBasis, SymbolicFeatures, fit_energies

RAW = Polynomial(2, centre=0.0)
STRAIGHT = sp.Symbol("x", real=True)


@dataclass(frozen=True)
class QuadraticEnergies:
    """V = x.A x/2 + b.x, U = x.K x/2 and beta, with exact JKO snapshots and the scores of their Gaussian laws.

    `convex` says whether each step is the gradient of a convex function: only that is an optimal map.
    """

    curvature: np.ndarray
    slope: np.ndarray
    interaction: np.ndarray
    diffusivity: float
    tau: float
    snapshots: list[np.ndarray]
    scores: list[np.ndarray]
    convex: bool

    def coefficients(self) -> np.ndarray:
        """The coefficients in monomials, as `fit_energies` orders them."""
        return np.concatenate(
            [self.slope, _monomials(self.curvature), _monomials(self.interaction), [self.diffusivity]]
        )


def _monomials(matrix: np.ndarray) -> np.ndarray:
    rows, columns = np.triu_indices(len(matrix))
    return np.asarray(np.where(rows == columns, 0.5, 1.0) * matrix[rows, columns])


def exact_steps(
    seed: int, dimension: int, *, times: int = 4, tau: float = 0.1, centred: bool = False
) -> QuadraticEnergies:
    """Draw energies, and go back from a last snapshot: x = y + tau grad(first variation)(y) is affine in y."""
    rng = np.random.default_rng(seed)

    def symmetric() -> np.ndarray:
        matrix = rng.uniform(-1, 1, (dimension, dimension))
        return np.asarray((matrix + matrix.T) / 2)

    curvature, interaction, diffusivity = symmetric(), symmetric(), float(rng.uniform(0.1, 1))
    slope = np.zeros(dimension) if centred else rng.uniform(-2, 2, dimension)
    y = rng.normal(size=(12 * dimension, dimension)) @ (np.eye(dimension) + 0.3 * symmetric())
    y += -y.mean(axis=0) if centred else rng.normal(size=dimension)
    snapshots: list[np.ndarray] = []
    scores: list[np.ndarray] = []
    convex = True
    for _ in range(times):
        centre = y.mean(axis=0)
        precision = np.linalg.inv(np.cov(y.T, bias=True).reshape(dimension, dimension))
        score = -(y - centre) @ precision
        snapshots.insert(0, y)
        scores.insert(0, score)
        step = np.eye(dimension) + tau * (curvature + interaction - diffusivity * precision)
        convex = convex and bool(np.linalg.eigvalsh(step).min() > 0.05)
        y = y + tau * (y @ curvature + slope + (y - centre) @ interaction + diffusivity * score)
    return QuadraticEnergies(curvature, slope, interaction, diffusivity, tau, snapshots, scores, convex)


def fit_quadratic(energies: QuadraticEnergies, **changes: object) -> EnergyFit:
    settings = {"potential": RAW, "interaction": RAW, "estimator": "jko", "density_score": energies.scores}
    return fit_energies(energies.snapshots, energies.tau, **(settings | changes))  # type: ignore[arg-type]


@given(st.integers(0, 2**31), st.integers(1, 4))
def test_exact_steps_give_the_energies_back_where_they_can(seed: int, dimension: int) -> None:
    energies = exact_steps(seed, dimension)
    assume(energies.convex)
    fit = fit_quadratic(energies)
    assume(fit.condition_number < 1e5)
    assert fit.loss <= 1e-20
    miss = fit.coefficients - energies.coefficients()
    miss -= fit.null_space.T @ (fit.null_space @ miss)
    np.testing.assert_allclose(miss, 0.0, atol=1e-8)


def test_all_three_energies_are_identified_when_the_mean_moves() -> None:
    # In d = 1 the mean tells V from U and the changing width tells both from beta.
    energies = exact_steps(1, 1)
    fit = fit_quadratic(energies)
    assert len(fit.null_space) == 0
    np.testing.assert_allclose(fit.coefficients, energies.coefficients(), atol=1e-10)
    assert fit.labels == ("V: x1", "V: x1^2", "U: x1^2", "beta")
    x = np.linspace(-2, 2, 9)[:, None]
    np.testing.assert_allclose(fit.potential(x), x[:, 0] * energies.slope + energies.curvature[0] * x[:, 0] ** 2 / 2)
    np.testing.assert_allclose(fit.interaction(x), energies.interaction[0] * x[:, 0] ** 2 / 2, atol=1e-10)


@given(st.integers(0, 2**31), st.integers(1, 3))
def test_a_mean_that_stays_at_zero_hides_what_separates_v_from_u(seed: int, dimension: int) -> None:
    energies = exact_steps(seed, dimension, centred=True)
    assume(energies.convex)
    fit = fit_quadratic(energies)
    pairs = dimension * (dimension + 1) // 2
    assert len(fit.null_space) == pairs
    # Each quadratic can move from V to U.
    exchange = np.concatenate([np.zeros((pairs, dimension)), np.eye(pairs), -np.eye(pairs), np.zeros((pairs, 1))], 1)
    inside = exchange @ fit.null_space.T @ fit.null_space
    np.testing.assert_allclose(inside, exchange, atol=1e-9)


@given(st.integers(0, 2**31), st.floats(1e-3, 1e3))
def test_the_fit_scales_with_time(seed: int, factor: float) -> None:
    energies = exact_steps(seed, 2)
    assume(energies.convex)
    fit = fit_quadratic(energies)
    assume(fit.condition_number < 1e5)
    slower = fit_energies(
        energies.snapshots,
        factor * energies.tau,
        potential=RAW,
        interaction=RAW,
        estimator="jko",
        density_score=energies.scores,
    )
    np.testing.assert_allclose(slower.coefficients * factor, fit.coefficients, atol=1e-9)


@given(st.integers(0, 2**31), st.integers(5, 60))
def test_order_and_batches_do_not_matter(seed: int, batch_size: int) -> None:
    energies = exact_steps(seed, 2)
    assume(energies.convex)
    fit = fit_quadratic(energies)
    assume(fit.condition_number < 1e5)
    order = np.random.default_rng(seed).permutation(len(energies.snapshots[0]))
    batched = fit_quadratic(energies, couplings=BatchedCoupler(batch_size))
    np.testing.assert_allclose(batched.coefficients, fit.coefficients, atol=1e-8)
    for shuffled in (0, 2):
        points, scores = list(energies.snapshots), list(energies.scores)
        points[shuffled], scores[shuffled] = points[shuffled][order], scores[shuffled][order]
        other = fit_energies(
            points, energies.tau, potential=RAW, interaction=RAW, estimator="jko", density_score=scores
        )
        np.testing.assert_allclose(other.coefficients, fit.coefficients, atol=1e-8)


@given(st.integers(0, 2**31))
def test_the_origin_does_not_matter(seed: int) -> None:
    energies = exact_steps(seed, 2)
    assume(energies.convex)
    shift = np.array([7.0, -3.0])
    moved = [points + shift for points in energies.snapshots]
    features = [Polynomial(3), RadialBasis(energies.snapshots[0][:3], 4.0)]
    shifted = [Polynomial(3), RadialBasis(energies.snapshots[0][:3] + shift, 4.0)]
    fits = [
        fit_energies(points, energies.tau, potential=span, density_score=energies.scores)
        for points, span in ((energies.snapshots, features), (moved, shifted))
    ]
    assume(fits[0].condition_number < 1e5)
    x = np.random.default_rng(seed).normal(size=(5, 2))
    values = [fit.potential(points) for fit, points in zip(fits, (x, x + shift), strict=True)]
    np.testing.assert_allclose(values[0] - values[0][0], values[1] - values[1][0], atol=1e-6)


def euler_steps(seed: int, tau: np.ndarray, count: int = 60) -> list[np.ndarray]:
    """Return snapshots of Euler's method on V = x^4/4 + x y + y^2 - x, spaced by tau."""
    x = np.random.default_rng(seed).uniform(-1, 1, (count, 2))
    snapshots = [x]
    for step in tau:
        slope = np.stack([x[:, 0] ** 3 + x[:, 1] - 1, x[:, 0] + 2 * x[:, 1]], axis=1)
        x = x - step * slope
        snapshots.append(x)
    return snapshots


QUARTIC = np.array([-1.0, 0, 0, 1, 1, 0, 0, 0, 0, 0.25, 0, 0, 0, 0])


def test_many_snapshots_at_uneven_times_stay_in_order() -> None:
    tau = np.linspace(0.01, 0.06, 12)
    fit = fit_energies(
        euler_steps(0, tau), tau, potential=Polynomial(4, centre=0.0), internal=False, estimator="explicit"
    )
    np.testing.assert_allclose(fit.coefficients, QUARTIC, atol=1e-8)


@pytest.mark.parametrize("batch_size", [15, 30, 60])
def test_the_number_of_batches_does_not_scale_the_potential(batch_size: int) -> None:
    fit = fit_energies(
        euler_steps(1, np.full(4, 0.05)),
        0.05,
        potential=Polynomial(4, centre=0.0),
        internal=False,
        estimator="explicit",
        couplings=BatchedCoupler(batch_size),
    )
    np.testing.assert_allclose(fit.coefficients, QUARTIC, atol=1e-9)


def test_single_precision_data_are_computed_with_in_double() -> None:
    snapshots = euler_steps(2, np.full(4, 0.05))
    rounded = [points.astype(np.float32) for points in snapshots]
    settings = {"potential": Polynomial(4, centre=0.0), "internal": False, "estimator": "explicit"}
    fit = fit_energies(rounded, 0.05, **settings)  # type: ignore[arg-type]
    same = fit_energies([points.astype(np.float64) for points in rounded], 0.05, **settings)  # type: ignore[arg-type]
    np.testing.assert_array_equal(fit.coefficients, same.coefficients)
    # The data carry 2^-24 relative, which division by tau and the condition number enlarge: not more than that.
    np.testing.assert_allclose(fit.coefficients, QUARTIC, atol=2**-24 / 0.05 * 10 * fit.condition_number)


def test_interactions_are_with_particles_of_the_same_time_and_all_of_them() -> None:
    # U = z^4/4: the pull depends on the whole cloud, and clouds contract from one time to the next.
    rng, tau = np.random.default_rng(3), 0.01
    cubic = rng.normal(size=(80, 1))
    snapshots = [1.2 * cubic]
    for _ in range(3):
        x = snapshots[-1]
        pull = ((x - x.T) ** 3).mean(axis=1, keepdims=True)
        snapshots.append(x - tau * (pull + 0.5))
    z = sp.Symbol("z", real=True)
    for interaction in (Polynomial(4), SymbolicFeatures([z**2, z**4], [z])):
        fit = fit_energies(
            snapshots,
            tau,
            potential=Polynomial(1, centre=0.0),
            interaction=interaction,
            internal=False,
            estimator="explicit",
        )
        np.testing.assert_allclose(fit.coefficients, [0.5, 0.0, 0.25], atol=1e-9)
        moved = fit.predict(snapshots[0])[0]
        np.testing.assert_allclose(moved, snapshots[1], atol=1e-9)


def test_a_cloud_that_contracts_has_a_negative_diffusivity_and_no_forecast() -> None:
    energies = exact_steps(5, 1, times=4)
    backward = fit_energies(
        energies.snapshots[::-1], energies.tau, potential=None, density_score=energies.scores[::-1], seed=1
    )
    widths = [float(points.std()) for points in energies.snapshots]
    assert backward.diffusivity is not None
    assert np.sign(backward.diffusivity.value) == np.sign(widths[0] - widths[-1])


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        ("jko", lambda rate, tau: np.expm1(rate * tau) / tau),
        ("explicit", lambda rate, tau: -np.expm1(-rate * tau) / tau),
        ("trapezoid", lambda rate, tau: 2 / tau * np.tanh(rate * tau / 2)),
    ],
)
@pytest.mark.parametrize("tau", [0.4, 0.1])
def test_estimators_see_a_contraction_at_their_order(estimator: str, expected: object, tau: float) -> None:
    # x(t) = e^(-l t) x(0): l + l^2 tau/2 for the implicit one, l - l^2 tau/2 and l - l^3 tau^2/12 for the others.
    rate, x = 1.3, np.random.default_rng(6).normal(size=(30, 2))
    snapshots = [x * np.exp(-rate * tau * k) for k in range(3)]
    fit = fit_energies(
        snapshots,
        tau,
        potential=Polynomial(2, centre=0.0, separable=True),
        internal=False,
        estimator=estimator,  # type: ignore[arg-type]
    )
    np.testing.assert_allclose(2 * fit.coefficients[2:], expected(rate, tau), rtol=1e-10)  # type: ignore[operator]


def test_an_ornstein_uhlenbeck_process_is_within_its_standard_errors() -> None:
    rate, diffusivity, tau, runs = 1.0, 0.5, 0.1, 12
    decay = np.exp(-rate * tau)
    scores = np.empty((runs, 2))
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        x, variance = 2 * rng.normal(size=(320, 1)), 4.0
        snapshots, known = [x], [-x / variance]
        for _ in range(4):
            noise = diffusivity / rate * (1 - decay**2)
            x = decay * x + np.sqrt(noise) * rng.normal(size=x.shape)
            variance = decay**2 * variance + noise
            snapshots.append(x)
            known.append(-x / variance)
        fit = fit_energies(snapshots, tau, potential=Polynomial(2, centre=0.0), density_score=known, seed=seed)
        truth = np.array([0.0, rate / 2, diffusivity])
        scores[seed] = ((fit.coefficients - truth) / fit.standard_errors)[1:]
        assert fit.diffusivity is not None
        assert fit.diffusivity.contains(diffusivity)
    # The mean square of 12 terms of Student's t with 15 degrees of freedom has mean 1.15 and standard deviation 0.55.
    assert ((scores**2).mean(axis=0) > 0.2).all()
    assert ((scores**2).mean(axis=0) < 3.4).all()


def test_predictions_are_judged_against_standing_still_and_noise() -> None:
    rng, tau = np.random.default_rng(7), 0.1
    x = rng.normal(size=(200, 2)) + 3
    snapshots = [x, x * np.exp(-tau), x * np.exp(-2 * tau)]
    fit = fit_energies(snapshots[:2], tau, potential=Polynomial(2, centre=0.0), internal=False)
    judged = fit.evaluate(snapshots)
    # Heun's error in a fourth of tau, and the trapezoid's.
    assert judged.predicted.max() < 1e-2 * judged.unmoved.min()
    np.testing.assert_array_equal(judged.noise_floor, 0.0)
    shift = np.linalg.norm(x - snapshots[1], axis=1).mean()
    assert judged.unmoved[0] <= shift * (1 + 1e-12)
    assert fit.predict(x, 3).shape == (3, 200, 2)
    uneven = fit_energies(snapshots, [tau, tau / 2], potential=Polynomial(1), internal=False)
    with pytest.raises(ValueError, match="several spacings"):
        uneven.predict(x)


def test_snapshots_of_unequal_size_and_weight_are_one_evolution() -> None:
    rng, rate, tau = np.random.default_rng(8), 0.8, 0.05
    x = rng.normal(size=(70, 2)) + 1
    weights = rng.dirichlet(np.full(70, 5.0))
    # The same law in more particles: every second one is split in two.
    doubled = np.concatenate([x, x[::2]]) * np.exp(-rate * tau)
    halved = np.concatenate([np.where(np.arange(70) % 2 == 0, weights / 2, weights), weights[::2] / 2])
    fit = fit_energies(
        [x, doubled],
        tau,
        potential=Polynomial(2, centre=0.0, separable=True),
        internal=False,
        weights=[weights, halved],
    )
    np.testing.assert_allclose(fit.coefficients[2:], np.tanh(rate * tau / 2) / tau, rtol=1e-9)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"snapshots": [np.zeros((3, 2))]}, "at least two snapshots"),
        ({"snapshots": [np.zeros((3, 2)), np.zeros((3, 1))]}, r"dimensions \[1, 2\]"),
        ({"snapshots": [np.zeros((3, 2)), np.full((3, 2), np.nan)]}, "snapshot 1"),
        ({"tau": -0.1}, "positive"),
        ({"tau": [0.1, 0.2]}, "one for each interval"),
        ({"weights": [np.full(20, 0.05)]}, "not 1 times"),
        ({"potential": None}, "nothing is sought"),
        ({"potential": []}, "at least one lot"),
        ({"internal": True, "density_score": [np.zeros((2, 2))] * 2}, "shape"),
        ({"ridge": -1.0}, "not be negative"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, object], message: str) -> None:
    settings: dict[str, object] = {
        "snapshots": np.random.default_rng(9).normal(size=(2, 20, 2)),
        "tau": 0.1,
        "potential": Polynomial(2),
        "internal": False,
    }
    with pytest.raises(ValueError, match=message):
        fit_energies(**(settings | changes))  # type: ignore[arg-type]


def test_steps_of_the_euler_maruyama_method_take_the_score_where_their_noise_ends() -> None:
    # Gaussian laws by their quantiles: nothing is sampled, and `theory.jko.euler_maruyama` must come out.
    rate, diffusivity, tau = 3.0, 0.5, 0.1
    levels = norm.ppf((np.arange(50) + 0.5) / 50)[:, None]
    levels /= levels.std()
    moved = (1 - rate * tau) * np.array([2.0, 0.0])
    scales = np.array([2.0, np.sqrt(moved[0] ** 2 + 2 * diffusivity * tau)])
    means = np.array([1.0, 1 - rate * tau])
    snapshots = [mean + scale * levels for mean, scale in zip(means, scales, strict=True)]
    scores = [-levels / scale for scale in scales]
    for estimator, scale in (("explicit", scales[0]), ("euler-maruyama", scales[1])):
        fit = fit_energies(
            snapshots,
            tau,
            potential=SymbolicFeatures([STRAIGHT**2], [STRAIGHT]),
            estimator=estimator,  # type: ignore[arg-type]
            density_score=scores,
        )
        expected = 2 * diffusivity * scale / (scales[1] + moved[0])
        np.testing.assert_allclose(fit.coefficients, [rate / 2, expected], rtol=1e-9)
        assert fit.diffusivity is not None
        # The mean moves by the drift of one step, noise aside.
        assert fit.predict(snapshots[0]).mean() == pytest.approx(means[1], abs=5 * scales[1] / np.sqrt(50))


def test_where_the_noise_begins_is_found_by_a_first_fit() -> None:
    # Laws as in the test above, their scores by a function: the mean of the scores at z and y must come out.
    rate, diffusivity, tau = 3.0, 0.5, 0.1
    levels = norm.ppf((np.arange(50) + 0.5) / 50)[:, None]
    levels /= levels.std()
    first = 1 + 0.3 * levels
    moved = (1 - rate * tau) * first
    last = moved.mean() + np.sqrt(0.09 * (1 - rate * tau) ** 2 + 2 * diffusivity * tau) * levels
    fit = fit_energies(
        [first, last],
        tau,
        potential=SymbolicFeatures([STRAIGHT**2], [STRAIGHT]),
        estimator="euler-maruyama",
        density_score=lambda x, _: -(x - x.mean()) / x.var(),
    )
    narrow, wide = moved.std(), last.std()
    expected = 4 * diffusivity * wide * narrow / (wide + narrow) ** 2
    assert 2 * diffusivity * wide / (wide + narrow) > 1.2 * diffusivity
    np.testing.assert_allclose(fit.coefficients, [rate / 2, expected], rtol=1e-9)
