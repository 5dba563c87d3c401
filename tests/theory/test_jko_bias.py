"""What three estimators return: expansions decided; the constants and slopes seen in solved equations."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.jko import bias
from lemmata.theory.jko.notation import beta, confinement, old_mean, old_scale, t, tau

from .decided import NEARLY, assert_refuted, assert_vanish

STIFF = (sp.Ne(confinement, 0),)
SOLVABLE = (sp.Gt(1 + tau * confinement, 0),)


def test_estimates() -> None:
    found = bias.estimates()
    assert_vanish(bias.estimates_residuals(found), STIFF)
    wrong = (
        replace(found, stiffness=found.stiffness + (NEARLY - 1) * confinement**2 * tau),
        replace(found, stiffness=found.stiffness + (NEARLY - 1) * confinement**3 * tau**2),
        replace(found, diffusivity=found.diffusivity + (NEARLY - 1) * beta**2 * tau / old_scale**2),
        bias.Estimates(confinement, beta),
        bias.estimates_of_scheme(),
    )
    for estimates in wrong:
        assert_refuted(bias.estimates_residuals(estimates), STIFF)


def test_the_trapezoid_alone_has_no_bias_of_first_order() -> None:
    found = bias.estimates()
    for formula, truth in ((found.stiffness, confinement), (found.diffusivity, beta)):
        slope = formula.diff(tau).subs(tau, 0)
        assert formula.subs(tau, 0) == truth
        assert sp.solve(slope, bias.weight) == [bias.TRAPEZOID]


def test_trapezoid_estimates() -> None:
    found = bias.trapezoid_estimates()
    assert_vanish(bias.trapezoid_estimates_residuals(found), STIFF)
    for estimates in (
        replace(found, stiffness=confinement + confinement**3 * tau**2 / 12),
        replace(found, stiffness=confinement - NEARLY * confinement**3 * tau**2 / 12),
        replace(found, diffusivity=beta + NEARLY * (found.diffusivity - beta)),
        replace(found, diffusivity=beta),
    ):
        assert_refuted(bias.trapezoid_estimates_residuals(estimates), STIFF)


def test_estimates_of_the_scheme() -> None:
    found = bias.estimates_of_scheme()
    assert_vanish(bias.estimates_of_scheme_residuals(found), SOLVABLE)
    assert found.stiffness.subs(bias.weight, bias.JKO) == confinement
    assert found.diffusivity.subs(bias.weight, bias.JKO) == beta
    for estimates in (bias.estimates(), bias.Estimates(confinement, beta)):
        assert_refuted(bias.estimates_of_scheme_residuals(estimates), SOLVABLE)


@pytest.mark.parametrize("share", [bias.JKO, bias.EXPLICIT, bias.TRAPEZOID])
def test_exact_stiffness(share: sp.Expr) -> None:
    found = bias.exact_stiffness(share)
    assert_vanish(bias.exact_stiffness_residuals(found, share), STIFF)
    assert_refuted(bias.exact_stiffness_residuals(NEARLY * found, share), STIFF)
    assert_refuted(bias.exact_stiffness_residuals(confinement, share), STIFF)
    series = bias.estimates().stiffness.subs(bias.weight, share)
    assert sp.expand(sp.series(found, tau, 0, 3).removeO() - series) == 0


def test_only_three_weights_have_closed_forms() -> None:
    with pytest.raises(ValueError, match="weight"):
        bias.exact_stiffness(sp.Rational(1, 3))


def test_explicit_passed_off_as_implicit_is_refuted() -> None:
    assert_refuted(bias.exact_stiffness_residuals(bias.exact_stiffness(bias.EXPLICIT), bias.JKO), STIFF)


def test_truth_residual() -> None:
    found = bias.truth_residual()
    assert_vanish(bias.truth_residual_residuals(found))
    assert_refuted(bias.truth_residual_residuals(NEARLY * found))
    assert_refuted(bias.truth_residual_residuals(found.subs(bias.weight, 1 - bias.weight)))
    third = sp.Function("q", real=True)(t).diff(t, 3).subs(t, 0)
    trapezoid = found.subs(bias.weight, bias.TRAPEZOID)
    assert_vanish({"second order": trapezoid + tau**2 * third / 12})


VALUES = {confinement: 0.9, beta: 0.6, old_scale: 1.4, old_mean: 1.1}


def solved(share: float, size: float) -> tuple[float, float]:
    """Return both estimates from snapshots of the diffusion, by elimination."""
    law = bias.diffusion_snapshot()
    unknown = sp.symbols("l_hat beta_hat", real=True)
    equations = bias.estimating_equations(bias.Estimates(*unknown), law)
    place = {**VALUES, tau: size, bias.weight: share}
    numbers = [sp.expand(e.subs(place)) for e in equations]
    matrix = np.array([[float(e.coeff(u)) for u in unknown] for e in numbers])
    right = np.array([-float(e.subs(dict.fromkeys(unknown, 0))) for e in numbers])
    stiffness, diffusivity = np.linalg.solve(matrix, right)
    return float(stiffness), float(diffusivity)


@pytest.mark.parametrize(("share", "order"), [(1.0, 1), (0.0, 1), (0.5, 2)])
def test_order_and_constant_of_the_bias(share: float, order: int) -> None:
    formula = bias.trapezoid_estimates() if order == 2 else bias.estimates()
    table = {**VALUES, bias.weight: share}
    for index, (estimate, truth) in enumerate(
        ((formula.stiffness, VALUES[confinement]), (formula.diffusivity, VALUES[beta]))
    ):
        leading = float(estimate.diff(tau, order).subs(tau, 0).subs(table)) / sp.factorial(order)
        sizes = (0.02, 0.01)
        errors = [solved(share, size)[index] - truth for size in sizes]
        # The next term is of relative order tau, below 5 per cent here.
        for error, size in zip(errors, sizes, strict=True):
            assert error == pytest.approx(float(leading) * size**order, rel=0.05)
        slope = float(np.log2(errors[0] / errors[1]))
        assert slope == pytest.approx(order, abs=0.05)
