"""Cole-Hopf, both terminal costs, reverse drifts and the factorisation; near variants are refuted."""

from dataclasses import replace

import pytest
import sympy as sp

from lemmata.theory.verdict import Verdict
from lemmata.theory.wasserstein_proximal import cole_hopf, factorisation, reverse_drift
from lemmata.theory.wasserstein_proximal.cole_hopf import factor, target
from lemmata.theory.wasserstein_proximal.notation import DIMENSIONS, TerminalCost, as_jets, divergence, field, sigma, x

from ..decided import NEARLY, assert_refuted, assert_replays, assert_vanish

CROSS, SCALED = TerminalCost.CROSS_ENTROPY, TerminalCost.SCALED_CROSS_ENTROPY
HERE = cole_hopf.cole_hopf()


def test_cole_hopf() -> None:
    assert_vanish(cole_hopf.cole_hopf_residuals(HERE))


@pytest.mark.parametrize(
    "potential",
    [-(sigma**2) * sp.log(factor), sp.log(factor), sigma * sp.log(factor), NEARLY * sigma**2 * sp.log(factor)],
)
def test_other_transforms_are_refuted(potential: sp.Expr) -> None:
    assert_refuted(cole_hopf.cole_hopf_residuals(replace(HERE, potential=sp.Lambda(factor, potential))))


def test_the_running_cost_is_divided_by_the_noise() -> None:
    def undivided(dimension: int) -> sp.Expr:
        cost = field("q", dimension) * cole_hopf.backward_factor(dimension)
        return cole_hopf.backward_equation(dimension) + cost / sigma**2 - cost

    assert_refuted(cole_hopf.cole_hopf_residuals(replace(HERE, equation=undivided)))


def test_terminal_factors() -> None:
    for cost in TerminalCost:
        assert_vanish(cole_hopf.terminal_residuals(cole_hopf.terminal_factor(cost), cost))
    assert cole_hopf.terminal_factor(CROSS).subs(sigma, 1) == cole_hopf.terminal_factor(SCALED) == target


@pytest.mark.parametrize(
    ("cost", "value"),
    [
        (CROSS, target),
        (SCALED, target ** (1 / sigma**2)),
        (CROSS, target ** (1 / sigma)),
        (CROSS, target ** (NEARLY / sigma**2)),
    ],
)
def test_other_terminal_factors_are_refuted_at_small_noise(cost: TerminalCost, value: sp.Expr) -> None:
    small = {name: part for name, part in cole_hopf.terminal_residuals(value, cost).items() if "3/5" in name}
    assert len(small) == 1
    assert_refuted(small)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_running_cost_of_a_noising_drift(dimension: int) -> None:
    drift = reverse_drift.noising_drift(dimension)
    cost = reverse_drift.running_cost(drift)
    assert_vanish(reverse_drift.reversed_residuals(cost, dimension))
    for wrong in (sp.S.Zero, -cost, sigma**2 * cost, NEARLY * cost):
        assert_refuted(reverse_drift.reversed_residuals(wrong, dimension))


def test_time_reversal_and_kolmogorov() -> None:
    assert_vanish(reverse_drift.time_reversal_residuals())
    eta, drift = cole_hopf.backward_factor(1), reverse_drift.noising_drift(1)
    kolmogorov = cole_hopf.backward_operator(eta, (-drift[0],), sp.S.Zero)
    left = kolmogorov - reverse_drift.reversed_operator(eta, drift)
    assert_vanish({"Kolmogorov": as_jets((left - divergence(drift) * eta).doit())})


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_without_running_cost_a_linear_drift_changes_the_normalisation_alone(dimension: int) -> None:
    multiplier = reverse_drift.normalisation(dimension)
    assert_vanish(reverse_drift.normalisation_residuals(multiplier, dimension))
    assert_refuted(reverse_drift.normalisation_residuals(multiplier**NEARLY, dimension))
    assert_refuted(reverse_drift.normalisation_residuals(1 / multiplier, dimension))
    assert_refuted(reverse_drift.normalisation_residuals(multiplier * sp.exp(x), dimension))


def test_factorisation() -> None:
    known = factorisation.factorisation()
    assert_vanish(factorisation.factorisation_residuals(known))
    for potential in (-(sigma**2) * sp.log(factor), sp.log(factor), NEARLY * sigma**2 * sp.log(factor)):
        wrong = replace(known, potential=sp.Lambda(factor, potential))
        assert_refuted(factorisation.factorisation_residuals(wrong))
    assert_refuted(factorisation.factorisation_residuals(replace(known, equation=without_running_cost)))


def without_running_cost(dimension: int) -> sp.Expr:
    etahat = factorisation.forward_factor(dimension)
    return factorisation.forward_equation(dimension) - field("q", dimension) / sigma**2 * etahat


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_constant_factor_needs_its_running_cost(dimension: int) -> None:
    cost = factorisation.constant_running_cost(dimension)
    assert_vanish(factorisation.constant_factor_residuals(cost, dimension))
    for wrong in (sp.S.Zero, -cost, NEARLY * cost):
        assert_refuted(factorisation.constant_factor_residuals(wrong, dimension))


@pytest.mark.parametrize("cost", TerminalCost)
def test_landing(cost: TerminalCost) -> None:
    (other,) = set(TerminalCost) - {cost}
    assert_vanish(factorisation.landing_residuals(factorisation.landed_density(cost), cost))
    assert_vanish(factorisation.gaussian_landing_residuals(factorisation.gaussian_landing(cost), cost))
    assert_refuted(factorisation.landing_residuals(factorisation.landed_density(other), cost))
    assert_refuted(factorisation.landing_residuals(factorisation.landed_density(cost) ** NEARLY, cost))
    assert_refuted(factorisation.gaussian_landing_residuals(factorisation.gaussian_landing(other), cost))


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_mass_is_kept(dimension: int) -> None:
    found = factorisation.derive_mass(dimension)
    assert_replays(found)
    assert found.concludes(factorisation.mass_statement(sp.S.One, dimension)).verdict is Verdict.PROVED
    assert found.concludes(factorisation.mass_statement(NEARLY, dimension)).verdict is not Verdict.PROVED
