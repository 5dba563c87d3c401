"""Points of the probability flow in ball arithmetic against a floating-point solver, and starts that are late."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lemmata.theory.monge_ampere import point_enclosure as module
from lemmata.theory.replay import ReplayError, replay

TRIANGLE = ((Fraction(-1), Fraction(-2, 5)), (Fraction(1), Fraction(-2, 5)), (Fraction(0), Fraction(4, 5)))
WEIGHTS = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
PLACE = (Fraction(3, 10), Fraction(-1, 5))


def followed(start: Any, signal: float, end: float) -> Any:
    atoms, shares = np.asarray(TRIANGLE, float), np.asarray(WEIGHTS, float)

    def field(tau: float, u: Any) -> Any:
        scores = np.log(shares) + tau * (atoms @ u) - tau**2 * (atoms**2).sum(axis=1) / 2
        posterior = np.exp(scores - scores.max())
        return posterior / posterior.sum() @ atoms

    start = np.asarray(start, float)
    return solve_ivp(field, (signal, end), start, method="DOP853", rtol=1e-11, atol=1e-13).y[:, -1]


@pytest.mark.parametrize(
    ("signal", "end"), [(Fraction(0), Fraction(2)), (Fraction(1, 7), Fraction(1)), (Fraction(0), Fraction(1, 100))]
)
def test_points_agree_with_a_floating_point_solver(signal: Fraction, end: Fraction) -> None:
    found = module.enclose_flow_point(TRIANGLE, WEIGHTS, PLACE, end, signal=signal)
    expected = followed(PLACE, float(signal), float(end))
    assert np.abs(np.asarray(found.centre, float) - expected).max() <= float(found.half_width) + 1e-8
    assert replay(found.certificate).goal.endswith(f"at tau = {end}")


def test_a_point_that_passes_a_saddle_is_replayed_with_shorter_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    thirds = (Fraction(1, 3),) * 3
    found = module.enclose_flow_point(TRIANGLE, thirds, (Fraction(0), Fraction(-1, 2)), 8)
    assert found.centre[0] == 0
    assert replay(found.certificate).kind == "flow point"
    monkeypatch.setattr(module, "REPLAY_PARTS", (1,))
    with pytest.raises(ReplayError, match="not known to be within"):
        replay(found.certificate)


@pytest.mark.parametrize(
    "change",
    [
        {"centre": ["3", "0"]},
        {"centre": ["3"]},
        {"half_width": "1"},
        {"end": "0"},
        {"end": "1/2"},
        {"end": "x"},
        {"weights": ["1/3", "1/3", "1/3"]},
        {"extra": 1},
    ],
)
def test_an_altered_certificate_does_not_replay(change: dict[str, Any]) -> None:
    certificate = module.enclose_flow_point(TRIANGLE, WEIGHTS, PLACE, 1).certificate
    assert replay(certificate).kind == "flow point"
    with pytest.raises(ReplayError):
        replay(replace(certificate, payload=dict(certificate.payload) | change))


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="the end must come after the start"):
        module.enclose_flow_point(TRIANGLE, WEIGHTS, PLACE, Fraction(1, 2), signal=Fraction(1, 2))


@pytest.mark.parametrize("share", [0.0, 1e-6, 0.3, 1.0])
def test_every_late_start_is_in_the_ball(share: float) -> None:
    signal, nearby = Fraction(1, 50), Fraction(1, 1000)
    radius = float(module.late_ball(TRIANGLE, PLACE, signal, nearby))
    horizon = share * float(signal)
    for angle in np.linspace(0, 2 * np.pi, 8, endpoint=False):
        x = np.asarray(PLACE, float) + float(nearby) * np.array([np.cos(angle), np.sin(angle)])
        start = x * np.sqrt(1 + horizon**2)
        at = start if share == 1 else followed(start, horizon, float(signal))
        assert np.linalg.norm(at - np.asarray(PLACE, float)) <= radius
    # Without the way that the flow moves until then the ball is too small.
    moved = followed(PLACE, 0.0, float(signal)) - np.asarray(PLACE, float)
    assert np.linalg.norm(moved) > 2 * float(nearby)
