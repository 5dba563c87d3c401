"""The game of footnote 3: its saddle points are exactly those that a search over quarterwise strategies finds."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import linprog
from sympy import Rational

from lemmata.theory.pushforward import adversarial_game as theory
from lemmata.theory.verdict import Verdict

from .decided import NEARLY, assert_refuted, assert_replays, assert_vanish


def test_value_and_saddles() -> None:
    known = theory.game()
    assert_vanish(theory.game_residuals(known))
    for wrong in (
        replace(known, distance=1 - sp.Abs(theory.place - theory.QUARTER)),
        replace(known, value=NEARLY * known.value),
        replace(known, adversary=(sp.S.Zero, sp.S.One, sp.S.One, Rational(1, 100))),
        replace(known, adversary=(sp.S.One, sp.S.One, sp.S.Zero, sp.S.Zero)),
    ):
        assert_refuted(theory.game_residuals(wrong))


def test_saddles_among_pure_strategies() -> None:
    found = {
        (function, corner)
        for function in product((sp.S.Zero, sp.S.One), repeat=4)
        for corner in theory.CORNERS
        if theory.duality_gap(function, corner) == 0
    }
    assert found == {(theory.SADDLE, sp.S.Zero), (theory.SADDLE, theory.HALF)}


def test_value_by_linear_programming() -> None:
    # A generator that mixes over a grid of a holding 0 and 1/2, against functions constant on cells of width 1/16.
    cells = 16
    edges = np.arange(cells) / cells
    data = np.where((edges < 0.25) | (edges >= 0.75), 2.0, 0.0)
    starts = np.arange(cells // 2 + 1) / cells
    densities = np.array([np.where((edges >= a) & (edges < a + 0.5), 2.0, 0.0) for a in starts])
    # minimise the sum of the positive parts of (mixture - data)/cells
    n = len(starts)
    cost = np.concatenate([np.zeros(n), np.full(cells, 1 / cells)])
    bound = np.hstack([densities.T, -np.eye(cells)])
    solved = linprog(
        cost, A_ub=bound, b_ub=data, A_eq=[[1.0] * n + [0.0] * cells], b_eq=[1.0], bounds=(0, None), method="highs"
    )
    # Mixtures do no better than pure strategies: half (0, 1/2) and half (1/2, 1), density 1, is at 1/2 as well.
    pure = min(float(np.maximum(p - data, 0).sum() / cells) for p in densities)
    assert pure == float(theory.game().value)
    assert solved.fun == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize("left", [Fraction(k, 24) for k in range(13)])
def test_payoff_is_the_integral(left: Fraction) -> None:
    function = (Rational(1, 3), Rational(1, 5), Rational(7, 8), Rational(2, 9))
    cells = 24
    data = [2 if 4 * k < cells or 4 * k >= 3 * cells else 0 for k in range(cells)]
    density = [2 if left <= Fraction(k, cells) < left + Fraction(1, 2) else 0 for k in range(cells)]
    integral = sum(function[4 * k // cells] * (density[k] - data[k]) for k in range(cells)) / cells
    at = Rational(left.numerator, left.denominator)
    assert theory.exact_payoff(function, at) == integral
    reply = sum(max(p - q, 0) for p, q in zip(density, data, strict=True)) / Rational(cells)
    assert theory.best_reply(at, early=left <= Fraction(1, 4)) == reply
    assert theory.total_variation().subs(theory.place, at) == reply


def test_strategies_outside_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a in \[0, 1/2\]"):
        theory.exact_payoff(theory.SADDLE, Rational(3, 4))


def test_the_generator_returns() -> None:
    found = theory.derive_descent()
    assert_replays(found)
    rate = theory.descent_rate()
    assert found.concludes(theory.descent_statement(rate)).verdict is Verdict.PROVED
    assert found.concludes(theory.descent_statement(NEARLY * rate)).verdict is not Verdict.PROVED


@pytest.mark.parametrize("target", [0, 1])
def test_the_adversary_returns(target: int) -> None:
    found = theory.derive_approach(target)
    assert_replays(found)
    data = theory.DATA[theory.SADDLE.index(target)]
    assert found.concludes(theory.approach_statement(target, data)).verdict is Verdict.PROVED
    assert found.concludes(theory.approach_statement(1 - target, data)).verdict is not Verdict.PROVED


def test_gradient_descent_ascent_stays_at_the_saddle() -> None:
    cells, step = 400, 1e-3
    middle = (np.arange(cells) + 0.5) / cells
    data = np.where((middle < 0.25) | (middle > 0.75), 2.0, 0.0)
    target = np.where(data == 0, 1.0, 0.0)
    rng = np.random.default_rng(5)
    a, f = 0.1, np.clip(target + rng.uniform(-0.2, 0.2, cells), 0, 1)
    worst = np.abs(f - target).max()
    for _ in range(2000):
        density = np.where((middle > a) & (middle < a + 0.5), 2.0, 0.0)
        slope = 2 * (f[min(int((a + 0.5) * cells), cells - 1)] - f[int(a * cells)])
        a, f = float(np.clip(a - step * slope, 0, 0.5)), np.clip(f + step * (density - data), 0, 1)
        assert np.abs(f - target).max() <= worst + 1e-12
    assert a == 0.0
