"""Masses, moments and derivatives of planar cells agree with closed forms, sampling and their own differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from lemmata.numerics.monge_ampere.gaussian_cells import integrate_cells, recession_angles
from lemmata.numerics.monge_ampere.ray_cells import integrate_rays

SQUARE = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
LINE = np.array([[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])


def random_diagram(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)), 0.4 * rng.normal(size=n)


def test_half_planes_have_the_normal_distribution_s_mass() -> None:
    atoms, height = np.array([[0.0, 0.0], [3.0, 4.0]]), 0.7
    found = integrate_cells(atoms, np.array([0.0, 5 * height]))
    np.testing.assert_allclose(found.masses, [norm.cdf(height), norm.sf(height)], atol=1e-15)
    np.testing.assert_allclose(found.moments[1], norm.pdf(height) * np.array([0.6, 0.8]), atol=1e-15)
    np.testing.assert_allclose(found.rates[0, 1], norm.pdf(height) / 5, rtol=1e-14)


def test_strips_between_collinear_atoms_have_the_normal_distribution_s_mass() -> None:
    found = integrate_cells(LINE, np.array([0.5, 0.0, 0.3]))
    cuts = norm.cdf([-0.5, 0.3])
    np.testing.assert_allclose(found.masses, [cuts[0], cuts[1] - cuts[0], 1 - cuts[1]], atol=1e-15)


def test_cells_of_a_square_are_products_of_half_lines() -> None:
    found = integrate_cells(SQUARE, np.array([0.0, 0.0, 0.0, 0.0]) + SQUARE @ [0.3, -0.8])
    right, upper = norm.cdf([-0.3, 0.8])
    expected = [right * upper, right * (1 - upper), (1 - right) * upper, (1 - right) * (1 - upper)]
    np.testing.assert_allclose(found.masses, expected, atol=1e-15)


def test_a_hidden_atom_has_no_cell() -> None:
    found = integrate_cells(np.vstack([SQUARE, [[0.0, 0.0]]]), np.array([0.0, 0.0, 0.0, 0.0, 0.1]))
    np.testing.assert_allclose(found.masses, [0.25, 0.25, 0.25, 0.25, 0.0], atol=1e-15)
    assert not found.rates[4].any()


def test_recession_cones_are_normal_cones_of_the_hull() -> None:
    np.testing.assert_allclose(recession_angles(SQUARE), np.pi / 2)
    np.testing.assert_allclose(recession_angles(LINE), [np.pi, 0.0, np.pi], atol=1e-15)
    np.testing.assert_allclose(recession_angles(SQUARE[:1]), 2 * np.pi)


@pytest.mark.parametrize("n", [3, 8])
def test_masses_and_moments_agree_with_sampling(n: int) -> None:
    atoms, potentials = random_diagram(n, n)
    found = integrate_cells(atoms, potentials)
    x = np.random.default_rng(0).normal(size=(200_000, 2))
    inside = np.argmax(x @ atoms.T - potentials, axis=1)[:, None] == np.arange(n)
    # Five standard errors of a mean of 200000 terms with second moments of at most 1.
    np.testing.assert_allclose(found.masses, inside.mean(axis=0), atol=5 / np.sqrt(200_000))
    np.testing.assert_allclose(found.moments, inside.T @ x / len(x), atol=5 / np.sqrt(200_000))


@given(st.integers(0, 2**31), st.integers(2, 7))
def test_masses_sum_to_one_and_moments_to_zero(seed: int, n: int) -> None:
    found = integrate_cells(*random_diagram(seed, n))
    np.testing.assert_allclose(found.masses.sum(), 1.0, atol=4e-16 * n)
    np.testing.assert_allclose(found.moments.sum(axis=0), 0.0, atol=1e-15 * n)


@given(st.integers(0, 2**31), st.integers(2, 6))
def test_rates_are_the_derivatives_of_masses(seed: int, n: int) -> None:
    atoms, potentials = random_diagram(seed, n)
    step = 1e-5 * np.eye(n)[1]
    slope = (integrate_cells(atoms, potentials + step).masses - integrate_cells(atoms, potentials - step).masses) / 2e-5
    rates = integrate_cells(atoms, potentials).rates
    expected = rates[:, 1] - rates.sum(axis=0) * np.eye(n)[1]
    # Edges of atoms at distance l turn at rate 1/l, so the second difference is bounded by powers of it.
    nearest = min(float(np.linalg.norm(atoms[i] - atoms[j])) for i in range(n) for j in range(i))
    np.testing.assert_allclose(slope, expected, atol=1e-9 * max(1.0, nearest**-3) + 1e-8)


@given(st.integers(0, 2**31), st.floats(0, 2 * np.pi))
def test_rotated_atoms_have_rotated_cells(seed: int, angle: float) -> None:
    atoms, potentials = random_diagram(seed, 5)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    found, turned = integrate_cells(atoms, potentials), integrate_cells(atoms @ turn, potentials)
    np.testing.assert_allclose(turned.masses, found.masses, atol=1e-12)
    np.testing.assert_allclose(turned.moments, found.moments @ turn, atol=1e-12)


def test_rays_in_all_directions_give_the_same_integrals() -> None:
    atoms, potentials = random_diagram(4, 5)
    angles = 2 * np.pi * np.arange(20_000) / 20_000
    by_rays = integrate_rays(atoms, potentials, np.stack([np.cos(angles), np.sin(angles)], axis=1))
    found = integrate_cells(atoms, potentials)
    # Equal angles err by the square of their distance times the jump of a slope.
    for name in ("masses", "moments", "rates"):
        np.testing.assert_allclose(getattr(by_rays, name), getattr(found, name), atol=1e-5)


def test_many_atoms_are_integrated_in_blocks() -> None:
    atoms, _ = random_diagram(0, 120)
    found = integrate_cells(atoms, (atoms**2).sum(axis=1) / 2)
    np.testing.assert_allclose(found.masses.sum(), 1.0, atol=1e-14)
    assert found.masses.min() > 0


def test_equal_atoms_have_no_cells_of_their_own() -> None:
    with pytest.raises(ValueError, match="merge"):
        integrate_cells(np.zeros((2, 2)), np.zeros(2))


def test_atoms_of_another_dimension_are_refused() -> None:
    with pytest.raises(TypeError):
        integrate_cells(np.eye(3), np.zeros(3))
