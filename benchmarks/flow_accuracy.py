"""How near to the boundary of two basins the labels of a flow are right: its accuracy, whatever its coordinates.

Pairs of points with different labels are drawn together by bisection, at tolerances far tighter than those that are
timed, until they hold the boundary between them. A flow resolves a distance if it decides nearly all points that far
from the boundary. One that decides any point wrong, however near, resolves none: nobody could tell its right labels
from the wrong ones.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lemmata.numerics.monge_ampere import DiscreteMeasure, FlowMap, probability_flow_map

DISTANCES = 10.0 ** -np.arange(2, 10)
"""Distances from the boundary that are tried, each a tenth of the one before."""

DOUBTFUL = 0.05
"""The share of points that may stay undecided at a distance that is resolved."""

HALVINGS = 36
"""Of a segment of length about 1: what is left is far less than the last of `DISTANCES`."""


def points_near_boundaries(measure: DiscreteMeasure, horizon: float, count: int) -> tuple[Any, Any]:
    """Return points (k, 2 m, d) at the k distances from the boundary, m <= `count`, and their labels."""
    low, high = np.random.default_rng(3).standard_normal((2, count, measure.dimension))

    def labels(x: Any) -> Any:
        return probability_flow_map(x, measure, horizon=horizon, rtol=1e-12, atol=1e-14).labels

    first = labels(low)
    differ = first != labels(high)
    first, low, high = first[differ], low[differ], high[differ]
    across = (high - low) / np.linalg.norm(high - low, axis=1, keepdims=True)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = (labels(middle) == first)[:, None]
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    offsets = DISTANCES[:, None, None] * across
    x = np.concatenate([low - offsets, high + offsets], axis=1)
    return x, labels(x.reshape(-1, measure.dimension)).reshape(x.shape[:2])


def resolved_distance(flow: Callable[[Any], FlowMap], near: tuple[Any, Any]) -> float:
    """Return the least of `DISTANCES` that `flow` resolves along with all that are larger, infinity if it is none."""
    x, expected = near
    found = flow(x.reshape(-1, x.shape[2]))
    assert found.labels is not None
    if (found.labels != expected.ravel())[found.decided].any():
        return np.inf
    doubtful = 1 - found.decided.reshape(expected.shape).mean(axis=1)
    held = np.logical_and.accumulate(doubtful <= DOUBTFUL)
    return float(DISTANCES[held][-1]) if held.any() else np.inf
