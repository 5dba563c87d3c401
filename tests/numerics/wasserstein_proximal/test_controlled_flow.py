"""The controlled flow keeps mass and signs, and lands on the normalised eta_T with second order, whichever the cost."""

from typing import Any

import numpy as np
import pytest

from lemmata.numerics.wasserstein_proximal import (
    ColeHopf,
    GaussianMixture,
    Grid,
    GridLaw,
    solve_controlled_fokker_planck,
    solve_hjb,
)

from .laws import GAMES, THREE, log_mixture, normalised_eta


def on_line(cells: int) -> Grid:
    return Grid((-10.0,), (10.0,), (cells,))


@pytest.mark.parametrize(("sigma", "cost"), GAMES)
def test_the_flow_of_the_solved_potential_lands_with_second_order(sigma: float, cost: str) -> None:
    scale = 1.0 if cost == "cross_entropy" else sigma**2
    apart = []
    for cells in (128, 256):
        grid = on_line(cells)
        potential = solve_hjb(lambda x: scale * log_mixture(THREE, x), sigma=sigma, horizon=1.0, grid=grid)
        start, end = (normalised_eta(THREE, t, grid, sigma, cost) for t in (0.0, 1.0))
        flow = solve_controlled_fokker_planck(start, potential, sigma=sigma, horizon=1.0)
        assert flow.mass_drift < 1e-12
        assert flow.masses.min() >= 0
        assert (np.abs(flow.final.masses - end.masses) <= flow.error[-1] + 1e-12).all()
        apart.append(flow.final.total_variation(end))
        assert flow.error[-1].sum() < 20 * apart[-1]
    assert np.log2(apart[0] / apart[1]) == pytest.approx(2, abs=0.1)


def test_the_unscaled_cost_does_not_land_on_the_data() -> None:
    grid = on_line(128)
    game = ColeHopf(THREE, horizon=1.0, sigma=0.6, spacing=0.5)
    flow = solve_controlled_fokker_planck(
        normalised_eta(THREE, 0.0, grid, 0.6, "cross_entropy"), game, sigma=0.6, horizon=1.0
    )
    data = GridLaw.of_density(grid, lambda x: np.exp(log_mixture(THREE, x)))
    powers = normalised_eta(THREE, 1.0, grid, 0.6, "cross_entropy")
    assert flow.final.total_variation(powers) <= flow.error[-1].sum()
    assert flow.final.total_variation(data) > 10 * flow.error[-1].sum()


def test_closed_form_and_solved_potential_move_a_law_alike() -> None:
    grid, times = on_line(128), [0.0, 0.3, 1.0]
    start = GridLaw.of_density(grid, lambda x: np.exp(-((x[:, 0] - 1) ** 2) / 0.5) / np.sqrt(0.5 * np.pi))
    game = ColeHopf(THREE, horizon=1.0, sigma=0.6, terminal_cost="scaled_cross_entropy")
    solved = solve_hjb(lambda x: 0.36 * log_mixture(THREE, x), sigma=0.6, horizon=1.0, grid=grid)
    first, second = (
        solve_controlled_fokker_planck(start, potential, sigma=0.6, horizon=1.0, times=times)
        for potential in (game, solved)
    )
    assert (np.abs(first.masses - second.masses) <= first.error + second.error + 1e-15).all()
    assert np.abs(first.masses[0] - start.masses).max() == 0
    assert first.edge_mass < 1e-12


def test_a_reversed_noising_process_lands_on_the_data() -> None:
    sigma = 0.8
    law = GaussianMixture([[-1.0], [1.2]], [[[0.3]], [[0.5]]], [0.4, 0.6])
    kept = np.exp(-1.0)
    noised = GaussianMixture(
        np.sqrt(kept) * law.means, kept * law.covariances + sigma**2 * (1 - kept) * np.eye(1), law.weights
    )
    grid = on_line(256)

    def drift(x: Any) -> Any:
        return x / 2

    potential = solve_hjb(
        lambda x: sigma**2 * log_mixture(law, x),
        sigma=sigma,
        horizon=1.0,
        grid=grid,
        drift=drift,
        running_cost=lambda x: np.full(len(x), -(sigma**2) / 2),
    )
    start = GridLaw.of_density(grid, lambda x: np.exp(log_mixture(noised, x)))
    end = GridLaw.of_density(grid, lambda x: np.exp(log_mixture(law, x)))
    flow = solve_controlled_fokker_planck(start, potential, sigma=sigma, horizon=1.0, drift=drift)
    assert (np.abs(flow.final.masses - end.masses) <= flow.error[-1] + 1e-12).all()
    assert flow.final.total_variation(end) < 2e-3


def test_the_flow_in_the_plane_lands_within_its_error() -> None:
    means, covariances = [[-1.2, 0.5], [1.0, -0.6]], [[[0.6, 0.2], [0.2, 0.5]], [[0.5, -0.1], [-0.1, 0.8]]]
    mixture = GaussianMixture(means, covariances, [0.4, 0.6])
    grid = Grid((-6.0, -6.0), (6.0, 6.0), (48, 64))
    potential = solve_hjb(lambda x: 0.36 * log_mixture(mixture, x), sigma=0.6, horizon=1.0, grid=grid)
    start, end = (normalised_eta(mixture, t, grid, 0.6, "scaled_cross_entropy") for t in (0.0, 1.0))
    flow = solve_controlled_fokker_planck(start, potential, sigma=0.6, horizon=1.0)
    assert flow.mass_drift < 1e-12
    assert flow.masses.min() >= 0
    # Where the law is thin the coarser grid is too coarse to be of its order: cell by cell for nearly all of the mass.
    within = np.abs(flow.final.masses - end.masses) <= flow.error[-1] + 1e-12
    assert end.masses[within].sum() > 0.999
    assert flow.final.total_variation(end) <= flow.error[-1].sum() < 0.1


GRID = on_line(16)
FLAT = GridLaw(GRID, np.full(16, 1 / 16))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sigma": 0.0}, "positive and finite"),
        ({"sigma": 0.7}, "is one of sigma = 0.6"),
        ({"horizon": 2.0}, "T = 1"),
        ({"times": [0.5, 0.5]}, "times must increase"),
        ({"initial": GridLaw(Grid((0.0, 0.0), (1.0, 1.0), (16, 16)), np.full((16, 16), 1 / 256))}, "not one of d = 2"),
    ],
)
def test_malformed_flows_are_refused(changed: dict[str, Any], message: str) -> None:
    game = ColeHopf(THREE, horizon=1.0, sigma=0.6, terminal_cost="scaled_cross_entropy")
    problem: dict[str, Any] = {"initial": FLAT, "potential": game, "sigma": 0.6, "horizon": 1.0}
    with pytest.raises(ValueError, match=message):
        solve_controlled_fokker_planck(**(problem | changed))


def test_a_potential_of_another_grid_or_too_short_is_refused() -> None:
    arguments: dict[str, Any] = {"sigma": 1.0, "horizon": 1.0}
    bowl = solve_hjb(lambda x: -(x[:, 0] ** 2), grid=GRID, **arguments)
    with pytest.raises(ValueError, match="different grids"):
        solve_controlled_fokker_planck(GridLaw(on_line(32), np.full(32, 1 / 32)), bowl, **arguments)
    late = solve_hjb(lambda x: -(x[:, 0] ** 2), grid=GRID, times=[0.5, 1.0], **arguments)
    with pytest.raises(ValueError, match="needed from 0"):
        solve_controlled_fokker_planck(FLAT, late, **arguments)


@pytest.mark.parametrize(
    ("masses", "message"),
    [
        (np.full(8, 1 / 8), "one mass for each"),
        (np.full(16, 1 / 8), "sum to 1"),
        (np.r_[-0.5, 1.5, np.zeros(14)], "not be negative"),
    ],
)
def test_malformed_laws_are_refused(masses: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GridLaw(GRID, masses)


def test_densities_off_the_box_and_laws_on_other_grids_are_refused() -> None:
    with pytest.raises(ValueError, match="integrate to 1"):
        GridLaw.of_density(GRID, lambda x: np.exp(-((x[:, 0] - 9) ** 2) / 2) / np.sqrt(2 * np.pi))
    with pytest.raises(ValueError, match="different grids"):
        FLAT.total_variation(GridLaw(on_line(8), np.full(8, 1 / 8)))
