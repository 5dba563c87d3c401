"""Labels on grids, the mass that they weigh, and pairs sent the wrong way round, against what is known otherwise."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from lemmata.numerics.measures import DiscreteMeasure
from lemmata.numerics.monge_ampere import map_gap, probability_flow_map, solve_semidiscrete
from lemmata.numerics.monge_ampere.label_picture import label_picture, run_lengths
from lemmata.numerics.monge_ampere.monotonicity import CrossedPair, certify_crossed_pair, find_crossed_pair
from lemmata.numerics.monge_ampere.shifted_grids import mismatch_by_grids
from lemmata.theory.replay import replay

TRIANGLE = DiscreteMeasure([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]])
EQUILATERAL = DiscreteMeasure([[1.0, 0.0], [-0.5, np.sqrt(0.75)], [-0.5, -np.sqrt(0.75)]])


def test_every_square_has_the_labels_of_its_midpoint() -> None:
    moved = DiscreteMeasure(TRIANGLE.atoms + np.array([3.0, -1.0]), TRIANGLE.weights)
    diagram = solve_semidiscrete(moved)
    picture = label_picture(diagram, resolution=20)
    assert picture.points.shape == (400, 2)
    assert (picture.flow.ravel() == probability_flow_map(picture.points, moved).labels).all()
    assert (picture.cells.ravel() == diagram.assign(picture.points)).all()
    np.testing.assert_allclose(picture.atoms, TRIANGLE.atoms, atol=1e-12)
    # Rows run along the second axis: the upper atom has the top row, except for its corners.
    assert (picture.cells[-1, 5:15] == 2).all()
    assert picture.decided.all()
    repeated = np.repeat(*map(np.asarray, run_lengths(picture.flow).values()))
    assert (repeated.reshape(20, 20) == picture.flow).all()


def test_the_grid_grows_to_show_atoms_unless_they_are_far() -> None:
    near = label_picture(solve_semidiscrete(DiscreteMeasure(5.0 * EQUILATERAL.atoms)), resolution=10)
    far = label_picture(solve_semidiscrete(DiscreteMeasure(50.0 * EQUILATERAL.atoms)), resolution=10)
    assert near.ticks[-1] + near.step / 2 == pytest.approx(5.5)
    assert far.ticks[-1] + far.step / 2 == pytest.approx(3.6)
    zoomed = label_picture(solve_semidiscrete(TRIANGLE), resolution=10, half_width=0.5)
    assert zoomed.ticks[0] - zoomed.step / 2 == pytest.approx(-0.5)


def test_atoms_in_space_are_seen_in_their_principal_plane() -> None:
    atoms = np.array([[3.0, 0, 0.1], [-3.0, 0, 0], [0, 2.0, 0.1], [0, -2.0, 0]])
    picture = label_picture(solve_semidiscrete(DiscreteMeasure(atoms), log2_directions=7), resolution=12)
    np.testing.assert_allclose(picture.basis.T @ picture.basis, np.eye(2), atol=1e-12)
    assert abs(picture.basis[2]).max() < 0.1
    assert len(np.unique(picture.flow)) == 4


def test_atoms_on_a_line_have_stripes_between_their_quantiles() -> None:
    measure = DiscreteMeasure([[-1.0], [0.5], [4.0]], [0.5, 0.3, 0.2])
    picture = label_picture(solve_semidiscrete(measure), resolution=200)
    assert (picture.flow == picture.cells).all()
    assert (picture.flow == picture.flow[0]).all()
    ends = picture.ticks[np.flatnonzero(np.diff(picture.flow[0]))] + picture.step / 2
    np.testing.assert_allclose(ends, norm.ppf([0.5, 0.8]), atol=picture.step)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"resolution": 1}, "two squares or more"), ({"resolution": 8, "half_width": 0.0}, "width must be positive")],
)
def test_a_picture_that_shows_nothing_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        label_picture(solve_semidiscrete(TRIANGLE), **options)
    with pytest.raises(ValueError, match="source must be N"):
        label_picture(solve_semidiscrete(TRIANGLE, horizon=1.0), resolution=8)


def test_grids_weigh_what_rays_do() -> None:
    gap = map_gap(TRIANGLE, tolerance=1e-4).mismatch
    coarse, fine = (
        mismatch_by_grids(solve_semidiscrete(TRIANGLE), resolution=m, grids=8, seed=0, false_alarm=1e-6)
        for m in (60, 200)
    )
    for found in (coarse, fine):
        assert abs(found.value - gap.value) <= found.error + gap.error
        assert sum(found.parts.values()) == pytest.approx(found.error)
    assert fine.parts["monte_carlo"] < coarse.parts["monte_carlo"] / 2
    assert fine.low > 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"grids": 1}, "two grids or more"),
        ({"resolution": 1}, "two points or more"),
        ({"measure": DiscreteMeasure([[0.0], [1.0]])}, "lie in R"),
        ({"horizon": 2.0}, "their source is N"),
        ({"measure": EQUILATERAL}, "terms that differ"),
    ],
)
def test_grids_that_say_nothing_are_refused(changes: dict[str, Any], said: str) -> None:
    problem: dict[str, Any] = {"measure": TRIANGLE, "horizon": np.inf, "resolution": 16, "grids": 2, **changes}
    diagram = solve_semidiscrete(problem["measure"], horizon=problem["horizon"])
    with pytest.raises(ValueError, match=said):
        mismatch_by_grids(diagram, resolution=problem["resolution"], grids=problem["grids"], seed=0, false_alarm=1e-3)


def test_a_pair_that_is_crossed_is_found_and_proved() -> None:
    picture = label_picture(solve_semidiscrete(TRIANGLE), resolution=120)
    points, labels = picture.points[picture.inner.ravel()], picture.flow[picture.inner]
    pair = find_crossed_pair(points, labels, picture.measure)
    assert pair is not None
    i, j = pair.labels
    assert pair.product == pytest.approx(
        (pair.first - pair.second) @ (picture.measure.atoms[i] - picture.measure.atoms[j])
    )
    assert pair.product < -0.01
    proof = certify_crossed_pair(pair, picture.measure)
    assert proof is not None
    assert [replay(one).goal for one in proof] == [f"ends at atom {i}", f"ends at atom {j}"]


def test_no_pair_of_an_optimal_map_is_crossed() -> None:
    for measure in (TRIANGLE, EQUILATERAL):
        picture = label_picture(solve_semidiscrete(measure), resolution=120)
        assert find_crossed_pair(picture.points, picture.cells.ravel(), picture.measure) is None
    assert find_crossed_pair(picture.points, picture.flow.ravel(), picture.measure) is None


def test_what_is_not_so_is_not_proved() -> None:
    wrong = CrossedPair(first=np.array([2.0, 1.5]), second=np.array([0.0, -0.4]), labels=(1, 0), product=-1.0)
    assert certify_crossed_pair(wrong, TRIANGLE) is None
    mirror = CrossedPair(first=np.array([2.0, 1.5]), second=np.array([0.0, -2.0]), labels=(1, 0), product=-1.0)
    assert certify_crossed_pair(mirror, TRIANGLE) is None
