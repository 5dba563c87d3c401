"""Nearest neighbours are those of a plain search, in few dimensions and in many, for copies and near copies."""

import numpy as np
import pytest

from lemmata.numerics.wasserstein_proximal.nearest import TREE_DIMENSION, find_nearest, find_others


def plain_search(queries: np.ndarray, points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    distances = np.sqrt(((queries[:, None] - points) ** 2).sum(axis=2))
    order = np.argsort(distances, axis=1)[:, :count]
    return np.take_along_axis(distances, order, axis=1), order


@pytest.mark.parametrize("dimension", [1, 2, TREE_DIMENSION, TREE_DIMENSION + 1, 70])
def test_the_search_agrees_with_a_plain_one(dimension: int) -> None:
    rng = np.random.default_rng(dimension)
    points, queries = rng.normal(size=(300, dimension)) + 5, rng.normal(size=(41, dimension)) + 5
    found = find_nearest(queries, points, 3)
    distances, indices = plain_search(queries, points, 3)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-13)


@pytest.mark.parametrize("dimension", [2, 70])
def test_distances_keep_their_digits_where_points_are_close_and_far_from_the_origin(dimension: int) -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, dimension)) + 1000
    steps = rng.normal(size=(50, dimension))
    steps *= 1e-9 / np.linalg.norm(steps, axis=1, keepdims=True)
    queries = points + steps
    found = find_nearest(queries, points, 2)
    np.testing.assert_array_equal(found.indices[:, 0], np.arange(50))
    # An expanded square would have an error of about 1e-7 here, a hundred times the distance itself.
    np.testing.assert_allclose(found.distances[:, 0], np.linalg.norm(queries - points, axis=1), rtol=1e-12)


@pytest.mark.parametrize("dimension", [2, 70])
def test_no_point_is_among_its_own_neighbours_even_among_copies(dimension: int) -> None:
    rng = np.random.default_rng(1)
    points = np.repeat(rng.normal(size=(6, dimension)), 4, axis=0)
    found = find_others(points, 5)
    assert (found.indices != np.arange(24)[:, None]).all()
    assert (found.distances[:, :3] == 0).all()
    assert (found.distances[:, 3:] > 0).all()
    assert all(len(set(row)) == 5 for row in found.indices)


def test_more_neighbours_than_points_are_refused() -> None:
    with pytest.raises(ValueError, match="4 nearest of 3"):
        find_nearest(np.zeros((1, 2)), np.eye(3, 2), 4)
    with pytest.raises(ValueError, match="4 nearest of 3"):
        find_others(np.eye(3, 2), 3)
