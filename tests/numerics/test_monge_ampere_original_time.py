"""The textbook's flow and the regular one carry the same points to the same places."""

import numpy as np
import pytest

from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture
from lemmata.numerics.monge_ampere import flow_between, original_time_flow_map, probability_flow_map
from lemmata.numerics.solve import STIFF, SolveFailed

TRIANGLE = DiscreteMeasure([[-1, -0.4], [1, -0.4], [0, 0.8]])
POINTS = np.random.default_rng(1).standard_normal((256, 2))


@pytest.mark.parametrize("horizon", [0.5, 4.0])
def test_both_flows_agree_on_points_and_labels(horizon: float) -> None:
    oracle = original_time_flow_map(POINTS, TRIANGLE, horizon=horizon)
    between = flow_between(POINTS, TRIANGLE, start=horizon, end=1e-3)
    assert (np.linalg.norm(oracle.points - between.points, axis=1) <= oracle.error + between.error).all()
    assert oracle.error.max() < 1e-5
    labelled = probability_flow_map(POINTS, TRIANGLE, horizon=horizon)
    assert oracle.decided.all()
    assert labelled.decided.all()
    assert oracle.labels is not None
    assert labelled.labels is not None
    assert oracle.labels.tolist() == labelled.labels.tolist()


@pytest.mark.parametrize(
    "measure",
    [TRIANGLE, GaussianMixture([[1, 0], [-1, 0.5]], [[[0.2, 0.1], [0.1, 0.3]], [[0.5, 0], [0, 0.1]]], [0.3, 0.7])],
    ids=["atoms", "mixture"],
)
def test_both_flows_agree_on_smoothed_data(measure: DiscreteMeasure | GaussianMixture) -> None:
    oracle = original_time_flow_map(POINTS[:40], measure, horizon=2.0, final_time=0.0, smoothing=0.3)
    regular = probability_flow_map(POINTS[:40], measure, horizon=2.0, smoothing=0.3)
    assert (np.linalg.norm(oracle.points - regular.points, axis=1) <= oracle.error + regular.error).all()
    assert max(oracle.error.max(), regular.error.max()) < 1e-3
    assert oracle.labels is None


def test_the_error_covers_a_tighter_run_and_an_implicit_method() -> None:
    tight = original_time_flow_map(POINTS[:20], TRIANGLE, horizon=1.0, final_time=0.01, rtol=1e-11, atol=1e-12)
    loose = original_time_flow_map(POINTS[:20], TRIANGLE, horizon=1.0, final_time=0.01, rtol=1e-4, atol=1e-5)
    implicit = original_time_flow_map(
        POINTS[:20], TRIANGLE, horizon=1.0, final_time=0.01, rtol=1e-4, atol=1e-5, solver=STIFF
    )
    for found in (loose, implicit):
        assert (np.linalg.norm(found.points - tight.points, axis=1) <= found.error + tight.error).all()
        assert found.error.max() > 10 * tight.error.max()
    assert "Kvaerno5" in implicit.method


def test_a_point_that_cannot_be_solved_has_a_reason() -> None:
    # The squared distances of the posterior's exponents overflow.
    with pytest.raises(SolveFailed, match="maximum number of solver steps"):
        original_time_flow_map([[1e200, 0.0]], TRIANGLE, horizon=1.0)
    with pytest.raises(SolveFailed, match="maximum number of solver steps"):
        flow_between([[1e200, 0.0]], TRIANGLE, start=1.0, end=0.5)
    unsolved = probability_flow_map([[1e200, 0.0]], TRIANGLE, horizon=np.inf)
    assert not unsolved.decided.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": [[0.1]]}, "points must have shape"),
        ({"horizon": np.inf}, "horizon must be finite"),
        ({"horizon": 1e-4}, "horizon must be finite and beyond"),
        ({"final_time": 0.0}, "0 where data are smoothed"),
        ({"final_time": -1.0}, "must be positive"),
        ({"smoothing": -1.0}, "smoothing must not be negative"),
        ({"atol": 0.0}, "tolerances must be positive"),
    ],
)
def test_malformed_problems_are_refused(change: dict[str, object], message: str) -> None:
    problem: dict[str, object] = {"x": [[0.1, 0.2]], "measure": TRIANGLE, "horizon": 1.0} | change
    with pytest.raises(ValueError, match=message):
        original_time_flow_map(**problem)  # type: ignore[arg-type]
