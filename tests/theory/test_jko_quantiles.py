"""The Euler-Lagrange equation of a step on the line, and the force between particles."""

import pytest
import sympy as sp

from lemmata.theory.jko import first_variation, quantiles
from lemmata.theory.jko.notation import beta, constant, tau
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish

ENERGIES = {
    "entropy": None,
    "porous medium": first_variation.porous_medium(),
    "any": first_variation.any_internal_energy(),
}


@pytest.mark.parametrize("name", sorted(ENERGIES))
def test_quantile_condition(name: str) -> None:
    function = ENERGIES[name]
    found, left = quantiles.derive_quantile_condition(function), quantiles.quantile_condition(function)
    assert_replays(found)
    assert found.concludes(quantiles.quantile_statement(left, function)).verdict is Verdict.PROVED
    for wrong in (left.subs(tau, NEARLY * tau), left.subs(tau, -tau), left.subs(tau, 1)):
        assert found.concludes(quantiles.quantile_statement(wrong, function)).verdict is Verdict.REFUTED


def test_entropy_is_an_instance_of_any_internal_energy() -> None:
    diffusive = quantiles.quantile_condition(first_variation.entropy())
    assert_vanish(
        {"same": diffusive - quantiles.quantile_condition()}, (sp.Gt(quantiles.quantile.diff(quantiles.u), 0),)
    )


def test_other_scores_are_refuted() -> None:
    found, left = quantiles.derive_quantile_condition(), quantiles.quantile_condition()
    score = beta * quantiles.density_slope()
    for wrong in (left - 2 * score, left + (NEARLY - 1) * score, left - score):
        assert found.concludes(quantiles.quantile_statement(wrong)).verdict is Verdict.REFUTED


def test_density_slope() -> None:
    increasing = (sp.Gt(quantiles.quantile.diff(quantiles.u), 0),)
    assert_vanish(quantiles.density_slope_residuals(quantiles.density_slope()), increasing)
    assert_refuted(quantiles.density_slope_residuals(-quantiles.density_slope()), increasing)
    assert_refuted(quantiles.density_slope_residuals(NEARLY * quantiles.density_slope()), increasing)


@pytest.mark.parametrize("even", [True, False])
def test_pair_force(even: bool) -> None:
    force = quantiles.pair_force(even)
    assert_vanish(quantiles.pair_force_residuals(force, even))
    assert_refuted(quantiles.pair_force_residuals(NEARLY * force, even))
    assert_refuted(quantiles.pair_force_residuals(force / 2, even))


def test_odd_interactions_do_not_act_like_even_ones() -> None:
    assert_refuted(quantiles.pair_force_residuals(2 * constant * quantiles.forward, even=False))
