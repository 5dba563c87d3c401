"""Stationary laws, velocities and clocks of the diffusion, with variants that are nearly right."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from lemmata.theory.pushforward import diffusion as theory
from lemmata.theory.pushforward.notation import t, variance, x

from .decided import NEARLY, assert_refuted, assert_vanish

ENERGY = sp.Symbol("e", real=True)


def test_stationary_density() -> None:
    assert_vanish(theory.stationary_residuals(sp.Lambda(ENERGY, theory.stationary_density(ENERGY))))
    for wrong in (sp.exp(-2 * ENERGY), sp.exp(-NEARLY * ENERGY), sp.exp(ENERGY)):
        assert_refuted(theory.stationary_residuals(sp.Lambda(ENERGY, wrong)))


def test_gaussian_rate() -> None:
    known = theory.gaussian_rate(theory.coefficient, x)
    assert_vanish(theory.gaussian_rate_residuals(known))
    assert_refuted(theory.gaussian_rate_residuals(NEARLY * known))
    assert sp.expand(theory.gaussian_rate(sp.S.One, x)) == 2 * x**2 - 1
    assert theory.gaussian_rate(sp.Rational(1, 2), x) == 0


def test_current_velocity() -> None:
    known = theory.current_velocity()
    assert_vanish(theory.continuity_residuals(known))
    for wrong in (-theory.drift, known - theory.score, NEARLY * known, -known):
        assert_refuted(theory.continuity_residuals(wrong))


def test_mean_velocities() -> None:
    known = theory.mean_velocities()
    assert_vanish(theory.mean_velocities_residuals(known))
    slopes = theory.gaussian_slopes(known)
    assert slopes == {"forward": -1, "backward": sp.cancel(2 / variance - 1), "current": sp.cancel(1 / variance - 1)}
    for wrong in (
        replace(known, forward=known.current),
        replace(known, backward=NEARLY * known.backward),
        replace(known, current=known.forward),
    ):
        assert_refuted(theory.mean_velocities_residuals(wrong))


def test_expected_increments_by_simulation() -> None:
    rng, size, step, spread = np.random.default_rng(11), 200_000, 0.05, 3.0
    now = np.sqrt(spread) * rng.standard_normal(size)
    later = np.exp(-step) * now + np.sqrt(1 - np.exp(-2 * step)) * rng.standard_normal(size)
    slopes = theory.gaussian_slopes(theory.mean_velocities())
    forward = ((later - now) @ now) / (now @ now) / step
    backward = ((later - now) @ later) / (later @ later) / step
    # Least squares has the standard error sqrt(2 h/V/size)/h, and h^2/2 is what one step adds.
    error = 5 * np.sqrt(2 / step / spread / size) + 2 * step
    assert forward == pytest.approx(float(slopes["forward"]), abs=error)
    assert backward == pytest.approx(float(slopes["backward"].subs(variance, spread)), abs=error)
    assert abs(forward - float(slopes["current"].subs(variance, spread))) > error


def test_clocks() -> None:
    known = theory.logarithmic_clock()
    assert_vanish(theory.clock_residuals(known))
    assert_refuted(theory.clock_residuals(theory.Clock(time=-sp.log(t) / 2, signal=t)))
    assert_refuted(theory.clock_residuals(theory.Clock(time=1 / (1 - t), signal=sp.exp(-1 / (1 - t)))))
    assert_vanish(theory.rational_clock_residuals(theory.rational_clock()))
    for wrong in (1 / (1 - t), 1 / t, 1 / (1 - t) - 1, 1 / t - NEARLY):
        assert_refuted(theory.rational_clock_residuals(wrong))
