"""The flow of a gradient and the optimal map: equal to second order, apart at third; seen for Gaussian laws."""

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.jko import coupling
from lemmata.theory.jko.notation import t

from .decided import NEARLY, assert_refuted, assert_vanish

PHI, PSI = (sp.Function(name, real=True)(t, *coupling.places) for name in ("phi", "psi"))


def test_acceleration_is_a_gradient() -> None:
    psi = coupling.acceleration_potential()
    assert_vanish(coupling.acceleration_potential_residuals(psi))
    still = PHI.diff(t)
    for wrong in (still + 2 * (psi - still), NEARLY * psi, still):
        assert_refuted(coupling.acceleration_potential_residuals(wrong))


def test_jerk_is_no_gradient() -> None:
    found = coupling.leading_asymmetry()
    assert_vanish(coupling.leading_asymmetry_residuals(found))
    for wrong in (sp.S.Zero, -found, NEARLY * found):
        assert_refuted(coupling.leading_asymmetry_residuals(wrong))


def put(phi: sp.Expr) -> sp.Expr:
    """Return the leading asymmetry of a potential phi."""
    function = sp.Lambda((t, *coupling.places), phi)
    psi = coupling.acceleration_potential().replace(PHI.func, function).doit()
    whole = coupling.leading_asymmetry().replace(PSI.func, sp.Lambda((t, *coupling.places), psi))
    return whole.replace(PHI.func, function).doit()


def test_potentials_of_one_coordinate_each_have_none() -> None:
    phi = sum((sp.exp(-k * t) * sp.cos(x) for k, x in enumerate(coupling.places)), sp.S.Zero)
    assert_vanish({"asymmetry": put(phi)})


A = np.array([[1.0, 0.6], [0.6, 0.4]])
START = np.array([[0.5, -0.1], [-0.1, 1.6]])
DIFFUSION = 0.7


def gaussian_flow(time: float, steps: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Return the linear flow map and the covariance of V = x^T A x/2 with diffusion, by Runge-Kutta of fourth order."""

    def rate(state: np.ndarray) -> np.ndarray:
        velocity = -A + DIFFUSION * np.linalg.inv(state[1])
        return np.stack([velocity @ state[0], velocity @ state[1] + state[1] @ velocity.T])

    state, h = np.stack([np.eye(2), START]), time / steps
    for _ in range(steps):
        k1 = rate(state)
        k2 = rate(state + h * k1 / 2)
        k3 = rate(state + h * k2 / 2)
        k4 = rate(state + h * k3)
        state = state + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6
    return state[0], state[1]


def root(matrix: np.ndarray, power: float = 0.5) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**power) @ vectors.T)


def test_the_maps_of_gaussian_laws_part_at_third_order() -> None:
    x, y, _ = coupling.places
    precision = np.linalg.inv(START)
    slope = -A @ START - START @ A + 2 * DIFFUSION * np.eye(2)
    bent = -precision @ slope @ precision
    place = sp.Matrix([x, y])
    rates = sp.Matrix(-A + DIFFUSION * precision) + t * sp.Matrix(DIFFUSION * bent)
    predicted = float(put((place.T * rates * place)[0] / 2).subs(t, 0))
    assert abs(predicted) > 0.1
    gaps, curls = [], []
    for time in (0.02, 0.01):
        flow, after = gaussian_flow(time)
        middle = root(START)
        back = root(START, -0.5)
        optimal = back @ root(middle @ after @ middle) @ back
        gaps.append(float(np.abs(flow - optimal).max()))
        curls.append(float(flow[0, 1] - flow[1, 0]) / (time**3 / 6))
    assert float(np.log2(gaps[0] / gaps[1])) == pytest.approx(3, abs=0.1)
    # The next term is of relative order tau: Richardson's extrapolation removes it.
    assert 2 * curls[1] - curls[0] == pytest.approx(predicted, rel=1e-2)
