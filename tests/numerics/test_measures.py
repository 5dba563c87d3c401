"""Measures refuse what is no measure, with one clear error, and keep the moments they state."""

from typing import Any

import jax
import numpy as np
import pytest

from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture

ATOMS = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 0.5]])


@pytest.mark.parametrize(
    ("atoms", "weights", "message"),
    [
        ([[1.0, np.nan]], None, r"atoms must be finite: entry \(0, 1\) is nan"),
        ([[1.0], [np.inf]], None, r"atoms must be finite: entry \(1, 0\) is inf"),
        ([1.0, 2.0], None, r"shape \(n, d\) with no empty axis, not \(2,\)"),
        (np.zeros((0, 3)), None, "no empty axis"),
        ([[1.0], [2.0]], [0.7, 0.4], r"weights must sum to 1, not 1\.1"),
        ([[1.0], [2.0]], [1.5, -0.5], r"weights must not be negative: entry 1 is -0\.5"),
        ([[1.0], [2.0]], [1.0], r"weights must have shape \(2,\)"),
        ([[1.0], [2.0]], [np.nan, 1.0], "weights must be finite"),
    ],
)
def test_no_measure_is_refused(atoms: Any, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DiscreteMeasure(atoms, weights)


def test_complex_atoms_are_refused() -> None:
    with pytest.raises(TypeError, match="real numbers"):
        DiscreteMeasure(np.array([[1j]]))


@pytest.mark.parametrize(
    ("covariances", "message"),
    [
        (np.eye(2)[None], r"shape \(3, 2, 2\)"),
        (np.stack([[[1.0, 0.5], [0.0, 1.0]]] * 3), "symmetric"),
        (np.stack([np.diag([1.0, -0.1])] * 3), "positive semidefinite: an eigenvalue is -0.1"),
    ],
)
def test_no_covariances_are_refused(covariances: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GaussianMixture(ATOMS, covariances)


def test_singular_covariances_are_accepted() -> None:
    direction = np.array([[1.0, 2.0]])
    mixture = GaussianMixture(ATOMS, np.stack([direction.T @ direction] * 3), [0.2, 0.3, 0.5])
    moment = (mixture.weights * ((ATOMS**2).sum(axis=1) + 5.0)).sum()
    np.testing.assert_allclose(mixture.second_moment(), moment, rtol=1e-15)
    np.testing.assert_allclose(mixture.normalised().second_moment(), 2.0, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalised_atoms_have_second_moment_d_and_their_precision(dtype: Any) -> None:
    measure = DiscreteMeasure(ATOMS.astype(dtype), [0.2, 0.3, 0.5]).normalised()
    assert measure.atoms.dtype == dtype
    np.testing.assert_allclose(measure.second_moment(), 2.0, rtol=8 * np.finfo(dtype).eps)


def test_mass_at_the_origin_cannot_be_normalised() -> None:
    with pytest.raises(ValueError, match="at the origin"):
        DiscreteMeasure(np.zeros((3, 2))).normalised()


def test_equal_atoms_count_as_one() -> None:
    measure = DiscreteMeasure([[1.0, 0.0], [0.0, 2.0], [1.0, 0.0], [5.0, 5.0]], [0.25, 0.5, 0.25, 0.0])
    merged = measure.merged()
    assert sorted(map(tuple, merged.atoms)) == [(0.0, 2.0), (1.0, 0.0)]
    np.testing.assert_allclose(merged.weights, [0.5, 0.5])
    np.testing.assert_allclose(measure.entropy(), np.log(2), rtol=1e-15)
    np.testing.assert_allclose(merged.mean(), measure.mean())


def test_a_measure_can_be_an_argument_of_a_compiled_function() -> None:
    measure = DiscreteMeasure(ATOMS)
    doubled = jax.jit(lambda m: jax.tree.map(lambda leaf: 2 * leaf, m))(measure)
    assert isinstance(doubled, DiscreteMeasure)
    np.testing.assert_allclose(doubled.atoms, 2 * ATOMS)
