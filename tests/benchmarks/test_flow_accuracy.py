"""The accuracy of a flow is the distance from a boundary down to which it decides labels, if it decides none wrong."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from benchmarks.flow_accuracy import DISTANCES, points_near_boundaries, resolved_distance

from lemmata.numerics.monge_ampere import DiscreteMeasure, FlowMap

PAIR = DiscreteMeasure([[1.0, 0.0], [-1.0, 0.0]])
"""Its boundary is the line x = 0: label 0 to the right."""


def flow(x: Any, *, doubtful_below: float, boundary: float = 0.0) -> FlowMap:
    """Label the points by the side of a boundary, and decide those that are far enough from it."""
    away = x[:, 0] - boundary
    return FlowMap(
        points=x,
        error=np.zeros(len(x)),
        labels=np.where(away > 0, 0, 1),
        decided=np.abs(away) > doubtful_below,
        method="",
    )


@pytest.fixture(scope="module")
def near() -> tuple[Any, Any]:
    return points_near_boundaries(PAIR, 2.0, 40)


def test_points_are_as_far_from_the_boundary_as_said(near: tuple[Any, Any]) -> None:
    x, labels = near
    half = x.shape[1] // 2
    assert half > 10
    apart = np.linalg.norm(x[:, half:] - x[:, :half], axis=2)
    np.testing.assert_allclose(apart, 2 * np.broadcast_to(DISTANCES[:, None], apart.shape), rtol=0.1)
    assert (labels == np.where(x[..., 0] > 0, 0, 1)).all()


@pytest.mark.parametrize(
    ("run", "resolved"),
    [
        (partial(flow, doubtful_below=0.0), DISTANCES[-1]),
        (partial(flow, doubtful_below=1e-7), None),
        (partial(flow, doubtful_below=1.0), np.inf),
        (partial(flow, doubtful_below=0.0, boundary=1e-6), np.inf),
        (partial(flow, doubtful_below=1e-5, boundary=1e-6), None),
    ],
)
def test_what_is_resolved(run: Callable[[Any], FlowMap], resolved: float | None, near: tuple[Any, Any]) -> None:
    found = resolved_distance(run, near)
    if resolved is None:
        # Segments cross the boundary at an angle, so a distance along them is larger than that from the line.
        assert run.keywords["doubtful_below"] < found <= 1e-3  # type: ignore[attr-defined]
    else:
        assert found == resolved
