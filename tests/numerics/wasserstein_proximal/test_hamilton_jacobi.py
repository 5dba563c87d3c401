"""The method of lines is of second order in potential and score, states its error, and says when it fails."""

from typing import Any

import diffrax
import numpy as np
import pytest

from lemmata.numerics.solve import NON_STIFF, STIFF, SolveFailed
from lemmata.numerics.wasserstein_proximal import (
    GaussianMixture,
    Grid,
    HamiltonJacobiSolution,
    PotentialEstimate,
    cole_hopf_potential,
    estimate_potential,
    solve_hjb,
)

from .laws import GAMES, THREE, log_mixture


def solve_with_reference(
    mixture: GaussianMixture, grid: Grid, sigma: float, cost: str
) -> tuple[HamiltonJacobiSolution, PotentialEstimate]:
    """Return the solution at t = 0 for T = 1 and the Cole-Hopf potential there."""
    scale = 1.0 if cost == "cross_entropy" else sigma**2
    solution = solve_hjb(
        lambda x: scale * log_mixture(mixture, x), sigma=sigma, horizon=1.0, grid=grid, times=[0.0, 0.5, 1.0]
    )
    exact = estimate_potential(mixture, 0.0, grid.points, horizon=1.0, sigma=sigma, terminal_cost=cost)
    return solution, exact


def errors(solution: HamiltonJacobiSolution, exact: PotentialEstimate) -> tuple[float, float]:
    """Return the largest errors of potential and gradient at t = 0, which must be within those stated."""
    apart = np.abs(solution.potential[0].ravel() - exact.potential)
    tilted = np.abs(solution.gradient[0].reshape(exact.gradient.shape) - exact.gradient)
    assert (apart <= solution.potential_error[0].ravel() + exact.potential_error).all()
    assert (tilted <= solution.gradient_error[0].reshape(exact.gradient.shape) + exact.gradient_error).all()
    return float(apart.max()), float(tilted.max())


@pytest.mark.parametrize(("sigma", "cost"), GAMES)
def test_the_order_on_the_line_is_two(sigma: float, cost: str) -> None:
    found = []
    for cells in (224, 448):
        solution, exact = solve_with_reference(THREE, Grid((-8.0,), (8.0,), (cells,)), sigma, cost)
        found.append(errors(solution, exact))
    orders = np.log2(np.divide(found[0], found[1]))
    assert orders[0] == pytest.approx(2, abs=0.05)
    assert orders[1] == pytest.approx(2, abs=0.1)
    # The stated error is of the size of the true one, not a bound that anything would meet.
    assert solution.potential_error[0].max() < 3 * found[1][0]


def test_the_order_in_the_plane_is_two() -> None:
    means, covariances = [[-1.2, 0.5], [1.0, -0.6]], [[[0.6, 0.2], [0.2, 0.5]], [[0.5, -0.1], [-0.1, 0.8]]]
    mixture = GaussianMixture(means, covariances, [0.4, 0.6])
    found = []
    for cells in (96, 192):
        grid = Grid((-6.0, -5.0), (6.0, 5.0), (cells, cells))
        solution, exact = solve_with_reference(mixture, grid, 0.6, "scaled_cross_entropy")
        largest, _ = errors(solution, exact)
        # Where components meet at the ends of the box the gradient is continued from one side, and reaches its order
        # on finer grids than inside.
        inside = (np.abs(grid.points) < 4).all(axis=1)
        tilted = np.abs(solution.gradient[0].reshape(-1, 2) - exact.gradient)[inside].max()
        found.append((largest, float(tilted)))
    assert np.log2(np.divide(found[0], found[1])) == pytest.approx(2, abs=0.1)


def test_a_noising_drift_needs_its_divergence_as_running_cost() -> None:
    # f = -x/2 noises; reversed, b = -f and q = sigma^2 div f, and eta is the density of the noised law.
    sigma, mean, variance = 0.6, 0.7, 0.3
    grid = Grid((-8.0,), (8.0,), (224,))
    kept = np.exp(-1.0)
    spread = kept * variance + sigma**2 * (1 - kept)
    x = grid.axes[0]
    exact = sigma**2 * (-((x - np.sqrt(kept) * mean) ** 2) / (2 * spread) - np.log(2 * np.pi * spread) / 2)
    law = GaussianMixture([[mean]], [[[variance]]])
    arguments: dict[str, Any] = {"sigma": sigma, "horizon": 1.0, "grid": grid, "drift": lambda x: x / 2}
    solution = solve_hjb(
        lambda x: sigma**2 * log_mixture(law, x), running_cost=lambda x: np.full(len(x), -(sigma**2) / 2), **arguments
    )
    assert (np.abs(solution.potential[0] - exact) <= solution.potential_error[0]).all()
    free = solve_hjb(lambda x: sigma**2 * log_mixture(law, x), **arguments)
    assert np.abs(free.potential[0] - exact + sigma**2 / 2).max() <= free.potential_error[0].max()


def test_the_terminal_value_is_kept_and_times_increase() -> None:
    grid = Grid((-8.0,), (8.0,), (224,))
    solution = solve_hjb(lambda x: log_mixture(THREE, x), sigma=0.6, horizon=0.5, grid=grid)
    assert (np.diff(solution.times) > 0).all()
    assert solution.times[0] == 0
    assert np.abs(solution.potential[-1] - log_mixture(THREE, grid.points)).max() == 0
    later = cole_hopf_potential(THREE, float(solution.times[10]), grid.points, horizon=0.5, sigma=0.6)
    assert (np.abs(solution.potential[10] - later) <= solution.potential_error[10]).all()


@pytest.mark.parametrize("solver", [NON_STIFF, STIFF])
def test_quadratics_are_solved_to_the_error_of_time_alone(solver: diffrax.AbstractSolver) -> None:
    # Differences of quadratics are exact, at the ends as well: phi = -a x^2/2 + c with a = 1/(1 + T - t).
    grid = Grid((-2.0,), (2.0,), (16,))
    found = solve_hjb(lambda x: -(x[:, 0] ** 2) / 2, sigma=0.6, horizon=1.0, grid=grid, times=[0.0], solver=solver)
    exact = -(grid.axes[0] ** 2) / 4 - 0.18 * np.log(2)
    assert (np.abs(found.potential[0] - exact) <= found.potential_error[0]).all()
    assert found.potential_error.max() < 1e-6


def test_a_potential_that_escapes_to_infinity_is_reported() -> None:
    # a' = 2 a^2 backwards in time for phi = a x^2: from a = 1 it is infinite after 1/2.
    with pytest.raises(SolveFailed):
        solve_hjb(lambda x: x[:, 0] ** 2, sigma=1.0, horizon=1.0, grid=Grid((-2.0,), (2.0,), (16,)))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sigma": -1.0}, "positive and finite"),
        ({"horizon": 0.0}, "positive and finite"),
        ({"times": [0.5, 0.2]}, "times must increase"),
        ({"times": [0.0, 2.0]}, "times must increase"),
        ({"terminal": lambda x: x}, "finite number for each"),
        ({"drift": lambda x: x[:, 0]}, "finite vector for each"),
        ({"running_cost": lambda x: np.full(len(x), np.nan)}, "finite number for each"),
    ],
)
def test_malformed_problems_are_refused(changed: dict[str, Any], message: str) -> None:
    problem: dict[str, Any] = {"terminal": lambda x: -(x[:, 0] ** 2), "sigma": 1.0, "horizon": 1.0}
    with pytest.raises(ValueError, match=message):
        solve_hjb(grid=Grid((-2.0,), (2.0,), (16,)), **(problem | changed))


@pytest.mark.parametrize(
    ("lower", "upper", "cells"),
    [((0.0,), (1.0,), (7,)), ((0.0,), (1.0,), (4,)), ((1.0,), (0.0,), (8,)), ((0.0,), (np.inf,), (8,)), ((), (), ())],
)
def test_malformed_grids_are_refused(
    lower: tuple[float, ...], upper: tuple[float, ...], cells: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"cells|finite|entry"):
        Grid(lower, upper, cells)
