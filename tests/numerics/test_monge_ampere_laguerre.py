"""Semi-discrete transport meets closed forms, an independent solver of sampled transport, and its own residual."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from lemmata.numerics.line_transport import solve_normal_transport_cost
from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture
from lemmata.numerics.monge_ampere.forward_law import forward_law
from lemmata.numerics.monge_ampere.laguerre import solve_semidiscrete

with warnings.catch_warnings():
    # POT has escape sequences that Python warns of when it compiles them for the first time.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", SyntaxWarning)
    import ot

EQUILATERAL = np.array([[1.0, 0.0], [-0.5, np.sqrt(0.75)], [-0.5, -np.sqrt(0.75)]])
TRIANGLE = DiscreteMeasure([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])


def random_measure(seed: int, n: int, dimension: int = 2) -> DiscreteMeasure:
    rng = np.random.default_rng(seed)
    return DiscreteMeasure(rng.normal(size=(n, dimension)), rng.dirichlet(np.full(n, 3.0)))


def samples_of(measure: DiscreteMeasure, horizon: float, count: int, seed: int) -> Any:
    rng, law = np.random.default_rng(seed), forward_law(measure, horizon)
    return law.means[rng.choice(len(law.means), count, p=law.weights)] + law.scale * rng.normal(
        size=(count, measure.dimension)
    )


def test_cells_of_two_atoms_end_at_a_quantile() -> None:
    diagram = solve_semidiscrete(DiscreteMeasure([[0.0, 0.0], [3.0, 4.0]], [0.3, 0.7]))
    assert np.diff(diagram.potentials)[0] == pytest.approx(5 * norm.ppf(0.3), abs=1e-14)


def test_equilateral_triangles_divide_the_plane_in_thirds() -> None:
    diagram = solve_semidiscrete(DiscreteMeasure(EQUILATERAL))
    np.testing.assert_allclose(diagram.potentials, 0.0, atol=1e-14)
    np.testing.assert_allclose(diagram.masses, 1 / 3, atol=1e-15)
    # E<x, T(x)> is the mean radius times the mean cosine over a third of the circle.
    correlation = np.sqrt(np.pi / 2) * 3 / np.pi * np.sin(np.pi / 3)
    assert diagram.cost.contains(3 - 2 * correlation)


def test_products_are_transported_factor_by_factor() -> None:
    x, y = np.array([-1.0, 0.5, 2.0]), np.array([0.0, 1.0])
    p, q = np.array([0.2, 0.5, 0.3]), np.array([0.6, 0.4])
    atoms = np.array([[a, b] for a in x for b in y])
    diagram = solve_semidiscrete(DiscreteMeasure(atoms, np.outer(p, q).ravel()))
    cost = solve_normal_transport_cost(x, p) + solve_normal_transport_cost(y, q)
    assert diagram.cost.contains(cost.value)


@given(st.integers(0, 2**31), st.integers(2, 6))
def test_on_the_line_cells_end_at_quantiles(seed: int, n: int) -> None:
    measure = random_measure(seed, n, 1)
    diagram = solve_semidiscrete(measure)
    order = np.argsort(measure.atoms[:, 0])
    ends = np.diff(diagram.potentials[order]) / np.diff(measure.atoms[order, 0])
    np.testing.assert_allclose(ends, norm.ppf(np.cumsum(measure.weights[order])[:-1]), atol=1e-10)
    assert diagram.cost.contains(solve_normal_transport_cost(measure.atoms[:, 0], measure.weights).value)


@given(st.integers(0, 2**31), st.integers(2, 8))
def test_masses_in_the_plane_are_the_weights(seed: int, n: int) -> None:
    diagram = solve_semidiscrete(random_measure(seed, n))
    assert diagram.mass_residual <= 1e-12
    np.testing.assert_allclose(diagram.masses, diagram.measure.weights, atol=1e-12)


@given(st.integers(0, 2**31), st.floats(0.05, 6.0))
def test_masses_of_the_forward_law_are_the_weights_too(seed: int, horizon: float) -> None:
    assert solve_semidiscrete(random_measure(seed, 4), horizon=horizon).mass_residual <= 1e-12


@given(st.integers(0, 2**31), st.floats(-3, 3), st.floats(-3, 3))
def test_translated_atoms_keep_their_cells(seed: int, across: float, up: float) -> None:
    measure, shift = random_measure(seed, 4), np.array([across, up])
    moved = solve_semidiscrete(DiscreteMeasure(measure.atoms + shift, measure.weights))
    diagram = solve_semidiscrete(measure)
    allowed = 1e-12 + (moved.potential_error + diagram.potential_error).max()
    np.testing.assert_allclose(moved.potentials, diagram.potentials, atol=allowed)
    expected = diagram.cost + float(shift @ shift + 2 * shift @ measure.mean())
    assert abs(moved.cost.value - expected.value) <= moved.cost.error + expected.error


@given(st.integers(0, 2**31), st.floats(0, 2 * np.pi))
def test_rotated_atoms_keep_their_potentials(seed: int, angle: float) -> None:
    measure = random_measure(seed, 4)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = solve_semidiscrete(DiscreteMeasure(measure.atoms @ turn, measure.weights))
    diagram = solve_semidiscrete(measure)
    allowed = 1e-12 + (turned.potential_error + diagram.potential_error).max()
    np.testing.assert_allclose(turned.potentials, diagram.potentials, atol=allowed)


@pytest.mark.parametrize("horizon", [0.5, np.inf])
def test_potentials_are_nearly_optimal_for_samples_too(horizon: float) -> None:
    measure, count = random_measure(3, 5), 2000
    diagram = solve_semidiscrete(measure, horizon=horizon)
    dual = (measure.atoms**2).sum(axis=1) - 2 * diagram.potentials
    means = []
    for seed in range(6):
        x = samples_of(measure, horizon, count, seed)
        distances = ot.dist(x, measure.atoms)
        optimum = ot.emd2(np.full(count, 1 / count), measure.weights, distances)
        # The c-transform makes any potentials feasible, so this is a lower bound of the sampled optimum.
        bound = (distances - dual).min(axis=1).mean() + measure.weights @ dual
        # Above it is the optimum by the square of what sampled masses miss, of order n/N of the cost.
        assert -1e-9 <= optimum - bound <= 4 * len(measure.atoms) / count * diagram.cost.value
        means.append(bound)
    # The bound has the exact cost for its mean: six standard errors of six means.
    assert abs(np.mean(means) - diagram.cost.value) <= 6 * np.std(means, ddof=1) / np.sqrt(len(means))


def test_transport_on_the_line_agrees_with_a_sampled_sort() -> None:
    measure = random_measure(5, 4, 1)
    grid = norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    sampled = ot.emd2_1d(grid, measure.atoms[:, 0], np.full(len(grid), 1 / len(grid)), measure.weights)
    # Midpoints of quantiles miss the tails beyond 4.6 standard deviations.
    assert solve_semidiscrete(measure).cost.value == pytest.approx(sampled, abs=2e-4)


def test_above_the_plane_errors_cover_what_a_product_gives() -> None:
    line = np.array([-1.0, 2.0])
    corners = np.array([[a, b, c] for a in line for b in line for c in line])
    p = np.array([0.4, 0.6])
    weights = np.einsum("i,j,k->ijk", p, p, p).ravel()
    diagram = solve_semidiscrete(DiscreteMeasure(corners, weights), log2_directions=9)
    assert diagram.cost.contains(3 * solve_normal_transport_cost(line, p).value)
    assert diagram.cost.error < 0.05
    exact = corners @ np.full(3, norm.ppf(0.4))
    exact -= weights @ exact
    assert (np.abs(diagram.potentials - exact) <= diagram.potential_error).all()


def test_atoms_in_a_plane_are_exact_in_any_dimension() -> None:
    measure = random_measure(7, 5)
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0][:2]
    lifted = DiscreteMeasure(measure.atoms @ basis + 3.0, measure.weights)
    diagram = solve_semidiscrete(lifted)
    assert diagram.mass_residual <= 1e-12
    np.testing.assert_allclose(diagram.potentials, solve_semidiscrete(measure).potentials, atol=1e-12)
    x = np.random.default_rng(1).normal(size=(50, 4))
    np.testing.assert_array_equal(diagram.assign(x), solve_semidiscrete(measure).assign(x @ basis.T))


def test_equal_atoms_are_merged_and_empty_ones_left_out() -> None:
    diagram = solve_semidiscrete(DiscreteMeasure([[2.0, 0], [9, 9], [0, 0], [2, 0], [0, 1]], [0.2, 0, 0.4, 0.3, 0.1]))
    np.testing.assert_array_equal(diagram.measure.atoms, [[2, 0], [0, 0], [0, 1]])
    np.testing.assert_allclose(diagram.masses, [0.5, 0.4, 0.1], atol=1e-14)


def test_one_atom_takes_everything() -> None:
    diagram = solve_semidiscrete(DiscreteMeasure([[1.0, 2.0]]))
    assert diagram.cost.contains(7.0)
    np.testing.assert_array_equal(diagram.assign([[0.0, 0.0], [5.0, 5.0]]), [0, 0])


def test_far_and_small_atoms_are_solved_as_well() -> None:
    for scale, shift in ((30.0, 100.0), (1e-3, 0.0)):
        measure = random_measure(9, 10)
        diagram = solve_semidiscrete(DiscreteMeasure(scale * measure.atoms + shift, measure.weights))
        assert diagram.mass_residual <= 1e-12


def test_a_mixture_is_no_semidiscrete_problem() -> None:
    mixture: Any = GaussianMixture([[0.0, 0.0]], [np.eye(2)])
    with pytest.raises(TypeError):
        solve_semidiscrete(mixture)


def test_a_horizon_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="horizon must be positive"):
        solve_semidiscrete(TRIANGLE, horizon=0.0)


def test_points_of_another_dimension_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(m, 2\)"):
        solve_semidiscrete(TRIANGLE).assign([[1.0, 2.0, 3.0]])
