"""Least squares from a stream of rows are those of all rows at once; what cannot be told apart is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemmata.numerics.jko.least_squares import solve_triangle, triangularise


@given(st.integers(0, 2**31), st.integers(1, 8), st.integers(1, 30))
def test_blocks_do_not_matter(seed: int, columns: int, block: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, target = rng.normal(size=(40, columns)) * 10.0 ** rng.integers(-3, 4, columns), rng.normal(size=40)
    rows = np.column_stack([matrix, target])
    solved = solve_triangle(triangularise(rows[start : start + block] for start in range(0, 40, block)))
    expected, residual, _, _ = np.linalg.lstsq(matrix, target)
    np.testing.assert_allclose(solved.solution, expected, rtol=1e-9)
    assert solved.residual == pytest.approx(float(residual[0]), rel=1e-10)
    assert len(solved.null_space) == 0
    np.testing.assert_allclose(solved.pseudo_inverse, np.linalg.inv(matrix.T @ matrix), rtol=1e-7)


def test_dependent_columns_are_found_and_the_shortest_solution_is_taken() -> None:
    rng = np.random.default_rng(0)
    free = rng.normal(size=(30, 2))
    matrix = np.column_stack([free[:, 0], free[:, 0], free[:, 1], np.zeros(30)])
    solved = solve_triangle(triangularise([np.column_stack([matrix, free @ [2.0, 1.0]])]))
    np.testing.assert_allclose(solved.solution, [1.0, 1.0, 1.0, 0.0], atol=1e-13)
    assert len(solved.null_space) == 2
    np.testing.assert_allclose(matrix @ solved.null_space.T, 0.0, atol=1e-13)
    np.testing.assert_allclose(solved.null_space @ solved.null_space.T, np.eye(2), atol=1e-13)


def test_a_ridge_pulls_all_units_alike() -> None:
    rng = np.random.default_rng(1)
    matrix, target = rng.normal(size=(30, 3)), rng.normal(size=30)
    scale = np.array([1.0, 1e3, 1e-4])
    plain = solve_triangle(triangularise([np.column_stack([matrix, target])]), ridge=0.3)
    scaled = solve_triangle(triangularise([np.column_stack([matrix * scale, target])]), ridge=0.3)
    np.testing.assert_allclose(scaled.solution * scale, plain.solution, rtol=1e-12)
    lengths = np.diag((matrix**2).sum(axis=0))
    expected = np.linalg.solve(matrix.T @ matrix + 0.3 * lengths, matrix.T @ target)
    np.testing.assert_allclose(plain.solution, expected, rtol=1e-12)


def test_bad_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        triangularise([])
    with pytest.raises(ValueError, match="finite"):
        triangularise([np.array([[1.0, np.nan]])])
    with pytest.raises(ValueError, match="not be negative"):
        solve_triangle(np.eye(3), ridge=-1.0)
