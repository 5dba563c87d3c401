"""The kernel formula meets the Gaussian closed form, on grids and for atoms, and what it returns integrates to one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float

from lemmata.numerics.measures import DiscreteMeasure
from lemmata.numerics.wasserstein_proximal import GaussianMixture, Grid, GridLaw, kernel_proximal

from .laws import log_mixture, mixtures

WIDE = Grid((-8.0,), (8.0,), (160,))


VERY_WIDE = Grid((-20.0,), (20.0,), (384,))


def gaussian(mean: float, variance: float, grid: Grid) -> GridLaw:
    law = GaussianMixture([[mean]], [[[variance]]])
    return GridLaw.of_density(grid, lambda x: np.exp(log_mixture(law, x)))


@given(
    sigma=st.floats(0.5, 2),
    horizon=st.floats(0.5, 4),
    centre=st.floats(-1, 1),
    width=st.floats(0.5, 1.2),
    start=st.floats(-1, 1),
)
@settings(max_examples=25)
def test_gaussians_move_as_derived(sigma: float, horizon: float, centre: float, width: float, start: float) -> None:
    moved = kernel_proximal(
        gaussian(start, 0.36, VERY_WIDE),
        lambda x: (x[:, 0] - centre) ** 2 / (2 * width**2),
        sigma=sigma,
        horizon=horizon,
    )
    share = width**2 / (horizon + width**2)
    exact = gaussian(share * start + (1 - share) * centre, sigma**2 * horizon * share + share**2 * 0.36, VERY_WIDE)
    assert (np.abs(moved.law.masses - exact.masses) <= moved.error + 1e-12).all()
    assert moved.error.sum() < 0.2
    assert moved.edge_mass < 1e-3
    x, spread = VERY_WIDE.axes[0], width**2 + horizon
    normaliser = -((x - centre) ** 2) / (2 * sigma**2 * spread) + np.log(width**2 / spread) / 2
    inside = np.abs(x) < 4
    assert (np.abs(moved.log_normaliser - normaliser) <= moved.log_normaliser_error + 1e-9)[inside].all()


def test_the_order_on_a_grid_is_two() -> None:
    apart = []
    for cells in (80, 160):
        grid = Grid((-8.0,), (8.0,), (cells,))
        moved = kernel_proximal(gaussian(0.5, 0.36, grid), lambda x: (x[:, 0] - 1) ** 2, sigma=0.6, horizon=1.0)
        share = 0.5 / 1.5
        exact = gaussian(share * 0.5 + (1 - share), 0.36 * share + share**2 * 0.36, grid)
        apart.append(moved.law.total_variation(exact))
    assert np.log2(apart[0] / apart[1]) == pytest.approx(2, abs=0.1)


def test_the_plane_is_the_product_of_two_lines() -> None:
    lines = [Grid((-6.0,), (6.0,), (count,)) for count in (48, 64)]
    plane = Grid((-6.0, -6.0), (6.0, 6.0), (48, 64))
    starts = [gaussian(0.4, 0.5, lines[0]), gaussian(-0.3, 0.7, lines[1])]
    costs = [lambda x: (x[:, 0] - 1) ** 2, lambda x: np.cosh(x[:, 0]) / 4]
    moved = [kernel_proximal(start, cost, sigma=0.8, horizon=1.0) for start, cost in zip(starts, costs, strict=True)]
    together = kernel_proximal(
        GridLaw(plane, np.outer(starts[0].masses, starts[1].masses)),
        lambda x: costs[0](x[:, :1]) + costs[1](x[:, 1:]),
        sigma=0.8,
        horizon=1.0,
    )
    product = np.outer(moved[0].law.masses, moved[1].law.masses)
    assert np.abs(together.law.masses - product).max() < 1e-14


def test_atoms_at_the_centres_of_cells_are_the_law_on_the_grid() -> None:
    start = gaussian(0.5, 0.36, WIDE)

    def cost(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        return np.asarray((x[:, 0] ** 2 - 1) ** 2)

    on_grid = kernel_proximal(start, cost, sigma=0.6, horizon=0.8)
    atoms = kernel_proximal(DiscreteMeasure(WIDE.points, start.masses), cost, sigma=0.6, horizon=0.8, grid=WIDE)
    masses = np.exp(atoms.log_density(WIDE.points)) * WIDE.volume
    assert np.abs(masses - on_grid.law.masses).max() < 1e-13
    # What the coarser grid misses of the narrow wells; the finer one misses about the square of it.
    assert start.masses @ atoms.log_normaliser_errors < 1e-5


@given(mixture=mixtures(2), sigma=st.floats(0.6, 1.2), horizon=st.floats(0.5, 2), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10)
def test_the_image_of_atoms_integrates_to_one(
    mixture: GaussianMixture, sigma: float, horizon: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    atoms = DiscreteMeasure(rng.uniform(-2, 2, size=(5, 2)), rng.dirichlet(np.ones(5)))
    grid = Grid((-9.0, -9.0), (9.0, 9.0), (128, 128))
    moved = kernel_proximal(atoms, lambda x: -log_mixture(mixture, x), sigma=sigma, horizon=horizon, grid=grid)
    # Between the centres that the normalisers were summed over, so that it is not one by construction.
    shifted = grid.points + grid.widths / 2
    assert np.exp(moved.log_density(shifted)).sum() * grid.volume == pytest.approx(
        1, abs=1e-7 + moved.log_normaliser_errors.max()
    )
    assert moved.log_normaliser_errors.max() < 1e-4


def test_the_score_of_the_kernel_is_the_slope_of_the_density() -> None:
    atoms = DiscreteMeasure([[-1.0], [0.5]], [0.3, 0.7])
    moved = kernel_proximal(atoms, lambda x: x[:, 0] ** 2 / 2, sigma=0.7, horizon=1.0, grid=WIDE)
    x, h = np.array([[-0.4], [1.1]]), 1e-4
    slope = (moved.log_density(x + h) - moved.log_density(x - h)) / (2 * h)
    score = moved.kernel_score(x)[:, 0] - x[:, 0] / 0.49
    assert np.abs(score - slope).max() < 1e-6


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sigma": 0.0}, "positive and finite"),
        ({"horizon": -1.0}, "positive and finite"),
        ({"sigma": 0.05}, "wider than the kernel"),
        ({"grid": WIDE}, "brings its own"),
        ({"rho0": DiscreteMeasure([[0.0]])}, "atoms need one"),
        ({"rho0": DiscreteMeasure([[0.0, 0.0]]), "grid": WIDE}, "atoms in d = 2"),
        ({"potential": lambda x: np.full(len(x), np.nan)}, "finite number"),
    ],
)
def test_malformed_problems_are_refused(changed: dict[str, Any], message: str) -> None:
    problem: dict[str, Any] = {
        "rho0": gaussian(0.0, 0.5, WIDE),
        "potential": lambda x: x[:, 0] ** 2,
        "sigma": 1.0,
        "horizon": 1.0,
    }
    with pytest.raises(ValueError, match=message):
        kernel_proximal(**(problem | changed))
