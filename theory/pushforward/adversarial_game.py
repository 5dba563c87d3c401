"""The game of footnote 3: its value, its saddle points, that one of them is stable, and the loop of best responses.

The generator chooses a in [0, 1/2] and plays mu_a, uniform on (a, a + 1/2); the data mu_1 are uniform on the union of
(0, 1/4) and (3/4, 1); the adversary chooses f with values in [0, 1]. The payoff is <f | mu_a - mu_1>, which the
generator minimises and the adversary maximises, the sign of (2). A test function constant on the quarters of (0, 1) is
written (f_1, f_2, f_3, f_4).

    total_variation     sup_f of the payoff: 1 - 2 |a - 1/4|
    game_value          1/2, attained at a = 0 and a = 1/2 against f* = (0, 1, 1, 0)
    payoff              of a quarterwise f: piecewise linear in a, its slope 2 (f(a + 1/2) - f(a))
    descent, approach   under projected gradient descent-ascent a' = -2 (f(a + 1/2) - f(a)), f' = p_a - p_1 with f kept
                        in [0, 1], |f - f*| grows nowhere, and a' <= -2 (1 - 2 e) for 0 < a < 1/4 and |f - f*| <= e

Hence (0, f*) is stable in the sense of Lyapunov, with |f - f*| in the supremum norm: from a <= a_0 < 1/4 and e < 1/2
both stay where they are, and a reaches 0 after at most a_0/(2 (1 - 2 e)).

References: [touring2024, footnote 3].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, final

import sympy as sp
from sympy import Abs, Expr, Integer, Rational

from ..derivation import Derivation
from ..rules import combine
from ..statement import Statement, at_most

place = sp.Symbol("a", nonnegative=True)
"""The left end of the generator's interval, in [0, 1/2]."""
tolerance = sp.Symbol("e", nonnegative=True)
"""A bound of |f - f*|."""
_high, _low = sp.symbols("f_high f_low", real=True)
"""f(a + 1/2) and f(a)."""
_value, _density = sp.symbols("f p", nonnegative=True)
"""f and the density of mu_a at one point."""
Quarters: TypeAlias = tuple[Expr, Expr, Expr, Expr]
"""A test function by its values on the quarters of (0, 1)."""

QUARTER, HALF = Rational(1, 4), Rational(1, 2)
CORNERS = (Integer(0), QUARTER, HALF)
"""Between two of these the payoff of a quarterwise test function is linear in a."""
DATA: Quarters = (Integer(2), Integer(0), Integer(0), Integer(2))
"""Density of the data on the quarters."""
SADDLE: Quarters = (Integer(0), Integer(1), Integer(1), Integer(0))
"""The adversary's side f* of the saddle points: 1 on (1/4, 3/4)."""


def masses(left: Expr, *, early: bool) -> Quarters:
    """Return the masses that mu_a gives to the quarters, for a in [0, 1/4] (`early`) or in [1/4, 1/2], linear in a."""
    if early:
        return HALF - 2 * left, HALF, 2 * left, Integer(0)
    return Integer(0), 1 - 2 * left, HALF, 2 * left - HALF


def payoff(function: Sequence[Expr], left: Expr, *, early: bool) -> Expr:
    """Return <f | mu_a - mu_1> for a quarterwise f and a in the early or the late half of [0, 1/2]."""
    pairs = zip(function, masses(left, early=early), DATA, strict=True)
    return sum((f * (mass - density * QUARTER) for f, mass, density in pairs), sp.S.Zero)


def exact_payoff(function: Sequence[Expr], left: Rational) -> Expr:
    """Return the payoff at a rational a in [0, 1/2].

    **Raises:** `ValueError` where a is outside.
    """
    if not 0 <= left <= HALF:
        raise ValueError(f"the interval starts at a in [0, 1/2], not at {left}")
    return payoff(function, left, early=bool(left <= QUARTER))


def best_reply(left: Expr, *, early: bool) -> Expr:
    """Return the largest payoff against mu_a over all f with values in [0, 1]: the mass of the positive part.

    mu_a has the density 2 where the data have none: on (1/4, a + 1/2) if a is early, on (a, 3/4) if it is late.
    """
    return 2 * (left + HALF - QUARTER) if early else 2 * (3 * QUARTER - left)


def duality_gap(function: Sequence[Expr], left: Rational) -> Expr:
    """Return what the two players can still gain at (a, f) together: 0 at a saddle point and positive elsewhere.

    The least payoff of f over a is at one of the corners, between which it is linear.
    """
    reply = best_reply(left, early=bool(left <= QUARTER))
    return reply - min(exact_payoff(function, corner) for corner in CORNERS)


def total_variation() -> Expr:
    """Return the total variation between mu_a and the data, in a: `1 - 2 |a - 1/4|`."""
    return 1 - 2 * Abs(place - QUARTER)


@final
@dataclass(frozen=True, slots=True)
class Game:
    """What is claimed of the game: `distance` in a, the value, and the adversary's side of the saddle points."""

    distance: Expr
    value: Expr
    adversary: Quarters


def game() -> Game:
    """Return the game's total variation, its value 1/2 and f* = (0, 1, 1, 0)."""
    return Game(distance=total_variation(), value=HALF, adversary=SADDLE)


def game_residuals(claimed: Game) -> dict[str, Expr]:
    """Return what the claim leaves over, on the early (a <= 1/4) and the late part of the generator's interval.

    The total variation is the payoff of the best reply, written in the distance of a from 1/4. At a = 0 and a = 1/2 it
    has to be the value, which the claimed f* attains, and no a may do better against f*.
    """
    away = sp.Symbol("q", nonnegative=True)
    residuals: dict[str, Expr] = {}
    for early, left in ((True, QUARTER - away), (False, QUARTER + away)):
        name = "total variation, a <= 1/4" if early else "total variation, a >= 1/4"
        residuals[name] = claimed.distance.subs(place, left) - best_reply(left, early=early)
    for left in (CORNERS[0], CORNERS[-1]):
        residuals[f"a = {left}: value"] = claimed.distance.subs(place, left) - claimed.value
        residuals[f"a = {left}: attained"] = exact_payoff(claimed.adversary, left) - claimed.value
        residuals[f"a = {left}: nothing to gain"] = duality_gap(claimed.adversary, left)
    return residuals


def descent_statement(rate: Expr) -> Statement:
    """State `-2 (f(a + 1/2) - f(a)) <= -rate`, rate in e, for |f - f*| <= e and 0 < a < 1/4."""
    return at_most(-2 * (_high - _low), -rate, (1 - tolerance <= _high, _low <= tolerance))


def descent_rate() -> Expr:
    """Return the rate at which a falls at least, in e: `2 (1 - 2 e)`."""
    return 2 * (1 - 2 * tolerance)


@cache
def derive_descent() -> Derivation:
    """Derive that a falls at the rate 2 (1 - 2 e) at least: a + 1/2 is in the third quarter and a in the first."""
    stated = descent_statement(descent_rate())
    return (
        Derivation("The generator returns to a = 0")
        .assume(1 - tolerance <= _high, name="third quarter")
        .assume(_low <= tolerance, name="first quarter")
        .apply(
            combine, "third quarter", "first quarter", left=stated.left, right=stated.right, factors=(2, 2), name="rate"
        )
    )


def approach_statement(target: int, data: Expr) -> Statement:
    """State that f moves towards `target`, its side in f*: `0 <= (target - f) (p_a - data)`, for 0 <= f, p_a/2 <= 1."""
    moved = (target - _value) * (_density - data)
    return at_most(0, moved, (_value <= 1, _density <= 2))


@cache
def derive_approach(target: int) -> Derivation:
    """Derive that f nears f* wherever it moves, whatever the generator does: f* is 1 where there are no data.

    The density of the data is 0 where f* is 1, and 2, the largest value of p_a, where f* is 0.
    """
    stated = approach_statement(target, DATA[SADDLE.index(target)])
    return Derivation(f"The adversary returns to {target}").at_most(
        stated.left, stated.right, given=stated.hypotheses, name="towards f*"
    )
