"""Followed borders are where the flow's labels change, and what they sweep is how far the flow's maps are apart."""

import math

import numpy as np
import pytest

from lemmata.numerics.measures import DiscreteMeasure
from lemmata.numerics.monge_ampere import map_gap, probability_flow_map, tail_map
from lemmata.numerics.monge_ampere.basin_border import follow_borders
from lemmata.numerics.monge_ampere.limit_gap import limit_gap

TRIANGLE = DiscreteMeasure([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])
OBTUSE = DiscreteMeasure([[-1.8, 0.1], [2.2, 0.1], [0.5, 0.8]], [0.3, 0.3, 0.4])
CORNERS = np.array([[1.0, 0.0], [-0.5, math.sqrt(0.75)], [-0.5, -math.sqrt(0.75)]])
MEAN = np.array([0.4, 0.1])


@pytest.mark.parametrize("measure", [TRIANGLE, OBTUSE], ids=["acute", "obtuse"])
@pytest.mark.parametrize("horizon", [math.inf, 0.7])
def test_labels_change_at_the_border_and_are_those_of_its_two_atoms(measure: DiscreteMeasure, horizon: float) -> None:
    borders, looked_at = follow_borders(measure, [horizon], 8), 0
    for k in range(3):
        points, slopes = borders.points[0, k].reshape(-1, 2), borders.slopes[0, k].reshape(-1, 2)
        from_corner = np.linalg.norm(points - points[0], axis=1)
        seen = (np.linalg.norm(points, axis=1) < 5) & (from_corner > 0.05)
        if not seen.any():
            continue
        looked_at += int(seen.sum())
        tangents = slopes[seen] / np.linalg.norm(slopes[seen], axis=1, keepdims=True)
        normals = np.stack([tangents[:, 1], -tangents[:, 0]], axis=1)
        sides = [
            probability_flow_map(points[seen] + sign * 1e-5 * normals, measure, horizon=horizon) for sign in (1, -1)
        ]
        assert all(side.decided.all() for side in sides)
        # One atom on each side all along, and never the one that the border runs away from.
        found = [set(side.labels.tolist()) for side in sides if side.labels is not None]
        assert [len(labels) for labels in found] == [1, 1]
        assert found[0] | found[1] == {0, 1, 2} - {k}
    assert looked_at >= 30


def test_the_tail_carries_the_border_at_the_horizon_to_that_at_infinity() -> None:
    borders = follow_borders(TRIANGLE, [0.5, math.inf], 6)
    early, late = (borders.points[index].reshape(-1, 2) for index in (0, 1))
    carried = tail_map(early, TRIANGLE, horizon=0.5, rtol=1e-11, atol=1e-13).points
    allowed = 1e-8 * (1 + np.linalg.norm(late, axis=1))
    assert (np.linalg.norm(carried - late, axis=1) <= allowed).all()
    assert borders.error.max() < 1e-7


def test_panels_share_a_corner_and_their_derivatives_integrate_to_chords() -> None:
    borders = follow_borders(TRIANGLE, [math.inf], 24)
    starts = borders.points[0, :, 0, 0]
    assert np.linalg.norm(starts - starts[0], axis=1).max() < 1e-6
    for k in range(3):
        chord = (borders.weights[k][..., None] * borders.slopes[0, k]).sum(axis=(0, 1))
        reached = borders.points[0, k, -1, -1] - starts[k]
        assert np.linalg.norm(chord - reached) < 0.02 * np.linalg.norm(reached)


def test_the_coefficient_of_three_straight_borders_is_known() -> None:
    # Borders of the equilateral triangle are rays; |<m, n>| times 3 times the half-line's share of the density.
    normals = np.stack([CORNERS[i] - CORNERS[j] for i, j in ((0, 1), (1, 2), (2, 0))]) / math.sqrt(3)
    expected = 3 * np.abs(normals @ MEAN).sum() / (2 * math.sqrt(2 * math.pi))
    found = limit_gap(DiscreteMeasure(CORNERS + MEAN), [8.0])
    assert found.order == 1
    assert abs(found.coefficient.value - expected) <= found.coefficient.error + 1e-8
    assert math.exp(8.0) * found.l2_squared[0].value == pytest.approx(expected, rel=1e-4)


def test_borders_that_the_tail_does_not_move_sweep_nothing() -> None:
    found = limit_gap(DiscreteMeasure(CORNERS), [1.0, 3.0])
    assert found.order == 2
    assert all(gap.contains(0.0) and gap.error < 1e-7 for gap in found.l2_squared)
    assert found.coefficient.value < 1e-10


def test_where_the_map_from_infinity_is_optimal_the_rays_find_the_same_gap() -> None:
    moved = DiscreteMeasure(CORNERS + MEAN)
    swept = limit_gap(moved, [3.0]).l2_squared[0]
    along_rays = map_gap(moved, horizon=3.0, centred=False, tolerance=3e-4).l2_squared
    assert abs(swept.value - along_rays.value) <= swept.error + along_rays.error
    assert swept.error + along_rays.error < 0.1 * swept.value


@pytest.mark.parametrize(("measure", "horizon"), [(TRIANGLE, 1.0), (OBTUSE, 1.5)], ids=["acute", "obtuse"])
def test_the_gap_is_what_sampling_finds(measure: DiscreteMeasure, horizon: float) -> None:
    x = np.random.default_rng(0).normal(size=(60_000, 2))
    limit, early = (probability_flow_map(x, measure, horizon=at).points for at in (math.inf, horizon))
    squares = ((limit - early) ** 2).sum(axis=1)
    found = limit_gap(measure, [horizon]).l2_squared[0]
    # Five standard errors.
    assert abs(squares.mean() - found.value) <= found.error + 5 * squares.std() / math.sqrt(len(x))
    assert sum(found.parts.values()) == pytest.approx(found.error)


def test_the_quadrature_has_converged_and_says_so() -> None:
    coarse, fine = (limit_gap(TRIANGLE, [4.0], panels=panels) for panels in (8, 48))
    for rough, close in ((coarse.l2_squared[0], fine.l2_squared[0]), (coarse.coefficient, fine.coefficient)):
        assert abs(rough.value - close.value) <= rough.error + close.error
        assert close.error < rough.error
    assert fine.l2_squared[0].error < 1e-2 * fine.l2_squared[0].value


@pytest.mark.parametrize(
    "measure",
    [
        DiscreteMeasure([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]),
        DiscreteMeasure([[0.0, 0.0], [1.0, 0.0]]),
        DiscreteMeasure([[0.0], [1.0], [3.0]]),
        DiscreteMeasure([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [0.5, 0.5, 0.0]),
    ],
    ids=["collinear", "two atoms", "line", "no weight"],
)
def test_other_measures_are_refused(measure: DiscreteMeasure) -> None:
    with pytest.raises(ValueError, match="three atoms of positive weight"):
        limit_gap(measure, [3.0])


@pytest.mark.parametrize("horizon", [0.0, -1.0, math.inf, math.nan])
def test_horizons_that_are_not_positive_and_finite_are_refused(horizon: float) -> None:
    with pytest.raises(ValueError, match="positive and finite"):
        limit_gap(TRIANGLE, [3.0, horizon])
