"""Steps of the porous medium equation between Barenblatt profiles, in every dimension."""

import pytest
import sympy as sp

from lemmata.theory.jko import barenblatt
from lemmata.theory.jko.notation import dimension, exponent, old_scale, scale, t, tau, y
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish

INSIDE = barenblatt.inside()
SLOW = INSIDE[1:]


def test_step_equation() -> None:
    assert_vanish(barenblatt.step_equation_residuals(barenblatt.step_equation()), INSIDE)


STEP = barenblatt.step_equation()
WRONG = {
    "tau nearly right": STEP.subs(tau, NEARLY * tau),
    "tau omitted": STEP.subs(tau, 1),
    "explicit": old_scale ** barenblatt.power() * (scale - old_scale) - tau * barenblatt.growth(),
    "exponent of the line": STEP.subs(dimension, 1),
    "exponent one higher": scale * (STEP + tau * barenblatt.growth()) - tau * barenblatt.growth(),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_other_steps_are_refuted(name: str) -> None:
    assert_refuted(barenblatt.step_equation_residuals(WRONG[name]), INSIDE)


def test_on_the_line_the_power_is_the_exponent() -> None:
    assert sp.expand(barenblatt.power().subs(dimension, 1)) == exponent


def test_scale_rate() -> None:
    assert_vanish(barenblatt.scale_rate_residuals(barenblatt.scale_rate()), INSIDE)
    assert_refuted(barenblatt.scale_rate_residuals(-barenblatt.scale_rate()), INSIDE)
    assert_refuted(barenblatt.scale_rate_residuals(NEARLY * barenblatt.scale_rate()), INSIDE)


def test_exact_scale() -> None:
    assert_vanish(barenblatt.exact_scale_residuals(barenblatt.exact_scale()), SLOW)
    assert_refuted(barenblatt.exact_scale_residuals(barenblatt.exact_scale().subs(t, NEARLY * t)), SLOW)


def test_profile_solves_the_porous_medium_equation() -> None:
    """The line, exponent 2: the density itself, not its scale alone, against d_t rho = (rho^2)''."""
    plain = {exponent: sp.Integer(2), dimension: sp.Integer(1), barenblatt.others: sp.S.Zero}
    moving = barenblatt.exact_scale().subs(plain)
    density = barenblatt.profile(scale).subs(plain).subs(scale, moving)
    inside = tuple(h.subs(plain).subs(scale, moving) for h in barenblatt.inside()[:1])
    assert_vanish({"equation": density.diff(t) - (density**2).diff(y, 2)}, inside)
    assert_refuted({"equation": density.diff(t) - (density**3).diff(y, 2)}, inside)


def test_one_root_above_the_old_scale() -> None:
    found = barenblatt.derive_increasing()
    assert_replays(found)
    assert found.concludes(barenblatt.increasing_statement(sp.S.Zero)).verdict is Verdict.PROVED
    assert found.concludes(barenblatt.increasing_statement(old_scale)).verdict is Verdict.UNDECIDED
