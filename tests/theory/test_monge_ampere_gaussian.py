"""Gaussian data: the flow in closed form against its equation, and the leading gaps."""

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.monge_ampere import gaussian
from lemmata.theory.monge_ampere.notation import eigenvalue, mean, remaining, x
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish

BEFORE_DATA = (sp.Lt(remaining, 1),)


def test_flow_map() -> None:
    assert_vanish(gaussian.flow_map_residuals(gaussian.flow_map()))
    assert_refuted(gaussian.flow_map_residuals(gaussian.flow_map() + (NEARLY - 1) * (x - mean)))
    assert_refuted(gaussian.flow_map_residuals(gaussian.flow_map() - mean))


def test_reverse_map() -> None:
    assert_vanish(gaussian.reverse_map_residuals(gaussian.reverse_map()))
    assert_refuted(gaussian.reverse_map_residuals(gaussian.prior_map()))


def test_positive_slope() -> None:
    assert_replays(gaussian.derive_slope())


def test_legendre_pair() -> None:
    potential, conjugate = gaussian.legendre_pair()
    found = gaussian.derive_legendre_pair()
    assert_replays(found)
    assert found.concludes(gaussian.legendre_statement(potential, conjugate)).verdict is Verdict.PROVED
    lower = gaussian.legendre_statement(potential, conjugate - 1)
    assert found.concludes(lower).verdict is Verdict.UNDECIDED
    assert_vanish(gaussian.legendre_residuals((potential, conjugate)))
    assert_refuted(gaussian.legendre_residuals((NEARLY * potential, conjugate)))
    assert_refuted(gaussian.legendre_residuals((potential, conjugate + 1)))


def test_jacobian_in_the_plane() -> None:
    assert_vanish(gaussian.plane_residuals(gaussian.plane_map()), BEFORE_DATA)
    assert_refuted(gaussian.plane_residuals(NEARLY * gaussian.plane_map()), BEFORE_DATA)
    rotation = sp.Matrix([[0, -1], [1, 0]])
    turned = gaussian.plane_residuals(rotation * gaussian.plane_map())
    assert_refuted({"symmetric": turned["symmetric"]}, BEFORE_DATA)


def test_gap() -> None:
    assert_vanish(gaussian.gap_squared_residuals(gaussian.gap_squared()), BEFORE_DATA)
    assert_refuted(gaussian.gap_squared_residuals(gaussian.gap_squared().subs(mean, 0)), BEFORE_DATA)


@pytest.mark.parametrize("centred", [False, True])
def test_leading_gap(centred: bool) -> None:
    found, limit = gaussian.derive_gap(centred), gaussian.leading_gap_squared(centred)
    assert_replays(found)
    assert found.concludes(gaussian.leading_gap_statement(limit, centred)).verdict is Verdict.PROVED
    assert found.concludes(gaussian.leading_gap_statement(NEARLY * limit, centred)).verdict is Verdict.REFUTED


def test_leading_gap_in_three_dimensions() -> None:
    """Compare the constants with the root of E|Phi_T - Phi_oo|^2, which is exact for linear maps."""
    variances, shift, time = np.array([0.3, 1.0, 2.5]), np.array([0.4, -1.0, 0.2]), 6.0
    a = np.exp(-time)
    for centred, rate in ((False, 1), (True, 2)):
        m = np.zeros(3) if centred else shift
        spread = a**2 * variances + 1 - a**2
        slope = np.sqrt(variances / spread) - np.sqrt(variances)
        gap = (slope**2 + (a * m) ** 2 * variances / spread).sum()
        limit = sp.lambdify((eigenvalue, mean), gaussian.leading_gap_squared(centred))(variances, m).sum()
        # The next term is of relative order a^2 = 6e-6; the slopes lose 1e-16/a^2 to cancellation.
        assert gap / a ** (2 * rate) == pytest.approx(limit, rel=1e-4)
