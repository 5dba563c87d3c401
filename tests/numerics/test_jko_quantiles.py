"""JKO steps on the line against closed forms, the derived condition and an independent Fokker-Planck solver."""

from functools import cache, partial
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy.stats import norm

from lemmata.numerics.compile import compile_expression
from lemmata.numerics.jko import (
    BarenblattReference,
    Energy,
    GaussianLaw,
    NormalReference,
    QuadraticEnergy,
    QuantileGrid,
    QuantileLaw,
    gaussian_diffusion,
    jko_flow_quantiles,
    jko_step_gaussian,
    jko_step_quantiles,
    solve_fokker_planck,
    solve_quantile_flow,
)
from lemmata.numerics.jko.quantile_grid import AbstractReference, LineFunction
from lemmata.numerics.rates import fit_rate
from lemmata.numerics.solve import SolveFailed
from lemmata.theory.jko import barenblatt, notation
from lemmata.theory.jko.discretisation import global_error

x = sp.Symbol("x", real=True)
DOUBLE_WELL = Energy((x,), x**4 / 4 - x**2 / 2, diffusivity=0.4)
ATTRACTED = Energy((x,), x**4 / 4 - x**2 / 2, x**2 / 2 + x**4 / 8, diffusivity=0.4)
QUADRATIC = Energy((x,), sp.Rational(6, 5) * (x - 1) ** 2 / 2, x**2 / 4, diffusivity=0.4)


def normal_law(mean: float, deviation: float, elements: int = 64) -> QuantileLaw:
    return QuantileLaw.of(QuantileGrid(NormalReference(), elements), lambda z: mean + deviation * z)


def scaled_reference(grid: QuantileGrid, scale: float) -> QuantileLaw:
    return QuantileLaw.of(grid, lambda z: scale * z)


def moment(power: int) -> LineFunction:
    """Return the function x^power."""
    return lambda at: at**power


def matching_quadratic(diffusivity: float = 0.4) -> QuadraticEnergy:
    """Return the energy of QUADRATIC, up to a constant, for the closed form."""
    return QuadraticEnergy.of([[1.2]], slope=[-1.2], attraction=[[0.5]], diffusivity=diffusivity)


def test_gaussian_laws_take_gaussian_steps() -> None:
    law, exact = normal_law(-0.3, 0.8, 16), GaussianLaw(np.array([-0.3]), np.array([[0.64]]))
    for law_now in jko_flow_quantiles(law, QUADRATIC, 0.3, 3)[1:]:
        exact = jko_step_gaussian(exact, matching_quadratic(), 0.3)
        deviation = float(np.sqrt(exact.covariance[0, 0]))
        assert law_now.error < 1e-7
        assert abs(law_now.mean().value - exact.mean[0]) <= law_now.error
        assert abs(law_now.standard_deviation().value - deviation) <= law_now.error
        assert law_now.distance(normal_law(float(exact.mean[0]), deviation, 16)).contains(0.0)


@pytest.mark.parametrize("exponent", [2.0, 3.0, 1.5])
def test_barenblatt_profiles_take_the_derived_steps(exponent: float) -> None:
    grid = QuantileGrid(BarenblattReference(exponent), 32)
    energy = Energy((x,), diffusivity=1.0, exponent=exponent)
    # The reference is the profile of scale 1: its height at 0 gives C = kappa.
    coefficient = float(np.exp(grid.reference.log_density(np.zeros(1))[0] * (exponent - 1)))
    left = compile_expression(
        barenblatt.step_equation().subs(notation.dimension, 1),
        (notation.scale, notation.old_scale, notation.tau, notation.exponent, barenblatt.curvature),
    )
    scale = 0.7
    for law in jko_flow_quantiles(scaled_reference(grid, 0.7), energy, 0.2, 3)[1:]:
        before, scale = scale, float(law(np.array([0.5]))[0] / 0.5)
        assert abs(float(left(scale, before, 0.2, exponent, coefficient))) < 1e-6
        assert law.distance(scaled_reference(grid, scale)).value < 1e-6
        assert law.error < 1e-5


@pytest.mark.parametrize("energy", [DOUBLE_WELL, ATTRACTED], ids=["double well", "attracted"])
def test_the_first_order_condition_holds_at_every_point(energy: Energy) -> None:
    law, tau = normal_law(0.3, 0.8, 96), 0.1
    before, after = jko_flow_quantiles(law, energy, tau, 2)[1:]
    place, weights = after.positions, after.grid.weights
    force = compile_expression(energy.potential.diff(x), (x,))(place)
    apart = place[:, None] - place
    pull = np.asarray(compile_expression(energy.interaction.diff(x), (x,))(apart)) @ weights
    residual = np.asarray(force) + pull + 0.4 * after.score + (place - before.positions) / tau
    # The score holds T'', of which degree 5 leaves an error of fourth order.
    assert weights @ residual**2 < 1e-9
    flipped = residual - 2 * 0.4 * after.score
    explicit = residual - 2 * (place - before.positions) / tau
    assert min(weights @ wrong**2 for wrong in (flipped, explicit, residual + pull + 0.01)) > 1e-5


def test_the_energy_never_increases_and_the_error_covers_a_finer_grid() -> None:
    law, fine = normal_law(0.3, 0.8, 32), normal_law(0.3, 0.8, 128)
    coarse_laws, fine_laws = (jko_flow_quantiles(start, DOUBLE_WELL, 0.1, 8) for start in (law, fine))

    def energy(at: QuantileLaw) -> float:
        place, weights = at.positions, at.grid.weights
        return float(weights @ (place**4 / 4 - place**2 / 2 + 0.4 * np.log(at.density)))

    values = [energy(at) for at in fine_laws]
    assert (np.diff(values) < 0).all()
    for coarse, close in zip(coarse_laws[1:], fine_laws[1:], strict=True):
        apart = coarse.distance(close)
        assert apart.contains(0.0)
        assert close.error < coarse.error / 100
        assert coarse.error < 10 * apart.value


def test_a_step_is_repeatable_and_carries_errors() -> None:
    law = normal_law(0.3, 0.8, 32)
    twice = jko_step_quantiles(jko_step_quantiles(law, DOUBLE_WELL, 0.1), DOUBLE_WELL, 0.1)
    together = jko_flow_quantiles(law, DOUBLE_WELL, 0.1, 2)[2]
    assert twice.coefficients == pytest.approx(together.coefficients, rel=1e-9, abs=1e-9)
    rough = QuantileLaw(law.grid, law.coefficients, 0.01)
    # l = 1.7 at least contracts the error of the law before; here V'' >= 1.2 and U'' > 0.
    carried = jko_step_quantiles(rough, QUADRATIC, 0.5).error
    assert carried == pytest.approx(0.01 / (1 + 0.5 * 1.2), rel=1e-4)


def test_only_the_even_part_of_an_interaction_acts_and_counts_half() -> None:
    law = normal_law(0.3, 0.8, 24)
    odd = Energy((x,), x**2 / 2, x**2 / 2 + x**3 - 4 * x, 0.2)
    even = Energy((x,), x**2 / 2, x**2 / 2, 0.2)
    first, second = (jko_step_quantiles(law, energy, 0.2) for energy in (odd, even))
    assert first.coefficients == pytest.approx(second.coefficients, rel=1e-12)
    exact = jko_step_gaussian(
        GaussianLaw(np.array([0.3]), np.array([[0.64]])),
        QuadraticEnergy.of([[1.0]], attraction=[[1.0]], diffusivity=0.2),
        0.2,
    )
    assert first.standard_deviation().contains(float(np.sqrt(exact.covariance[0, 0])))
    assert not Energy((x,), x**2, x**3).interacts


@cache
def reference_flow(energy: Energy, time: float) -> QuantileLaw:
    return solve_quantile_flow(normal_law(0.3, 0.8, 48), energy, [time], step=0.05)[0]


def test_finite_volumes_and_quantiles_agree_on_the_fokker_planck_equation() -> None:
    density = partial(norm.pdf, loc=0.3, scale=0.8)
    cells = solve_fokker_planck(DOUBLE_WELL, density, [0.4], domain=(-5.5, 6), cells=80)
    law = reference_flow(DOUBLE_WELL, 0.4)
    assert cells.mass_drift < 1e-12
    assert cells.edge_mass < 1e-12
    # A distance of W_2 moves masses by about its size times the density, which stays below 1.
    assert law.density.max() < 1
    apart = np.abs(law.cumulative(cells.faces) - cells.cumulative[-1]).max()
    assert apart <= cells.cumulative_error[-1] + law.error
    assert max(cells.cumulative_error[-1], law.error) < 1e-5
    for power in (1, 2):
        by_cells = cells.expectation(moment(power))[-1]
        by_quantiles = float(law.grid.weights @ law.positions**power)
        # |d E x^2| <= 2 E|x|^2^(1/2) W_2 to first order.
        assert abs(by_cells.value - by_quantiles) <= by_cells.error + 2 * law.error
        assert by_cells.error < 1e-6


@pytest.mark.slow
def test_the_scheme_has_order_one_on_the_double_well() -> None:
    exact = reference_flow(DOUBLE_WELL, 0.4)
    steps, gaps, errors = [1, 3, 10, 40, 160], [], []
    for count in steps:
        law = jko_flow_quantiles(normal_law(0.3, 0.8, 48), DOUBLE_WELL, 0.4 / count, count)[-1]
        gap = law.distance(exact)
        gaps.append(gap.value)
        errors.append(gap.error)
    order = fit_rate([0.4 / count for count in steps], gaps, errors, model="power", false_alarm=1e-2)
    assert order.contains(1.0)
    assert abs(order.rate - 1) < 0.1


@pytest.mark.parametrize("exponent", [2.0, 3.0])
def test_the_scheme_has_order_one_on_barenblatt_profiles_by_the_derived_constant(exponent: float) -> None:
    # The maps are linear, so any grid holds them.
    grid = QuantileGrid(BarenblattReference(exponent), 4)
    energy = Energy((x,), diffusivity=1.0, exponent=exponent)
    coefficient = float(np.exp(grid.reference.log_density(np.zeros(1))[0] * (exponent - 1)))
    line = {notation.dimension: 1}
    symbols = (notation.old_scale, notation.t, notation.exponent, barenblatt.curvature)
    exact = float(compile_expression(barenblatt.exact_scale().subs(line), symbols)(0.7, 0.5, exponent, coefficient))
    steps, gaps = [2, 8, 24, 80, 360], []
    deviation = float(np.sqrt(grid.weights @ grid.nodes**2))
    for count in steps:
        law = scaled_reference(grid, 0.7)
        law = jko_flow_quantiles(law, energy, 0.5 / count, count)[-1]
        gaps.append(law.standard_deviation().value / deviation - exact)
    taus = [0.5 / count for count in steps]
    order = fit_rate(taus, np.abs(gaps), [1e-8] * len(gaps), model="power", false_alarm=1e-2)
    assert order.contains(1.0)
    assert abs(order.rate - 1) < 0.1
    rate = barenblatt.scale_rate().subs(line)
    (first,) = global_error(rate).free_symbols - {notation.scale, notation.exponent, barenblatt.curvature}
    start = float(rate.subs({notation.scale: 0.7, notation.exponent: exponent, barenblatt.curvature: coefficient}))
    values = {notation.scale: exact, notation.exponent: exponent, barenblatt.curvature: coefficient, first: start}
    # Gap over tau, extrapolated to tau = 0 from the two smallest steps.
    before, last = (gap / tau for gap, tau in zip(gaps[-2:], taus[-2:], strict=True))
    constant = (last * taus[-2] - before * taus[-1]) / (taus[-2] - taus[-1])
    assert constant == pytest.approx(float(global_error(rate).subs(values)), rel=1e-3)


def test_the_flow_of_quantiles_is_that_of_gaussians() -> None:
    laws = solve_quantile_flow(normal_law(-0.3, 0.8, 16), QUADRATIC, [0.0, 0.5, 1.0], step=0.1)
    for law, time in zip(laws, (0.0, 0.5, 1.0), strict=True):
        exact = gaussian_diffusion(GaussianLaw(np.array([-0.3]), np.array([[0.64]])), matching_quadratic(), time)
        deviation = float(np.sqrt(exact.covariance[0, 0]))
        assert law.distance(normal_law(float(exact.mean[0]), deviation, 16)).contains(0.0)
        assert law.error < 1e-5


@pytest.mark.parametrize("reference", [NormalReference(), BarenblattReference(2.0), BarenblattReference(3.0)])
def test_references_are_laws_whose_derivatives_fit(reference: AbstractReference) -> None:
    grid = QuantileGrid(reference, 16)
    assert grid.weights.sum() == pytest.approx(1, abs=1e-12)
    inside = np.abs(grid.nodes) < 0.9
    z, small = grid.nodes[inside], 1e-5
    mass = (reference.cumulative(z + small) - reference.cumulative(z - small)) / (2 * small)
    assert np.log(mass) == pytest.approx(reference.log_density(z), abs=1e-6)
    slope = (reference.log_density(z + small) - reference.log_density(z - small)) / (2 * small)
    assert slope == pytest.approx(reference.log_density_slope(z), abs=1e-6)


def test_splines_represent_smooth_maps_and_say_how_well() -> None:
    def bent(z: Any) -> Any:
        return z + np.tanh(2 * z)

    rough, fine = (QuantileLaw.of(QuantileGrid(NormalReference(), count), bent) for count in (24, 96))
    assert rough.distance(fine).contains(0.0)
    assert fine.error < 1e-4 * rough.error
    assert fine.cumulative(bent(np.array([-1.0, 0.0, 2.0]))) == pytest.approx(norm.cdf([-1.0, 0.0, 2.0]), abs=1e-9)
    slope = 1 + 2 / np.cosh(2 * fine.grid.nodes) ** 2
    assert fine.density == pytest.approx(norm.pdf(fine.grid.nodes) / slope, rel=1e-4)


def test_steps_without_a_certified_minimiser_and_malformed_ones_are_refused() -> None:
    law = normal_law(0.0, 0.3, 16)
    with pytest.raises(SolveFailed, match="not convex"):
        jko_step_quantiles(law, Energy((x,), -(x**2), diffusivity=0.1), 1.0)
    plane = Energy(sp.symbols("v1:3", real=True))
    with pytest.raises(ValueError, match="not for an energy in d = 2"):
        jko_step_quantiles(law, plane, 0.1)
    with pytest.raises(ValueError, match="step must be positive"):
        jko_step_quantiles(law, DOUBLE_WELL, 0.0)
    with pytest.raises(ValueError, match="must not be negative"):
        jko_flow_quantiles(law, DOUBLE_WELL, 0.1, -1)
    with pytest.raises(ValueError, match="not for an energy in d = 2"):
        solve_quantile_flow(law, plane, [1.0])
    for times in ([], [1.0, 0.5], [-1.0]):
        with pytest.raises(ValueError, match="times must increase"):
            solve_quantile_flow(law, DOUBLE_WELL, times)
    with pytest.raises(ValueError, match="step must be positive"):
        solve_quantile_flow(law, DOUBLE_WELL, [1.0], step=0.0)
    with pytest.raises(ValueError, match="must increase"):
        QuantileLaw.of(law.grid, lambda z: -z)
    with pytest.raises(ValueError, match="different references"):
        law.distance(QuantileLaw.of(QuantileGrid(BarenblattReference(2.0), 16), lambda z: z))
    with pytest.raises(ValueError, match="exponent above 1"):
        BarenblattReference(1.0)
    with pytest.raises(ValueError, match="coefficients are needed"):
        QuantileLaw(law.grid, np.zeros(3))
    with pytest.raises(ValueError, match="two pieces"):
        QuantileGrid(NormalReference(), 1)
