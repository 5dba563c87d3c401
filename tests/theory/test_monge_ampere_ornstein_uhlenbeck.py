"""The noising channel, the probability flow and the regular coordinates; every false variant is refuted."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.monge_ampere import ornstein_uhlenbeck as ou
from lemmata.theory.monge_ampere.notation import (
    atom,
    horizon,
    mean,
    posterior_mean,
    score,
    smoothing,
    t,
    tau,
    u,
    variance,
    x,
)
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


def test_regular_velocity() -> None:
    assert_vanish(ou.regular_velocity_residuals(ou.regular_velocity()))
    assert_refuted(ou.regular_velocity_residuals(NEARLY * posterior_mean))
    assert_refuted(ou.regular_velocity_residuals(posterior_mean + (tau - 1) * u))


def test_coordinates_without_the_smoothing_are_refuted() -> None:
    known = ou.regular_coordinates()
    others = replace(known, time=known.time.subs(smoothing, 0), scale=known.scale.subs(smoothing, 0))
    assert_refuted(ou.regular_velocity_residuals(posterior_mean, others))


def test_log_weight() -> None:
    assert_vanish(ou.log_weight_residuals(ou.log_weight()))
    assert_refuted(ou.log_weight_residuals(tau * u * atom - tau * atom**2 / 2))


def test_log_weights_give_the_gaussian_posterior() -> None:
    atoms, weights = np.array([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]]), np.array([0.2, 0.3, 0.5])
    place, time = np.array([0.7, -0.2]), 0.4
    signal, spread = np.exp(-time), np.sqrt(1 - np.exp(-2 * time))
    direct = weights * np.exp(-((place - signal * atoms) ** 2).sum(-1) / (2 * spread**2))
    chosen = ou.regular_coordinates()
    at = {t: time, smoothing: 0}
    ratio, scale = (float(e.subs(at)) for e in (chosen.time, chosen.scale))
    share = sp.lambdify((u, tau, atom), ou.log_weight())
    regular = weights * np.exp(share(scale * place, ratio, atoms).sum(-1))
    assert regular / regular.sum() == pytest.approx(direct / direct.sum(), rel=1e-12)


@pytest.mark.parametrize(
    "derive",
    [ou.derive_fokker_planck, ou.derive_continuity_equation, ou.derive_regular_flow, ou.derive_reverse_map_identity],
)
def test_derivations_replay(derive: object) -> None:
    assert callable(derive)
    assert_replays(derive())


def test_false_statements_of_the_continuity_equations_are_refuted() -> None:
    drift, gain = ou.flow_coefficients()
    found = ou.derive_continuity_equation()
    assert found.concludes(ou.continuity_statement(drift, gain)).verdict is Verdict.PROVED
    assert found.concludes(ou.continuity_statement(drift, NEARLY * gain)).verdict is Verdict.REFUTED
    assert ou.derive_regular_flow().concludes(ou.regular_continuity_statement(NEARLY)).verdict is Verdict.REFUTED
    half = replace(ou.noising_channel(), signal=sp.exp(-t / 2))
    assert ou.derive_fokker_planck().concludes(ou.fokker_planck_statement(half)).verdict is Verdict.REFUTED


def test_the_horizon_is_the_time_of_discrete_data() -> None:
    at_horizon = ou.regular_coordinates().time.subs({t: horizon, smoothing: 0})
    assert_vanish({"square": at_horizon**2 - ou.horizon_time() ** 2})
