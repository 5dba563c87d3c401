"""The noising channel and the probability flow; every false variant is refuted."""

from dataclasses import replace

import pytest
import sympy as sp

from lemmata.theory.monge_ampere import ornstein_uhlenbeck as ou
from lemmata.theory.monge_ampere.notation import mean, score, t, variance, x
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish


def test_moments_follow_from_the_generator() -> None:
    assert_vanish(ou.moment_rates_residuals(ou.moment_rates()))


@pytest.mark.parametrize("rates", [ou.MomentRates(mean, 2 - 2 * variance), ou.MomentRates(-mean, 1 - 2 * variance)])
def test_other_rates_are_refuted(rates: ou.MomentRates) -> None:
    assert_refuted(ou.moment_rates_residuals(rates))


def test_noising_channel() -> None:
    assert_vanish(ou.noising_channel_residuals(ou.noising_channel()))


@pytest.mark.parametrize("spread", [sp.sqrt(1 - sp.exp(-t)), NEARLY * sp.sqrt(1 - sp.exp(-2 * t))])
def test_other_spreads_are_refuted(spread: sp.Expr) -> None:
    assert_refuted(ou.noising_channel_residuals(replace(ou.noising_channel(), spread=spread)))


def test_flow_velocity() -> None:
    assert_vanish(ou.flow_velocity_residuals(ou.flow_velocity()))
    assert_vanish(ou.denoiser_velocity_residuals(ou.denoiser_velocity()))
    assert_refuted(ou.flow_velocity_residuals(-x - 2 * score))
    assert_refuted(ou.denoiser_velocity_residuals(NEARLY * ou.denoiser_velocity()))


def test_derivations_replay() -> None:
    assert_replays(ou.derive_fokker_planck())
    assert_replays(ou.derive_continuity_equation())


def test_false_statements_of_the_weak_equations_are_refuted() -> None:
    drift, gain = ou.flow_coefficients()
    found = ou.derive_continuity_equation()
    assert found.concludes(ou.continuity_statement(drift, gain)).verdict is Verdict.PROVED
    assert found.concludes(ou.continuity_statement(drift, NEARLY * gain)).verdict is Verdict.REFUTED
    half = replace(ou.noising_channel(), signal=sp.exp(-t / 2))
    assert ou.derive_fokker_planck().concludes(ou.fokker_planck_statement(half)).verdict is Verdict.REFUTED
