"""Local and global errors of JKO steps: expansions decided, and the constants seen in numbers."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import sympy as sp

from lemmata.theory.jko import barenblatt, discretisation, gaussian
from lemmata.theory.jko.notation import attraction, beta, centre, confinement, old_mean, old_scale, scale, t, tau

from .decided import NEARLY, assert_refuted, assert_vanish

STIFF = (sp.Ne(confinement, 0), sp.Ne(gaussian.total_stiffness(), 0))
SLOW = barenblatt.inside()[1:]
_rate = sp.Function("f", real=True)(scale)
FORWARD = (sp.Gt(_rate / sp.Symbol("f_0", nonzero=True, real=True), 0),)

FORMULAS: dict[str, tuple[Callable[[], sp.Expr], Callable[[sp.Expr], dict[str, sp.Expr]], tuple[Any, ...]]] = {
    "any rate": (discretisation.local_error, discretisation.local_error_residuals, ()),
    "Gaussian": (discretisation.gaussian_local_error, discretisation.gaussian_local_error_residuals, STIFF),
    "mean": (discretisation.mean_local_error, discretisation.mean_local_error_residuals, STIFF),
    "Barenblatt": (discretisation.barenblatt_local_error, discretisation.barenblatt_local_error_residuals, SLOW),
    "global": (discretisation.global_error, discretisation.global_error_residuals, FORWARD),
}


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_errors(name: str) -> None:
    formula, residuals, given = FORMULAS[name]
    assert_vanish(residuals(formula()), given)
    for wrong in (NEARLY * formula(), -formula(), 2 * formula()):
        assert_refuted(residuals(wrong), given)


def test_expansions() -> None:
    step, flow = discretisation.step_expansion(), discretisation.flow_expansion()
    assert_vanish(discretisation.step_expansion_residuals(step))
    assert_refuted(discretisation.step_expansion_residuals(flow))
    assert_vanish(discretisation.flow_expansion_residuals(flow))
    assert_refuted(discretisation.flow_expansion_residuals(step))


def test_the_stationary_law_has_no_local_error() -> None:
    at_rest = discretisation.gaussian_local_error().subs(old_scale, gaussian.fixed_scale())
    assert_vanish({"coefficient": at_rest}, (sp.Gt(gaussian.total_stiffness(), 0),))


def test_odd_powers_of_the_scale_are_refuted() -> None:
    """The formula with s_0^2 for s_0^3 in the denominator has the same zeros."""
    wrong = discretisation.gaussian_local_error() * old_scale
    assert_refuted(discretisation.gaussian_local_error_residuals(wrong), STIFF)


PLACE = {confinement: 0.8, attraction: 0.3, beta: 0.5, old_scale: 1.7, old_mean: 1.2, centre: -0.4}
TIME = 2.5


def error_after(steps: int) -> float:
    """Return the error of the scale at TIME after equal steps, each by the closed form."""
    size = TIME / steps
    step = sp.lambdify(old_scale, gaussian.gaussian_step().scale.subs({**PLACE, old_scale: old_scale, tau: size}))
    reached = PLACE[old_scale]
    for _ in range(steps):
        reached = step(reached)
    exact = gaussian.fokker_planck_law().scale.subs({**PLACE, t: TIME})
    return float(reached - exact)


def test_global_error_of_many_gaussian_steps() -> None:
    rate = gaussian.scale_rate().subs({k: v for k, v in PLACE.items() if k != old_scale})
    end = float(gaussian.fokker_planck_law().scale.subs({**PLACE, t: TIME}))
    first, last = (float(rate.subs(scale, s)) for s in (PLACE[old_scale], end))
    leading = last * math.log(last / first) / 2
    ratios = [error_after(steps) / (TIME / steps) / leading for steps in (200, 400)]
    # The next term is of relative order tau: halving the step halves the distance from 1.
    assert abs(ratios[0] - 1) < 0.05
    assert ratios[1] - 1 == pytest.approx((ratios[0] - 1) / 2, rel=0.05)
