"""Finite volumes keep mass, leave Gibbs laws alone, and know how far they are from laws in closed form."""

import numpy as np
import pytest
import sympy as sp
from scipy.stats import norm

from lemmata.numerics.jko import (
    Energy,
    FokkerPlanckSolution,
    GaussianLaw,
    QuadraticEnergy,
    gaussian_diffusion,
    solve_fokker_planck,
)
from lemmata.numerics.jko.quantile_grid import LineFunction

x = sp.Symbol("x", real=True)
TIMES = (0.0, 0.3, 0.8)
QUADRATIC = Energy((x,), (x - 1) ** 2 / 2, x**2 / 4, 0.4)


def moment(power: int) -> LineFunction:
    """Return the function x^power."""
    return lambda at: at**power


def solve_quadratic(cells: int) -> FokkerPlanckSolution:
    return solve_fokker_planck(QUADRATIC, lambda at: norm.pdf(at, -0.3, 0.6), TIMES, domain=(-5, 6), cells=cells)


def exact_law(time: float) -> tuple[float, float]:
    energy = QuadraticEnergy.of([[1.0]], slope=[-1.0], attraction=[[0.5]], diffusivity=0.4)
    law = gaussian_diffusion(GaussianLaw(np.array([-0.3]), np.array([[0.36]])), energy, time)
    return float(law.mean[0]), float(np.sqrt(law.covariance[0, 0]))


def test_gaussian_laws_stay_gaussian_within_the_stated_error() -> None:
    solution = solve_quadratic(50)
    assert solution.mass_drift < 1e-12
    moments = [solution.expectation(moment(power)) for power in (1, 2)]
    for i, time in enumerate(TIMES):
        mean, deviation = exact_law(time)
        apart = np.abs(solution.cumulative[i] - norm.cdf(solution.faces, mean, deviation)).max()
        assert apart <= solution.cumulative_error[i]
        assert abs(moments[0][i].value - mean) <= moments[0][i].error + 1e-12
        assert abs(moments[1][i].value - mean**2 - deviation**2) <= moments[1][i].error + 1e-12
    assert solution.cumulative_error.max() < 1e-4
    assert set(moments[0][1].parts) == {"space", "time"}


def test_extrapolation_is_of_high_order() -> None:
    mean, deviation = exact_law(TIMES[-1])
    apart = []
    for cells in (25, 50):
        solution = solve_quadratic(cells)
        apart.append(np.abs(solution.cumulative[-1] - norm.cdf(solution.faces, mean, deviation)).max())
        assert apart[-1] <= solution.cumulative_error[-1]
    # Sixth order would be a factor of 64, the fourth order that one Richardson step leaves 16.
    assert apart[0] > 30 * apart[1]


def test_a_gibbs_law_stays_where_it_is() -> None:
    energy = Energy((x,), x**4 / 4 - x**2 / 2, diffusivity=0.4)
    grid = np.linspace(-6, 6, 4001)
    total = np.trapezoid(np.exp(-(grid**4 / 4 - grid**2 / 2) / 0.4), grid)
    solution = solve_fokker_planck(
        energy, lambda at: np.exp(-(at**4 / 4 - at**2 / 2) / 0.4) / total, [0.0, 2.0], domain=(-4, 4), cells=60
    )
    moved = np.abs(solution.cumulative[1] - solution.cumulative[0]).max()
    assert moved <= solution.cumulative_error.sum()
    assert moved < 1e-6


def test_the_interaction_is_that_of_the_law_itself() -> None:
    # Attraction alone leaves the mean and shrinks the law by its own spread.
    energy = Energy((x,), sp.S.Zero, x**2 / 2 + x**3, 0.05)
    solution = solve_fokker_planck(energy, lambda at: norm.pdf(at, 0.5, 0.6), [0.7], domain=(-4, 5), cells=50)
    exact = gaussian_diffusion(
        GaussianLaw(np.array([0.5]), np.array([[0.36]])),
        QuadraticEnergy.of([[0.0]], attraction=[[1.0]], diffusivity=0.05),
        0.7,
    )
    first, second = (solution.expectation(moment(power))[0] for power in (1, 2))
    assert first.contains(0.5) or abs(first.value - 0.5) < 1e-12
    assert abs(second.value - 0.25 - exact.covariance[0, 0]) <= second.error + 1e-12


def test_a_narrow_domain_shows_at_its_edges() -> None:
    energy = Energy((x,), diffusivity=1.0)
    solution = solve_fokker_planck(energy, lambda at: norm.pdf(at, 0, 0.3), [1.0], domain=(-2, 2), cells=20)
    assert solution.edge_mass > 1e-3
    assert solution.mass_drift < 1e-12


@pytest.mark.parametrize(
    ("energy", "domain", "times", "message"),
    [
        (Energy(sp.symbols("v1:3", real=True), diffusivity=1.0), (-5, 5), [1.0], "not for an energy in d = 2"),
        (Energy((x,)), (-5, 5), [1.0], "beta > 0"),
        (Energy((x,), diffusivity=1.0, exponent=2.0), (-5, 5), [1.0], "needs the entropy"),
        (Energy((x,), diffusivity=1.0), (5, -5), [1.0], "finite interval"),
        (Energy((x,), diffusivity=1.0), (-5, 5), [1.0, 0.5], "times must increase"),
        (Energy((x,), diffusivity=1.0), (0, 5), [1.0], "integrate to 1"),
    ],
)
def test_malformed_problems_are_refused(
    energy: Energy, domain: tuple[float, float], times: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        solve_fokker_planck(energy, norm.pdf, times, domain=domain)
