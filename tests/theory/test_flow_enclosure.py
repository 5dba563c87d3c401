"""Labels of the probability flow in ball arithmetic against a floating-point solver that shares nothing with it."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import flint
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lemmata.theory.monge_ampere import EnclosureTooWideError, FlowProblem, enclose_flow_label
from lemmata.theory.monge_ampere import flow_enclosure as module
from lemmata.theory.replay import ReplayError, replay

TRIANGLE = ((Fraction(-1), Fraction(-2, 5)), (Fraction(1), Fraction(-2, 5)), (Fraction(0), Fraction(4, 5)))
EQUAL = (Fraction(1, 3),) * 3


def label_by_dop853(atoms: Any, weights: Any, start: Any, signal: float) -> int:
    points, shares = np.asarray(atoms, float), np.asarray(weights, float)

    def field(tau: float, u: Any) -> Any:
        scores = np.log(shares) + tau * (points @ u) - tau**2 * (points**2).sum(axis=1) / 2
        posterior = np.exp(scores - scores.max())
        return posterior / posterior.sum() @ points

    reach = 40 / min(np.linalg.norm(a - b) for a, b in combinations(points, 2))
    end = solve_ivp(
        field, (signal, signal + reach), np.asarray(start, float), method="DOP853", rtol=1e-10, atol=1e-12
    ).y[:, -1]
    return int(np.argmin(((points - end / (signal + reach)) ** 2).sum(axis=1)))


def test_the_two_points_of_the_counterexample() -> None:
    far = enclose_flow_label(TRIANGLE, EQUAL, (2, Fraction(3, 2)))
    near = enclose_flow_label(TRIANGLE, EQUAL, (0, Fraction(-2, 5)))
    assert (far.label, near.label) == (1, 2)
    first, second = (np.array(TRIANGLE[found.label], float) for found in (far, near))
    assert (np.array([2, 1.5]) - np.array([0, -0.4])) @ (first - second) == pytest.approx(-0.28)
    assert replay(far.certificate).goal == "ends at atom 1"


@pytest.mark.parametrize("seed", range(6))
def test_labels_agree_with_a_floating_point_solver(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dimension, count = int(rng.integers(1, 4)), int(rng.integers(2, 6))
    scale = Fraction(10) ** int(rng.integers(-1, 2))
    atoms = [tuple(scale * Fraction(int(x), 10) for x in row) for row in rng.integers(-20, 21, (count, dimension))]
    parts = [int(p) for p in rng.integers(1, 6, count)]
    weights = [Fraction(p, sum(parts)) for p in parts]
    start = [Fraction(int(x), 8) for x in rng.integers(-16, 17, dimension)]
    signal = Fraction(int(rng.integers(0, 3)), 4) / scale
    found = enclose_flow_label(atoms, weights, start, signal)
    assert found.label == label_by_dop853(atoms, weights, start, float(signal))
    assert replay(found.certificate).goal == f"ends at atom {found.label}"


def test_a_ball_of_starts_goes_where_its_centre_goes() -> None:
    signal, radius = Fraction(1, 2**40), Fraction(1, 2**30)
    found = enclose_flow_label(TRIANGLE, EQUAL, (0, Fraction(-2, 5)), signal, radius)
    assert found.label == 2
    report = replay(found.certificate)
    assert f"from within {radius} of it" in report.claim
    aside = [Fraction(2, 3) * radius, Fraction(-2, 3) * radius - Fraction(2, 5)]
    assert enclose_flow_label(TRIANGLE, EQUAL, aside, signal).label == 2


def test_a_ball_across_a_border_has_no_label() -> None:
    # The mirror x = 0 separates the basins of the atoms 0 and 1 below, 1/100 from the centre.
    centre = (Fraction(1, 100), Fraction(-1))
    assert enclose_flow_label(TRIANGLE, EQUAL, centre).label == 1
    with pytest.raises(EnclosureTooWideError):
        enclose_flow_label(TRIANGLE, EQUAL, centre, radius=Fraction(1, 50))


def test_either_side_of_a_mirror_is_told_and_the_mirror_is_not() -> None:
    for side, label in ((1, 1), (-1, 0)):
        assert enclose_flow_label(TRIANGLE, EQUAL, (Fraction(side, 1000), -1)).label == label
    with pytest.raises(EnclosureTooWideError, match=r"no atom is certain|too wide"):
        enclose_flow_label(TRIANGLE, EQUAL, (0, -2))


@pytest.mark.parametrize(
    "change",
    [
        {"label": 0},
        {"label": True},
        {"label": 7},
        {"weights": ["1/3", "1/3", "1/2"]},
        {"weights": ["2/6", "1/3", "1/3"]},
        {"start": ["0", "-2/5"]},
        {"start": ["2"]},
        {"atoms": [["1", "-2/5"], ["-1", "-2/5"], ["0", "4/5"]]},
        {"signal": "-1"},
        {"signal": "x"},
        {"radius": "-1"},
        {"radius": "0/2"},
        {"radius": "2"},
        {"extra": 1},
    ],
)
def test_an_altered_certificate_does_not_replay(change: dict[str, Any]) -> None:
    certificate = enclose_flow_label(TRIANGLE, EQUAL, (2, Fraction(3, 2))).certificate
    altered = replace(certificate, payload=dict(certificate.payload) | change)
    with pytest.raises(ReplayError):
        replay(altered)


def test_series_are_long_enough_whatever_flint_is_set_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert flint.ctx.cap < module.ORDER
    with pytest.raises(EnclosureTooWideError, match="no term"):
        next(module.follow_by_defect(FlowProblem(TRIANGLE, EQUAL, TRIANGLE[0], Fraction(0)), Fraction(1, 2)))
    before = flint.ctx.cap
    enclose_flow_label(TRIANGLE, EQUAL, (2, Fraction(3, 2)))
    assert flint.ctx.cap == before


@pytest.mark.parametrize(
    ("atoms", "weights", "start", "signal", "message"),
    [
        (TRIANGLE[:1], (Fraction(1),), (0, 0), 0, "two atoms"),
        (TRIANGLE, EQUAL, (0,), 0, "one dimension"),
        (TRIANGLE, EQUAL[:2], (0, 0), 0, "positive weight"),
        (TRIANGLE, (Fraction(1, 2), Fraction(1, 2), Fraction(0)), (0, 0), 0, "positive weight"),
        ((TRIANGLE[0], *TRIANGLE[:2]), EQUAL, (0, 0), 0, "merge"),
        (TRIANGLE, EQUAL, (0, 0), -1, "tau"),
    ],
)
def test_a_malformed_problem_is_refused(atoms: Any, weights: Any, start: Any, signal: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        enclose_flow_label(atoms, weights, start, signal)


def test_both_methods_enclose_the_same_solution() -> None:
    problem = FlowProblem(TRIANGLE, EQUAL, (Fraction(2), Fraction(3, 2)), Fraction(0))
    boxes: dict[Fraction, Any] = {}
    with module.ball_arithmetic():
        for method in (module.follow_by_defect, module.follow_by_moore):
            for tau, box in method(problem, Fraction(1, 2)):
                if tau > 2:
                    break
                if tau in boxes:
                    assert all(first.overlaps(second) for first, second in zip(box, boxes[tau], strict=True))
                    assert max(float(x.rad()) for x in box) < 1e-18
                boxes[tau] = box
    assert len(boxes) > 80


def test_a_negative_radius_is_refused() -> None:
    with pytest.raises(ValueError, match="radius"):
        enclose_flow_label(TRIANGLE, EQUAL, (0, 0), radius=Fraction(-1))
