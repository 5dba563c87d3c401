"""The regular coordinates of the probability flow; every false variant is refuted."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.derivation import Derivation
from lemmata.theory.monge_ampere import regular_flow as flow
from lemmata.theory.monge_ampere.notation import atom, horizon, posterior_mean, smoothing, t, tau, u
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish


def test_regular_velocity() -> None:
    assert_vanish(flow.regular_velocity_residuals(flow.regular_velocity()))
    assert_refuted(flow.regular_velocity_residuals(NEARLY * posterior_mean))
    assert_refuted(flow.regular_velocity_residuals(posterior_mean + (tau - 1) * u))


def test_coordinates_without_the_smoothing_are_refuted() -> None:
    known = flow.regular_coordinates()
    others = replace(known, time=known.time.subs(smoothing, 0), scale=known.scale.subs(smoothing, 0))
    assert_refuted(flow.regular_velocity_residuals(posterior_mean, others))


def test_log_weight() -> None:
    assert_vanish(flow.log_weight_residuals(flow.log_weight()))
    assert_refuted(flow.log_weight_residuals(tau * u * atom - tau * atom**2 / 2))


def test_log_weights_give_the_gaussian_posterior() -> None:
    atoms, weights = np.array([[-1.0, -0.4], [1.0, -0.4], [0.0, 0.8]]), np.array([0.2, 0.3, 0.5])
    place, time = np.array([0.7, -0.2]), 0.4
    signal, spread = np.exp(-time), np.sqrt(1 - np.exp(-2 * time))
    direct = weights * np.exp(-((place - signal * atoms) ** 2).sum(-1) / (2 * spread**2))
    chosen = flow.regular_coordinates()
    at = {t: time, smoothing: 0}
    ratio, scale = (float(e.subs(at)) for e in (chosen.time, chosen.scale))
    share = sp.lambdify((u, tau, atom), flow.log_weight())
    regular = weights * np.exp(share(scale * place, ratio, atoms).sum(-1))
    assert regular / regular.sum() == pytest.approx(direct / direct.sum(), rel=1e-12)


@pytest.mark.parametrize(
    "derive", [flow.derive_regular_flow, flow.derive_horizon_rate, flow.derive_reverse_map_identity]
)
def test_derivations_replay(derive: Callable[[], Derivation]) -> None:
    assert_replays(derive())


def test_false_statement_of_the_continuity_equation_is_refuted() -> None:
    found = flow.derive_regular_flow()
    assert found.concludes(flow.regular_continuity_statement(sp.S.One)).verdict is Verdict.PROVED
    assert found.concludes(flow.regular_continuity_statement(NEARLY)).verdict is Verdict.REFUTED


def test_rate_of_the_horizon() -> None:
    found = flow.derive_horizon_rate()
    assert found.concludes(flow.horizon_rate_statement(sp.S.One)).verdict is Verdict.PROVED
    assert found.concludes(flow.horizon_rate_statement(NEARLY)).verdict is Verdict.REFUTED


def test_the_horizon_is_the_time_of_discrete_data() -> None:
    at_horizon = flow.regular_coordinates().time.subs({t: horizon, smoothing: 0})
    assert_vanish({"square": at_horizon**2 - flow.horizon_time() ** 2})
