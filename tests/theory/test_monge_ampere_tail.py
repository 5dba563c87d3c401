"""The tail map's distance from gradients: series against the flow itself, followed in double precision."""

import itertools

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.monge_ampere import gradient_distance, tail
from lemmata.theory.monge_ampere.notation import horizon, tau
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish

ATOMS = np.array([[-1.0, -0.4], [1.1, -0.5], [0.2, 0.9]])
WEIGHTS = np.array([0.2, 0.35, 0.45])


def posterior(places: np.ndarray, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Return E[X | u] and tau Cov(X | u) at points (n, d)."""
    logs = ratio * places @ ATOMS.T - ratio**2 * (ATOMS**2).sum(-1) / 2
    shares = WEIGHTS * np.exp(logs)
    shares /= shares.sum(-1, keepdims=True)
    mean = shares @ ATOMS
    second = np.einsum("nk,ki,kj->nij", shares, ATOMS, ATOMS)
    return mean, ratio * (second - mean[:, :, None] * mean[:, None, :])


def followed(places: np.ndarray, start: float, end: float, steps: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Return the flow in regular time and its Jacobian by the classical Runge-Kutta method of fourth order."""
    h = (end - start) / steps
    jacobian = np.broadcast_to(np.eye(2), (len(places), 2, 2)).copy()

    def rates(at: np.ndarray, slope: np.ndarray, time: float) -> tuple[np.ndarray, np.ndarray]:
        mean, symmetric = posterior(at, time)
        return mean, symmetric @ slope

    for k in range(steps):
        time = start + k * h
        first = rates(places, jacobian, time)
        second = rates(places + h / 2 * first[0], jacobian + h / 2 * first[1], time + h / 2)
        third = rates(places + h / 2 * second[0], jacobian + h / 2 * second[1], time + h / 2)
        fourth = rates(places + h * third[0], jacobian + h * third[1], time + h)
        places, jacobian = (
            now + h / 6 * (a + 2 * b + 2 * c + d)
            for now, a, b, c, d in zip((places, jacobian), first, second, third, fourth, strict=True)
        )
    return places, jacobian


def tail_map(places: np.ndarray, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the tail map from tau_T = `ratio` and its Jacobian at points x of the horizon."""
    scale = np.sqrt(1 + ratio**2)
    images, jacobian = followed(places * scale, ratio, 0.0)
    return images, jacobian * scale


def cumulants() -> tuple[np.ndarray, np.ndarray]:
    centred = ATOMS - WEIGHTS @ ATOMS
    covariance = np.einsum("k,ki,kj->ij", WEIGHTS, centred, centred)
    return covariance, np.einsum("k,ki,kj,kl->ijl", WEIGHTS, centred, centred, centred)


def test_asymmetry() -> None:
    claimed = tail.leading_asymmetry()
    assert_vanish(tail.leading_asymmetry_residuals(claimed))
    assert_vanish(tail.reverse_asymmetry_residuals(tail.reverse_asymmetry()))
    for false in (-claimed, NEARLY * claimed, claimed / tau, claimed + tau**3 * tail.commutator, claimed + tau**2):
        assert_refuted(tail.leading_asymmetry_residuals(false))
    assert_refuted(tail.reverse_asymmetry_residuals(claimed))


def test_both_derivations_refute_the_other_sign() -> None:
    residuals = tail.leading_asymmetry_residuals(tail.reverse_asymmetry())
    for method in ("every d", "d = 2", "d = 3"):
        assert_refuted({name: r for name, r in residuals.items() if name == f"{method}, order {tail.ORDER}"})


def test_first_covariances() -> None:
    covariance, third = tail.first_covariances()
    assert_refuted(tail.first_covariances_residuals((covariance, NEARLY * third)))
    assert_refuted(tail.first_covariances_residuals((NEARLY * covariance, third)))


@pytest.mark.parametrize("reverse", [False, True])
def test_asymmetry_is_that_of_the_flow(reverse: bool) -> None:
    covariance, third = cumulants()
    place = np.array([[0.7, -0.3]])
    along = third @ place[0]
    entry = (covariance @ along - along @ covariance)[0, 1]
    formula = tail.reverse_asymmetry() if reverse else tail.leading_asymmetry()
    errors = []
    for ratio in (0.04, 0.02):
        _, jacobian = followed(place, 0.0, ratio) if reverse else tail_map(place, ratio)
        limit = float(formula.subs({tau: ratio, tail.commutator: entry}))
        errors.append((jacobian[0, 0, 1] - jacobian[0, 1, 0]) / limit - 1)
    # The next term is of relative order tau: halving tau halves the error.
    assert abs(errors[0]) < 0.04
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.2)


def test_rate() -> None:
    found = tail.derive_tail_rate()
    assert_replays(found)
    assert found.concludes(tail.tail_rate_statement(sp.Rational(1, 30))).verdict is Verdict.PROVED
    assert found.concludes(tail.tail_rate_statement(NEARLY / 30)).verdict is Verdict.REFUTED


def test_gradient_free_part() -> None:
    field = gradient_distance.gradient_free_part()
    assert_vanish(gradient_distance.gradient_free_residuals(field))
    assert_refuted(gradient_distance.gradient_free_residuals(tuple(NEARLY * r for r in field)))
    assert_refuted(gradient_distance.gradient_free_residuals((field[0] + 1, *field[1:])))


def test_distance() -> None:
    share, distance = gradient_distance.curl_share(), gradient_distance.tail_distance()
    assert_vanish(gradient_distance.curl_share_residuals(share))
    assert_refuted(gradient_distance.curl_share_residuals(gradient_distance.squares / 2))
    assert_vanish(gradient_distance.tail_distance_residuals(distance))
    assert_refuted(gradient_distance.tail_distance_residuals(NEARLY * distance))
    assert_refuted(gradient_distance.tail_distance_residuals(distance * sp.exp(horizon)))


def test_commutator_squares() -> None:
    covariance, third = cumulants()
    entries = [covariance @ third[:, :, k] - third[:, :, k] @ covariance for k in range(2)]
    assert tail.commutator_squares(covariance, third) == pytest.approx(sum(e[0, 1] ** 2 for e in entries), rel=1e-12)


def distance_from_gradients(ratio: float, degree: int = 9, nodes: int = 24) -> float:
    """Return the distance of the tail map from gradients of polynomials in L^2(N(0, I)), by quadrature."""
    grid, weights = np.polynomial.hermite_e.hermegauss(nodes)
    places = np.array(list(itertools.product(grid, grid)))
    mass = np.sqrt(np.outer(weights, weights).ravel() / weights.sum() ** 2)
    images, _ = tail_map(places, ratio)
    values = np.polynomial.hermite_e.hermevander(places, degree)

    def slopes(axis: int, n: int) -> np.ndarray:
        """Return He_n' = n He_(n-1) along one axis."""
        return n * values[:, axis, n - 1] if n else np.zeros(len(places))

    columns = []
    for m, n in itertools.product(range(degree + 1), repeat=2):
        if 1 <= m + n <= degree:
            gradient = [slopes(0, m) * values[:, 1, n], values[:, 0, m] * slopes(1, n)]
            column = np.concatenate([mass * g for g in gradient])
            columns.append(column / np.linalg.norm(column))
    target = np.concatenate([mass * images[:, i] for i in range(2)])
    basis = np.stack(columns, axis=-1)
    return float(np.linalg.norm(target - basis @ np.linalg.lstsq(basis, target, rcond=None)[0]))


def test_distance_is_that_of_the_tail_map_from_gradients() -> None:
    squares = tail.commutator_squares(*cumulants())
    formula = gradient_distance.tail_distance()
    errors = []
    for ratio in (0.08, 0.04):
        # tau_T = e^-T up to a relative error of order tau^2.
        limit = float(formula.subs({gradient_distance.squares: squares, horizon: -sp.log(ratio)}))
        errors.append(distance_from_gradients(ratio) / limit - 1)
    # In the norm the terms of relative order tau are of the other parity and orthogonal: the error is of order tau^2.
    assert abs(errors[0]) < 0.002
    assert abs(errors[1]) < abs(errors[0]) / 2
