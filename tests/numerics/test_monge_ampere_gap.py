"""The gap between flow and transport is zero where theory says so, and elsewhere what plain sampling finds."""

from typing import Any

import numpy as np
import pytest

from lemmata.numerics.measures import DiscreteMeasure
from lemmata.numerics.monge_ampere.angular_quadrature import mean_over_circle
from lemmata.numerics.monge_ampere.flow import probability_flow_map
from lemmata.numerics.monge_ampere.forward_law import forward_law
from lemmata.numerics.monge_ampere.gap import MapGap, map_gap

TRIANGLE = DiscreteMeasure([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])
EQUILATERAL = DiscreteMeasure([[1.0, 0.0], [-0.5, np.sqrt(0.75)], [-0.5, -np.sqrt(0.75)]])
SHIFTED = DiscreteMeasure(TRIANGLE.atoms + np.array([0.7, -0.3]))
NUMBERS = ("mismatch", "l2_squared", "cost_excess")


def sampled_terms(measure: DiscreteMeasure, gap: MapGap, x: Any, horizon: float, centre: Any) -> Any:
    """Return the three integrands of the gap at points x, from the two maps alone."""
    centred = DiscreteMeasure(measure.atoms - centre, measure.weights)
    found = probability_flow_map(x, centred, horizon=horizon).labels
    flow, transport = centred.atoms[found], centred.atoms[gap.diagram.assign(x)]
    excess = ((x - flow) ** 2).sum(axis=1) - ((x - transport) ** 2).sum(axis=1)
    return np.stack([(flow != transport).any(axis=1), ((flow - transport) ** 2).sum(axis=1), excess], axis=1)


@pytest.mark.parametrize(
    ("measure", "horizon", "source", "centred"),
    [
        (TRIANGLE, np.inf, "normal", True),
        (SHIFTED, 1.0, "normal", True),
        (SHIFTED, 1.0, "normal", False),
        (TRIANGLE, 1.0, "forward", True),
    ],
)
def test_the_gap_is_what_sampling_finds(measure: DiscreteMeasure, horizon: float, source: Any, centred: bool) -> None:
    gap = map_gap(measure, horizon=horizon, source=source, centred=centred, tolerance=1e-3)
    rng, count = np.random.default_rng(0), 40_000
    law = forward_law(measure, horizon if source == "forward" else np.inf)
    x = law.means[rng.choice(len(law.means), count, p=law.weights)] + law.scale * rng.normal(size=(count, 2))
    terms = sampled_terms(measure, gap, x, horizon, measure.mean() if centred else np.zeros(2))
    for name, column in zip(NUMBERS, terms.T, strict=True):
        estimate = getattr(gap, name)
        # Five standard errors.
        assert abs(column.mean() - estimate.value) <= estimate.error + 5 * column.std() / np.sqrt(count), name


def test_the_triangle_of_the_counterexample_is_not_transported_optimally() -> None:
    rough, fine = map_gap(TRIANGLE), map_gap(TRIANGLE, tolerance=1e-6)
    assert rough.mismatch.error <= 1e-5
    for name in NUMBERS:
        coarse, close = getattr(rough, name), getattr(fine, name)
        assert abs(coarse.value - close.value) <= coarse.error + close.error
        assert close.low > 0
    assert sum(rough.mismatch.parts.values()) == pytest.approx(rough.mismatch.error)


@pytest.mark.parametrize(
    "measure",
    [
        EQUILATERAL,
        DiscreteMeasure([[0.0], [1.0], [3.0]], [0.2, 0.5, 0.3]),
        DiscreteMeasure([[0.0, 1.0], [2.0, 3.0], [3.0, 4.0]], [0.2, 0.3, 0.5]),
        DiscreteMeasure([[-1.0, 0.0], [2.0, 0.0], [-1.0, 1.0], [2.0, 1.0]], [0.12, 0.28, 0.18, 0.42]),
    ],
    ids=["equilateral", "line", "collinear", "product"],
)
def test_where_the_flow_is_optimal_there_is_no_gap(measure: DiscreteMeasure) -> None:
    gap = map_gap(measure, tolerance=2e-5)
    for name in NUMBERS:
        assert getattr(gap, name).contains(0.0), name
    assert gap.mismatch.value < 4e-5


def test_one_atom_leaves_no_gap() -> None:
    assert map_gap(DiscreteMeasure([[1.0, 2.0], [1.0, 2.0]])).mismatch.high == 0


@pytest.mark.parametrize(("horizon", "source"), [(np.inf, "normal"), (1.0, "forward")])
def test_the_mean_matters_neither_at_infinity_nor_from_the_forward_law(horizon: float, source: Any) -> None:
    raw = map_gap(SHIFTED, horizon=horizon, source=source, centred=False, tolerance=3e-4)
    centred = map_gap(TRIANGLE, horizon=horizon, source=source, tolerance=3e-4)
    for name in NUMBERS:
        left, right = getattr(raw, name), getattr(centred, name)
        assert abs(left.value - right.value) <= left.error + right.error


def test_the_mean_matters_from_the_normal_law_at_finite_time() -> None:
    raw = map_gap(SHIFTED, horizon=1.0, centred=False, tolerance=3e-4)
    centred = map_gap(SHIFTED, horizon=1.0, tolerance=3e-4)
    assert raw.mismatch.low > centred.mismatch.high + 0.05


@pytest.mark.slow
def test_above_the_plane_directions_are_sampled() -> None:
    # A simplex of the symmetric group, so the flow is optimal, in an arbitrary position.
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    corners = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) @ turn
    simplex = map_gap(DiscreteMeasure(corners), tolerance=1e-3)
    stretched = map_gap(DiscreteMeasure(corners * np.array([2.0, 1.0, 0.5])), tolerance=1e-3)
    assert simplex.mismatch.contains(0.0)
    assert stretched.mismatch.low > 0
    assert stretched.mismatch.false_alarm > 0


def test_a_tolerance_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="tolerance must be positive"):
        map_gap(TRIANGLE, tolerance=0.0)


def test_the_mean_over_the_circle_finds_kinks_and_jumps() -> None:
    def function(theta: np.ndarray) -> np.ndarray:
        cosine = np.cos(theta - 0.2)
        return np.stack([cosine**2, np.abs(cosine), 1.0 * (cosine > 0.9)], axis=1)

    mean = mean_over_circle(function, np.full(3, 1e-6))
    exact = np.array([0.5, 2 / np.pi, np.arccos(0.9) / np.pi])
    assert (np.abs(mean.value - exact) <= mean.error + 1e-15).all()
    assert (mean.error <= 1e-5).all()
