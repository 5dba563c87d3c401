"""The flow's maps have the certified labels, the closed forms where there are any, and errors that cover."""

from fractions import Fraction
from itertools import pairwise

import jax
import numpy as np
import pytest
from jaxtyping import TypeCheckError
from scipy.stats import norm

from lemmata.numerics.compile import compile_expression
from lemmata.numerics.measures import DiscreteMeasure, GaussianMixture
from lemmata.numerics.monge_ampere import flow, flow_between, probability_flow_map, regular_flow, tail_map
from lemmata.numerics.monge_ampere.regular_flow import Tolerance, regular_point
from lemmata.theory.monge_ampere import enclose_flow_label, gaussian, notation

TRIANGLE = DiscreteMeasure([[-1, -0.4], [1, -0.4], [0, 0.8]])


def _law(seed: int, atoms: int = 4, dimension: int = 2) -> DiscreteMeasure:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(atoms, 2.0))
    return DiscreteMeasure(rng.standard_normal((atoms, dimension)), weights)


@pytest.mark.parametrize("horizon", [0.5, 1, 2, 4, 8, 12, np.inf])
def test_the_counterexample_has_its_labels_at_every_horizon(horizon: float) -> None:
    found = probability_flow_map([[2, 1.5], [0, -0.4]], TRIANGLE, horizon=horizon)
    assert found.labels is not None
    assert found.labels.tolist() == [1, 2]
    assert found.decided.all()
    assert found.points.tolist() == [[1, -0.4], [0, 0.8]]
    first, second = np.array([2, 1.5]) - [0, -0.4], found.points[0] - found.points[1]
    assert first @ second == pytest.approx(-0.28, abs=1e-14)


@pytest.mark.parametrize("seed", [1, 2])
def test_labels_are_those_certified_in_ball_arithmetic(seed: int) -> None:
    law = _law(seed)
    x = np.random.default_rng(seed + 100).standard_normal((4, 2))
    weights = [Fraction(float(w)) for w in law.weights]
    weights[-1] = Fraction(1) - sum(weights[:-1])
    certified = [
        enclose_flow_label(
            [[Fraction(float(c)) for c in y] for y in law.atoms], weights, [Fraction(float(c)) for c in point]
        ).label
        for point in x
    ]
    found = probability_flow_map(x, law)
    assert found.decided.all()
    assert found.labels is not None
    assert found.labels.tolist() == certified
    assert len(set(certified)) > 1


def test_on_the_line_the_map_jumps_at_gaussian_quantiles() -> None:
    law = DiscreteMeasure([[0.7], [-1.2], [2.0], [0.1]], [0.3, 0.2, 0.4, 0.1])
    order = np.argsort(law.atoms[:, 0])
    jumps = norm.ppf(np.cumsum(law.weights[order])[:-1])
    for offset in (-1e-10, 1e-10):
        found = probability_flow_map((jumps + offset)[:, None], law, rtol=1e-12, atol=1e-14)
        expected = order[1:] if offset > 0 else order[:-1]
        assert found.decided.all()
        assert found.labels is not None
        assert found.labels.tolist() == expected.tolist()


def test_gaussian_data_have_their_closed_form() -> None:
    basis, eigenvalues = np.linalg.qr(np.random.default_rng(5).standard_normal((2, 2)))[0], np.array([0.3, 2.5])
    mean = np.array([0.4, -1.1])
    law = GaussianMixture(mean[None], (basis @ np.diag(eigenvalues) @ basis.T)[None])
    x = np.random.default_rng(6).standard_normal((20, 2))
    closed = compile_expression(
        gaussian.reverse_map(), (notation.x, notation.remaining, notation.mean, notation.eigenvalue)
    )
    for horizon in (0.3, 2.0, np.inf):
        expected = np.asarray(closed(x @ basis, np.exp(-horizon), mean @ basis, eigenvalues)) @ basis.T
        found = probability_flow_map(x, law, horizon=horizon)
        distance = np.linalg.norm(found.points - expected, axis=1)
        assert (distance <= found.error).all()
        assert found.error.max() < 1e-5
        assert found.labels is None


def test_standard_normal_data_stay_where_they_are_in_any_basis() -> None:
    x = np.random.default_rng(1).standard_normal((8, 5))
    for seed in range(12):
        basis = np.linalg.qr(np.random.default_rng(seed).standard_normal((5, 5)))[0]
        found = probability_flow_map(x, GaussianMixture(np.zeros((1, 5)), (basis @ basis.T)[None]), horizon=1.0)
        assert (np.linalg.norm(found.points - x, axis=1) <= found.error + 1e-14).all()


def test_through_infinity_and_back_is_the_reverse_map() -> None:
    law, x = _law(7), np.random.default_rng(8).standard_normal((300, 2))
    for horizon in (0.4, 1.5):
        direct = probability_flow_map(x, law, horizon=horizon)
        through = probability_flow_map(tail_map(x, law, horizon=horizon).points, law)
        assert direct.labels is not None
        assert through.labels is not None
        assert direct.labels.tolist() == through.labels.tolist()
        prior = probability_flow_map(x, law)
        assert prior.labels is not None
        assert (direct.labels != prior.labels).any()


@pytest.mark.parametrize("smoothing", [0.0, 0.4])
def test_flows_compose_and_reverse(smoothing: float) -> None:
    law, x = _law(9, dimension=3), np.random.default_rng(10).standard_normal((30, 3))
    there = flow_between(x, law, start=1.5, end=0.6, smoothing=smoothing)
    further = flow_between(there.points, law, start=0.6, end=0.2, smoothing=smoothing)
    direct = flow_between(x, law, start=1.5, end=0.2, smoothing=smoothing)
    back = flow_between(there.points, law, start=0.6, end=1.5, smoothing=smoothing)
    assert np.abs(further.points - direct.points).max() < 1e-7
    assert np.abs(back.points - x).max() < 1e-7
    still = flow_between(x, law, start=1.5, end=1.5, smoothing=smoothing)
    assert np.abs(still.points - x).max() < 1e-15


def test_errors_cover_and_shrink_with_the_tolerance() -> None:
    law, x = _law(11), np.random.default_rng(12).standard_normal((200, 2))
    exact = probability_flow_map(x, law, smoothing=0.3, rtol=1e-12, atol=1e-14)
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        found = probability_flow_map(x, law, smoothing=0.3, rtol=rtol, atol=rtol / 100)
        assert (np.linalg.norm(found.points - exact.points, axis=1) <= found.error + exact.error).all()
        errors.append(found.error.max())
    assert all(later < earlier / 10 for earlier, later in pairwise(errors))


def test_a_smoothed_atom_is_a_gaussian() -> None:
    x = np.random.default_rng(13).standard_normal((5, 2))
    mean, deviation = np.array([0.5, -2.0]), 0.7
    atom = probability_flow_map(x, DiscreteMeasure([mean]), smoothing=deviation)
    law = probability_flow_map(x, GaussianMixture([mean], [deviation**2 * np.eye(2)]))
    assert np.abs(atom.points - (mean + deviation * x)).max() < 1e-12
    assert np.abs(law.points - atom.points).max() < 1e-12


def test_points_on_a_boundary_are_not_decided() -> None:
    pair = DiscreteMeasure([[1, 0.5], [-1, 0.5]])
    heights = np.linspace(-2, 2, 7)
    for offset in (0.0, 1e-15):
        on_boundary = probability_flow_map(np.stack([np.full(7, offset), heights], axis=1), pair)
        assert not on_boundary.decided.any()
        assert (on_boundary.error == 2).all()
    beside = probability_flow_map(np.stack([np.full(7, 1e-4), heights], axis=1), pair)
    assert beside.decided.all()
    assert beside.labels is not None
    assert (beside.labels == 0).all()
    assert (beside.error == 0).all()


def test_equal_atoms_count_as_the_first_and_atoms_of_no_weight_never_win() -> None:
    atoms = [[5.0, 5.0], *TRIANGLE.atoms[[2, 0, 1, 2]]]
    law = DiscreteMeasure(atoms, [0, 1 / 6, 1 / 3, 1 / 3, 1 / 6])
    x = np.random.default_rng(14).standard_normal((100, 2))
    found, plain = probability_flow_map(x, law), probability_flow_map(x, TRIANGLE)
    assert found.labels is not None
    assert plain.labels is not None
    assert found.labels.tolist() == np.array([2, 3, 1])[plain.labels].tolist()
    alone = probability_flow_map(x, DiscreteMeasure([[1.0, 2.0]]))
    assert alone.decided.all()
    assert (alone.points == [1, 2]).all()


def test_the_answer_does_not_depend_on_how_many_points_there_are() -> None:
    law, x = _law(15, atoms=6), np.random.default_rng(16).standard_normal((600, 2))
    together, few = (flow_between(points, law, start=2, end=0.1) for points in (x, x[:5]))
    assert (np.linalg.norm(together.points[:5] - few.points, axis=1) <= together.error[:5] + few.error).all()
    labels = probability_flow_map(x, law).labels
    assert labels is not None
    assert labels[:5].tolist() == probability_flow_map(x[:5], law).labels.tolist()  # type: ignore[union-attr]


def test_parts_of_the_points_have_the_labels_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(17).standard_normal((150, 2))
    whole = probability_flow_map(x, TRIANGLE)
    monkeypatch.setattr(flow, "MOST_ENTRIES", 100)
    parts = probability_flow_map(x, TRIANGLE)
    assert whole.labels is not None
    assert parts.labels is not None
    assert parts.labels.tolist() == whole.labels.tolist()


@pytest.mark.parametrize(("seed", "atoms", "dimension"), [(18, 3, 2), (19, 6, 2), (20, 5, 3)])
def test_what_a_coarse_pass_decides_stands_at_a_tight_tolerance(
    monkeypatch: pytest.MonkeyPatch, seed: int, atoms: int, dimension: int
) -> None:
    law, x = _law(seed, atoms, dimension), np.random.default_rng(seed).standard_normal((4000, dimension))
    tight = Tolerance(1e-10, 1e-12)
    with monkeypatch.context() as patch:
        patch.setattr(flow, "COARSE", tight)
        exact = probability_flow_map(x, law, rtol=tight.relative, atol=tight.absolute)
    coarse = probability_flow_map(x, law, rtol=flow.COARSE.relative, atol=flow.COARSE.absolute)
    for found in (coarse, probability_flow_map(x, law)):
        assert exact.labels is not None
        assert found.labels is not None
        assert (found.labels == exact.labels)[found.decided & exact.decided].all()
    assert exact.decided.all()
    assert coarse.decided.mean() > 0.98


def test_blocks_of_an_accelerator_hold_the_same_points(monkeypatch: pytest.MonkeyPatch) -> None:
    law, x = _law(21), np.random.default_rng(22).standard_normal((1500, 2))
    on_processor = flow_between(x, law, start=2, end=0.3)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(regular_flow, "ACCELERATOR_BLOCK_SIZES", (64, 1024))
    elsewhere = flow_between(x, law, start=2, end=0.3)
    distance = np.linalg.norm(on_processor.points - elsewhere.points, axis=1)
    assert (distance <= on_processor.error + elsewhere.error).all()
    # Other blocks choose other steps.
    assert distance.max() > 0


def test_times_have_regular_coordinates() -> None:
    at = regular_point(0.8)
    assert at.tau == pytest.approx(1 / np.sqrt(np.exp(1.6) - 1), rel=1e-14)
    assert at.scale == pytest.approx(np.sqrt(1 + at.tau**2), rel=1e-14)
    assert (regular_point(np.inf).tau, regular_point(np.inf).scale) == (0, 1)
    assert regular_point(0.0, 0.25).tau == pytest.approx(4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": [1.0, 2.0]}, "points must have shape"),
        ({"x": [[1.0, 2.0, 3.0]]}, "points must have shape"),
        ({"x": np.zeros((0, 2))}, "points must have shape"),
        ({"x": [[np.nan, 0.0]]}, "points must be finite"),
        ({"horizon": 0.0}, "must be positive"),
        ({"horizon": -1.0}, "must be positive"),
        ({"horizon": np.nan}, "must be positive"),
        ({"smoothing": -0.1}, "smoothing must not be negative"),
        ({"rtol": 0.0}, "tolerances must be positive"),
        ({"measure": GaussianMixture([[0, 0]], [[[1, 0], [0, 0]]])}, "0 where data are smoothed"),
    ],
)
def test_malformed_problems_are_refused(change: dict[str, object], message: str) -> None:
    problem: dict[str, object] = {"x": [[0.1, 0.2]], "measure": TRIANGLE, "horizon": 1.0} | change
    with pytest.raises(ValueError, match=message):
        probability_flow_map(**problem)  # type: ignore[arg-type]


def test_annotations_of_the_subpackage_are_checked_at_run_time() -> None:
    with pytest.raises(TypeCheckError):
        probability_flow_map([[0.1, 0.2]], TRIANGLE, horizon="far")  # type: ignore[arg-type]
