"""The first-order condition along a test field; every false constant, sign and coupling is refuted."""

import pytest
import sympy as sp

from lemmata.theory.derivation import Derivation
from lemmata.theory.displacement import ForEveryLaw, Mirrored
from lemmata.theory.expectation import Inner, Mean
from lemmata.theory.jko import first_variation as jko
from lemmata.theory.jko.notation import beta, constant, exponent, tau
from lemmata.theory.latex import render_hypotheses
from lemmata.theory.transport import Wasserstein
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_replays, assert_vanish

ENERGIES = {"entropy": jko.entropy(), "porous medium": jko.porous_medium(), "any": jko.any_internal_energy()}


@pytest.mark.parametrize("name", sorted(ENERGIES))
def test_internal_energy_changes_by_the_work_of_its_chemical_potential(name: str) -> None:
    function = ENERGIES[name]
    found, field = jko.derive_internal_variation(function), jko.chemical_potential(function)
    assert_replays(found)
    assert found.concludes(jko.internal_variation_statement(field, function)).verdict is Verdict.PROVED
    for other in (-field, NEARLY * field, field * jko.density):
        wrong = found.concludes(jko.internal_variation_statement(other, function))
        assert wrong.verdict is Verdict.REFUTED


def test_chemical_potentials() -> None:
    assert jko.chemical_potential(jko.entropy()) == beta * sp.log(jko.density)
    (value,) = jko.entropy().variables
    assert jko.pressure(jko.entropy())(value) == beta * value
    assert jko.pressure(jko.porous_medium())(value) == value**exponent
    medium = exponent * jko.density ** (exponent - 1) / (exponent - 1)
    assert_vanish({"potential of the medium": jko.chemical_potential(jko.porous_medium()) - medium})


def test_steps_are_printed() -> None:
    for found in (jko.derive_pointwise_condition(), jko.derive_internal_variation(jko.porous_medium())):
        assert all(step.latex in found._repr_markdown_() for step in found.steps)
        assert render_hypotheses(found.conclusion)


@pytest.mark.parametrize("even", [True, False])
def test_pointwise_condition(even: bool) -> None:
    found, left = jko.derive_pointwise_condition(even), jko.pointwise_condition(even)
    assert_replays(found)
    assert found.concludes(jko.pointwise_statement(left, even)).verdict is Verdict.PROVED
    for wrong in (left.subs(constant, constant / 2), left.subs(tau, 1), left.subs(tau, -tau), left.subs(beta, -beta)):
        assert found.concludes(jko.pointwise_statement(wrong, even)).verdict is Verdict.REFUTED
    trial = (jko.shift, sp.Function("psi", real=True))
    assert not any(h.has(*trial) for h in found.conclusion.hypotheses)


def test_pointwise_condition_of_the_porous_medium() -> None:
    function = jko.porous_medium()
    found = jko.derive_pointwise_condition(True, function)
    left = jko.pointwise_condition(True, function)
    assert found.concludes(jko.pointwise_statement(left, True, function)).verdict is Verdict.PROVED
    diffusive = jko.pointwise_condition(True)
    assert found.concludes(jko.pointwise_statement(diffusive, True, function)).verdict is Verdict.REFUTED


def test_transport_is_bounded_by_the_carried_coupling() -> None:
    found, ceiling = jko.derive_transport_variation(), jko.transport_variation()
    assert_replays(found)
    assert found.concludes(jko.transport_variation_statement(ceiling)).verdict is Verdict.PROVED
    looser = ceiling + Mean(Inner(jko.shift, jko.shift))
    assert found.concludes(jko.transport_variation_statement(looser)).verdict is not Verdict.REFUTED
    sharper = ceiling - Mean(Inner(jko.shift, jko.shift))
    assert found.concludes(jko.transport_variation_statement(sharper)).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("even", [True, False])
def test_first_order_condition(even: bool) -> None:
    found, left = jko.derive_first_order_condition(even), jko.first_order_condition(even)
    assert_replays(found)
    assert found.concludes(jko.first_order_statement(left, even)).verdict is Verdict.PROVED


def test_first_order_condition_of_the_porous_medium() -> None:
    function = jko.porous_medium()
    found = jko.derive_first_order_condition(True, function)
    assert_replays(found)
    left = jko.first_order_condition(True, function)
    assert found.concludes(jko.first_order_statement(left, True, function)).verdict is Verdict.PROVED
    diffusive = jko.first_order_condition(True)
    assert found.concludes(jko.first_order_statement(diffusive, True, function)).verdict is Verdict.REFUTED


def interaction_with(factor: sp.Expr) -> sp.Expr:
    """Return the condition with another factor before the work of U * mu."""
    return jko.first_order_condition() + (factor - 2 * constant) * jko.force(jko.convolved)


WRONG = {
    "interaction off by 2": interaction_with(constant),
    "interaction nearly right": interaction_with(2 * NEARLY * constant),
    "score sign flipped": jko.first_order_condition() - 2 * jko.force(jko.chemical_potential(jko.entropy())),
    "transport sign flipped": jko.first_order_condition() - 2 * jko.displacement_work() / tau,
    "tau omitted": jko.first_order_condition() + (1 - 1 / tau) * jko.displacement_work(),
    "potential dropped": jko.first_order_condition() - jko.force(jko.potential),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_other_conditions_are_refuted(name: str) -> None:
    found = jko.derive_first_order_condition()
    assert found.concludes(jko.first_order_statement(WRONG[name])).verdict is Verdict.REFUTED


def test_only_the_even_part_of_a_general_interaction_acts() -> None:
    found = jko.derive_first_order_condition(False)
    once = jko.first_order_condition(False) - constant * (jko.force(jko.mirrored_convolved) - jko.force(jko.convolved))
    assert found.concludes(jko.first_order_statement(once, False)).verdict is Verdict.REFUTED
    assert Mirrored(jko.interaction, jko.interaction) not in found.conclusion.hypotheses


def test_the_constant_one_half_gives_the_convolution_itself() -> None:
    half = (
        Derivation("half")
        .lemma(jko.derive_first_order_condition())
        .apply("instance", -1, values=((constant, sp.Rational(1, 2)),))
    )
    plain = jko.first_order_condition().subs(constant, sp.Rational(1, 2))
    assert plain.coeff(jko.force(jko.convolved)) == 1
    assert half.concludes(half.conclusion).verdict is Verdict.PROVED
    assert half.conclusion.left.coeff(jko.force(jko.convolved)) == 1


def test_hypotheses_name_the_scheme_and_the_coupling() -> None:
    given = jko.derive_first_order_condition().conclusion.hypotheses
    assert any(isinstance(h, ForEveryLaw) for h in given)
    assert sp.Eq(Wasserstein(jko.new, jko.old) ** 2, Mean(Inner(jko.new - jko.old, jko.new - jko.old))) in given
