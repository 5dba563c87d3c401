"""The kinetic-optimal path: closed forms met, ends reached, constant speed, nothing cheaper, errors that cover."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from lemmata.numerics.kinetic_optimal import (
    CondOT,
    KineticOptimalPath,
    Separation,
    VPCosine,
    angular_grid,
    check_admissible,
    information_rate,
    kinetic_optimal_path,
    path_energy,
    separation,
    separation_integral,
    separation_low_rank_gaussian,
    separation_product,
    separation_two_point,
)
from lemmata.numerics.kinetic_optimal.energy import compiled_energy_density
from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture
from lemmata.numerics.precision import float64

GRID = angular_grid(16)
TWO_POINTS = DiscreteMeasure([[-1.0], [1.0]])
MIXTURE = GaussianMixture([[-1.0], [2.0]], [[[0.3]], [[0.1]]], [0.6, 0.4]).normalised()
FORMULAS = {
    "low rank": separation_low_rank_gaussian(0.25, GRID),
    "two points": separation_two_point(GRID),
    "mixture": separation_product([MIXTURE], GRID),
}


@pytest.fixture(scope="module", params=FORMULAS)
def formula(request: pytest.FixtureRequest) -> Separation:
    return FORMULAS[request.param]


@pytest.fixture(scope="module")
def sampled() -> Separation:
    """Return an estimate for the two points, with the exact one known."""
    return separation(TWO_POINTS, angular_grid(24), key=jax.random.key(8), num_queries=100_000)


@pytest.mark.parametrize("fraction", [0.05, 0.25, 0.9])
@pytest.mark.parametrize("given", ["lambda", "v"])
def test_low_rank_gaussian(fraction: float, given: str) -> None:
    data = (
        separation_low_rank_gaussian(fraction, GRID)
        if given == "v"
        else Separation.from_function(lambda s: s**2 / (fraction + s**2), GRID)
    )
    path = kinetic_optimal_path(data)
    wanted = 2 - 2 * np.sqrt(fraction)
    assert abs(path.energy - wanted) < min(1e-9, path.energy_error)
    assert path.energy_error < 1e-9
    slope = np.sqrt(1 - fraction)
    np.testing.assert_allclose(path.theta_max, np.arcsin(slope), atol=1e-9)
    np.testing.assert_allclose(path.Theta, np.arcsin(slope) - np.arcsin(slope * np.cos(path.theta)), atol=1e-8)
    for schedule, energy in (
        (CondOT(), 2 - np.pi / 2 * np.sqrt(fraction)),
        (VPCosine(), np.pi**2 / 4 * (1 - np.sqrt(fraction))),
    ):
        found = path_energy(schedule, data)
        assert abs(found.value - energy) < min(1e-9, found.error)
    s = 1.7
    information = fraction / 2 * np.log(1 + s**2 / fraction)
    assert information_rate(data, s).contains(information)
    assert information_rate(data, s).error < 1e-9


def test_path_leads_from_noise_to_data_at_constant_speed(formula: Separation) -> None:
    path = kinetic_optimal_path(formula)
    check_admissible(path)
    assert path.unique
    assert (path.t[0], path.theta[0], path.Theta[0]) == (0, 0, 0)
    np.testing.assert_allclose([path.r[0], path.r[-1], path.t[-1]], 1, rtol=1e-14)
    assert (np.diff(path.t) >= 0).all()
    with float64():
        t = jnp.linspace(0.05, 0.95, 19)
        alpha, alpha_dot = jax.jvp(path.alpha, (t,), (jnp.ones_like(t),))
        sigma, sigma_dot = jax.jvp(path.sigma, (t,), (jnp.ones_like(t),))
        assert formula.error_function is not None
        v = jnp.asarray(formula.error_function(np.asarray(alpha / sigma)))
        density = compiled_energy_density()(alpha, sigma, alpha_dot, sigma_dot, v)
    # h is interpolated by cubics on at least 1024 intervals of length 1.5e-3: its own error is about 1e-9 and less.
    np.testing.assert_allclose(density, path.energy, rtol=1e-7)


def test_schedule_and_table_are_the_same_path(formula: Separation) -> None:
    path = kinetic_optimal_path(formula, num_points=401)
    inside = slice(20, -1)
    with float64():
        t = jnp.asarray(path.t[inside])
        np.testing.assert_allclose(path.alpha(t), (path.r * np.sin(path.theta))[inside], atol=1e-9)
        np.testing.assert_allclose(path.sigma(t), (path.r * np.cos(path.theta))[inside], atol=1e-9)


def test_quadrature_of_the_optimal_path_gives_its_energy(formula: Separation) -> None:
    path = kinetic_optimal_path(formula)
    found = path_energy(path, formula)
    assert abs(found.value - path.energy) < found.error + path.energy_error
    assert found.error < 1e-6


@dataclass(frozen=True)
class Powers:
    """alpha = t^a, sigma = (1 - t)^b."""

    a: float
    b: float

    def alpha(self, t: Any) -> Any:
        return t**self.a

    def sigma(self, t: Any) -> Any:
        return (1 - t) ** self.b


def test_named_and_other_paths_are_no_cheaper(formula: Separation) -> None:
    path = kinetic_optimal_path(formula)
    J = separation_integral(formula)
    cond_ot, cosine = path_energy(CondOT(), formula), path_energy(VPCosine(), formula)
    assert abs(cond_ot.value - (2 - J.value)) < cond_ot.error + J.error
    assert abs(cosine.value - (np.pi**2 / 4 - np.pi / 2 * J.value)) < cosine.error + 2 * J.error
    others = [path_energy(Powers(a, b), formula) for a, b in ((2.0, 1.0), (1.5, 1.5), (1.0, 2.0))]
    for other in (cond_ot, cosine, *others):
        assert other.value - path.energy > other.error + path.energy_error
    # The best path of constant radius lies in between.
    assert path.energy < path.theta_max**2 < cosine.value


def test_an_unnamed_schedule_against_adaptive_quadrature() -> None:
    data, schedule = FORMULAS["low rank"], Powers(2.0, 1.5)

    def density(t: float) -> float:
        alpha, sigma, alpha_dot, sigma_dot = t**2, (1 - t) ** 1.5, 2 * t, -1.5 * (1 - t) ** 0.5
        v = 0.25 / (0.25 + (alpha / sigma) ** 2)
        return alpha_dot**2 + sigma_dot**2 - v * (alpha_dot - alpha * sigma_dot / sigma) ** 2

    wanted, error = quad(density, 0, 1, epsabs=1e-12, epsrel=1e-12, limit=200)
    found = path_energy(schedule, data)
    assert abs(found.value - wanted) < found.error + error


def test_gaussian_data_have_many_optimal_paths() -> None:
    data = separation_low_rank_gaussian(1.0, GRID)
    path = kinetic_optimal_path(data)
    assert not path.unique
    assert path.energy == 0
    assert path.energy_error < 1e-9
    for schedule in (path, VPCosine()):
        assert path_energy(schedule, data).contains(0)
    assert path_energy(CondOT(), data).value > 0.1


def test_sampled_path_covers_the_exact_one(sampled: Separation) -> None:
    exact = kinetic_optimal_path(FORMULAS["two points"])
    path = kinetic_optimal_path(sampled)
    assert abs(path.energy - exact.energy) < path.energy_error
    parts = path.energy_estimate.parts
    assert set(parts) == {"interpolation", "monte_carlo", "tail"}
    # What the errors claim is not idle: each part is there, and together they are a few per cent of the energy.
    assert parts["interpolation"] > 0
    assert parts["monte_carlo"] > 1e-4
    assert path.energy_error < 0.15 * exact.energy
    for schedule in (CondOT(), VPCosine()):
        one, other = path_energy(schedule, sampled), path_energy(schedule, FORMULAS["two points"])
        assert abs(one.value - other.value) < one.error + other.error


def test_check_sum_is_the_entropy(sampled: Separation) -> None:
    found = information_rate(sampled)
    assert found.contains(np.log(2))
    assert found.error < 0.2
    exact = information_rate(FORMULAS["two points"])
    assert exact.contains(np.log(2))
    assert exact.error < 1e-9


def test_a_short_grid_says_what_it_leaves_out() -> None:
    # The last s is 0.9, where v = 0.5: what follows is not sampled and must appear as the error of the tail.
    short = separation(TWO_POINTS, np.linspace(0.1, 0.9, 9), key=jax.random.key(1), num_queries=4096)
    path, exact = kinetic_optimal_path(short), kinetic_optimal_path(FORMULAS["two points"])
    assert path.energy_estimate.parts["tail"] > 0.1
    assert abs(path.energy - exact.energy) < path.energy_error
    information = information_rate(short)
    assert information.contains(np.log(2))
    assert information.parts["tail"] > np.log(2) - information.value > 0.3


@dataclass(frozen=True)
class LinearBeta:
    """The variance-preserving schedule with beta from 0.1 to 20, backwards in time: alpha(0) = exp(-5.025)."""

    def alpha(self, t: Any) -> Any:
        remaining = 1 - t
        return jnp.exp(-0.25 * remaining**2 * 19.9 - 0.05 * remaining)

    def sigma(self, t: Any) -> Any:
        return jnp.sqrt(1 - self.alpha(t) ** 2)


def test_inadmissible_schedules_are_refused() -> None:
    with pytest.raises(ValueError, match=r"not admissible: alpha\(0\) = 0\.0065\d+, not 0"):
        path_energy(LinearBeta(), FORMULAS["two points"])
    with pytest.raises(ValueError, match=r"not admissible: alpha\(0\) = nan"):
        path_energy(Powers(float("nan"), 1.0), FORMULAS["two points"])


def test_bad_requests_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two points"):
        kinetic_optimal_path(FORMULAS["two points"], num_points=1)
    with pytest.raises(ValueError, match="s must be positive"):
        information_rate(FORMULAS["two points"], 0.0)


def test_the_path_is_its_own_kind_of_schedule() -> None:
    path = kinetic_optimal_path(FORMULAS["low rank"])
    assert isinstance(path, KineticOptimalPath)
    # Low-rank data with k = 1/4: the straight line from (1, 0) at the angle 60 degrees is at (3/4, sqrt(3)/4) half way.
    with float64():
        r, theta = (float(part) for part in path._polar(jnp.asarray(0.5)))
    np.testing.assert_allclose(r, np.sqrt(3) / 2, rtol=1e-9)
    slope = np.sqrt(0.75)
    flat = np.pi / 6
    np.testing.assert_allclose(np.cos(theta), np.sin(np.arcsin(slope) - flat) / slope, atol=1e-8)
