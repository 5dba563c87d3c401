"""The leading term of the map from the law at the horizon to N(0, 1), against the exact map of three atoms."""

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.monge_ampere import hermite
from lemmata.theory.monge_ampere.notation import remaining, x

from .decided import NEARLY, assert_refuted, assert_vanish

BEFORE_DATA = (sp.Lt(remaining, 1),)
NORMAL = NormalDist()


def test_eigenvalues() -> None:
    assert_vanish(hermite.mehler_residuals(hermite.eigenvalue_formula()), BEFORE_DATA)
    assert_refuted(hermite.mehler_residuals(-hermite.order - 1), BEFORE_DATA)
    assert_refuted(hermite.mehler_residuals(NEARLY * hermite.eigenvalue_formula()), BEFORE_DATA)


def test_linearised_equation() -> None:
    assert_vanish(hermite.linearised_residuals(hermite.linearised_operator()))
    assert_refuted(hermite.linearised_residuals(hermite.laplacian_of_potential + hermite.radial_slope))
    assert_refuted(hermite.linearised_residuals(hermite.laplacian_of_potential))


def test_displacements() -> None:
    known = hermite.displacements()
    assert_vanish(hermite.leading_displacement_residuals(known))
    for k in known:
        assert_refuted(hermite.leading_displacement_residuals({**known, k: -known[k]}))
        assert_refuted(hermite.leading_displacement_residuals({**known, k: NEARLY * known[k]}))


def test_leading_gap() -> None:
    assert_vanish(hermite.leading_gap_residuals(hermite.leading_gap_squared()))
    for claimed in (NEARLY * hermite.leading_gap_squared(), hermite.moment**2 / sp.factorial(hermite.order)):
        assert_refuted(hermite.leading_gap_residuals(claimed))


@pytest.mark.parametrize(("degree", "moment", "root"), [(1, "m", 1), (2, "C - I", 2), (3, "kappa_3", sp.sqrt(18))])
def test_constants(degree: int, moment: str, root: sp.Expr) -> None:
    value = hermite.leading_gap_squared().subs({hermite.order: degree, hermite.moment: 1})
    assert sp.sqrt(value) == 1 / sp.sympify(root), moment


def hermite_moments(atoms: Any, weights: Any) -> list[float]:
    return [float(weights @ sp.lambdify(x, hermite.hermite(k, x))(atoms)) for k in (1, 2, 3)]


def with_moments_up_to(degree: int) -> tuple[Any, Any]:
    """Return three atoms and weights whose first degree - 1 Hermite moments vanish."""
    atoms, weights = np.array([-1.0, 0.3, 1.4]), np.array([0.3, 0.2, 0.5])
    if degree >= 2:
        atoms = atoms - weights @ atoms
    if degree >= 3:
        atoms = atoms / np.sqrt(weights @ atoms**2)
    return atoms, weights


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_leading_gap_is_that_of_the_exact_map(degree: int) -> None:
    atoms, weights = with_moments_up_to(degree)
    moments = hermite_moments(atoms, weights)
    assert moments[: degree - 1] == pytest.approx([0.0] * (degree - 1), abs=1e-12)
    squared = hermite.leading_gap_squared().subs({hermite.order: degree, hermite.moment: abs(moments[degree - 1])})
    nodes, chances = np.polynomial.hermite_e.hermegauss(24)
    chances = chances / chances.sum()
    errors = []
    for a in (0.02, 0.01):
        spread = np.sqrt(1 - a**2)
        # Values beyond 5 standard deviations, of weight below 1e-6, are where the quantile loses its digits.
        inside = np.abs(nodes) < 5
        mass = [
            sum(w * NORMAL.cdf((z - a * y) / spread) for w, y in zip(weights, atoms, strict=True))
            for z in nodes[inside]
        ]
        moved = np.array([NORMAL.inv_cdf(value) for value in mass]) - nodes[inside]
        errors.append(abs(np.sqrt((chances[inside] * moved**2).sum()) / a**degree / np.sqrt(float(squared)) - 1))
    # The next term is of relative order a, or a^2 where it is orthogonal to the leading one.
    assert errors[0] < 0.1
    assert errors[1] < 0.6 * errors[0] + 1e-4
