"""Nearest neighbours among training points: by a tree in few dimensions, by blocked matrix products in many.

A matrix product gives squared distances that have lost digits where points are close, which is where memorisation is
seen. It only proposes neighbours, more of them than are asked for; distances are then taken from the differences.
"""

from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree

TREE_DIMENSION: Final = 12
"""Up to this dimension a tree looks at few points; beyond, at nearly all of them, one by one."""

PROPOSED: Final = 8
"""Neighbours that a matrix product proposes beyond those that are asked for."""

ENTRIES: Final = 2**23
"""Products in memory at once: 64 MiB."""


class Neighbours(NamedTuple):
    """For each query its nearest points, nearest first: `distances` (q, m) and their `indices` (q, m)."""

    distances: Float[np.ndarray, "q m"]
    indices: Int[np.ndarray, "q m"]


def find_nearest(queries: Float[np.ndarray, "q d"], points: Float[np.ndarray, "n d"], count: int) -> Neighbours:
    """Return the `count` points nearest to each query.

    **Raises:** `ValueError` if there are fewer than `count` points.
    """
    if not 1 <= count <= len(points):
        raise ValueError(f"{count} nearest of {len(points)} points are none")
    if points.shape[1] <= TREE_DIMENSION:
        distances, indices = cKDTree(points).query(queries, range(1, count + 1))
        return Neighbours(distances, indices)
    centre = points.mean(axis=0)
    centred, squares = points - centre, ((points - centre) ** 2).sum(axis=1)
    proposed = min(count + PROPOSED, len(points))
    rows = max(1, ENTRIES // max(len(points), proposed * points.shape[1]))
    parts = [
        _nearest_of_block(queries[start : start + rows] - centre, centred, squares, count, proposed)
        for start in range(0, len(queries), rows)
    ]
    return Neighbours(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def find_others(points: Float[np.ndarray, "n d"], count: int) -> Neighbours:
    """Return the `count` nearest of the other points for each point.

    **Raises:** `ValueError` if there are not that many others.
    """
    found = find_nearest(points, points, count + 1)
    own = found.indices == np.arange(len(points))[:, None]
    # Among copies a point need not be the first of its own neighbours, nor one of those that are returned.
    own[~own.any(axis=1), -1] = True
    return Neighbours(*(part[~own].reshape(len(points), count) for part in found))


def _nearest_of_block(
    queries: Float[np.ndarray, "b d"],
    points: Float[np.ndarray, "n d"],
    squares: Float[np.ndarray, " n"],
    count: int,
    proposed: int,
) -> tuple[Float[np.ndarray, "b m"], Int[np.ndarray, "b m"]]:
    # The query's own square is the same for all points.
    products = squares - 2 * (queries @ points.T)
    candidates = np.argpartition(products, proposed - 1, axis=1)[:, :proposed]
    distances = np.linalg.norm(queries[:, None, :] - points[candidates], axis=2)
    order = np.argsort(distances, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(distances, order, axis=1), np.take_along_axis(candidates, order, axis=1)
