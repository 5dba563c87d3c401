"""The two points in ball arithmetic: instances where a bound sharper than the true one is caught with certainty.

As gamma -> 0 every bound of this system becomes an equality, so a small gamma refutes a near-wrong constant.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import flint
from sympy import Expr, Symbol

from ...theory.deciding.balls import enclose_over
from ...theory.kinetic_optimal.enclosures import enclose_two_points
from ...theory.kinetic_optimal.notation import (
    earlier_separation,
    entropy_rate,
    error,
    gamma,
    information_rate,
    later_separation,
)
from ...theory.verdict import Strength
from ..comparison import Comparison

SIGNALS = (Fraction(1, 16), Fraction(1), Fraction(2))
STEP = Fraction(1001, 1000)
"""Ratio of the two signals at which growth is looked at."""

DIGITS, PRECISION = 30, 200


def _ball(low: Fraction, high: Fraction) -> flint.arb:
    """Return a ball that holds [low, high]."""
    ends = (flint.arb(flint.fmpq(end.numerator, end.denominator)) for end in (low, high))
    return next(ends).union(next(ends))


def _quantity(name: str, signal: Fraction) -> flint.arb:
    with flint.ctx.workprec(PRECISION):
        enclosure = enclose_two_points(name, signal, digits=DIGITS)
        return _ball(enclosure.low, enclosure.high)


def _compare(left: flint.arb, claimed: Expr, values: Mapping[Symbol, flint.arb], signal: Fraction) -> Comparison:
    """Compare `left <= claimed`, rigorously."""
    with flint.ctx.workprec(PRECISION):
        right = enclose_over(claimed, {name: flint.acb(value) for name, value in values.items()}, precision=PRECISION)
        excess = left - right.real
        middle, radius = float(excess.mid()), float(excess.rad())
    # Both are rounded to doubles: one ulp of each is added to the radius.
    allowed = radius + 2.3e-16 * abs(middle)
    return Comparison(
        deviation=middle,
        error=allowed,
        scale=max(abs(float(right.real.mid())), 1e-300),
        observed=f"left - right = {excess.str(20)}",
        required="at most 0",
        equality=False,
        strength=Strength.CERTIFIED,
        point={"data": "the two points -1 and 1 in d = 1, equal weights", "s": str(signal)},
        data={"signal": str(signal)},
    )


def _square(signal: Fraction) -> flint.arb:
    return _ball(signal**2, signal**2)


def attack_error_slope(claimed: Expr) -> Iterator[Comparison]:
    """Compare dv/dgamma = -E Var^2 with its claimed ceiling in v."""
    for s in SIGNALS:
        yield _compare(-_quantity("squared variance", s), claimed, {error: 1 - _quantity("separation", s)}, s)


def attack_growth(claimed: Expr) -> Iterator[Comparison]:
    """Compare 0 with the claimed growth of lambda from s to 1.001 s."""
    for s in SIGNALS:
        values = {
            earlier_separation: _quantity("separation", s),
            later_separation: _quantity("separation", s * STEP),
        }
        yield _compare(flint.arb(0), claimed, values, s)


def attack_error(claimed: Expr) -> Iterator[Comparison]:
    """Compare v with its claimed ceiling in gamma."""
    for s in SIGNALS:
        yield _compare(1 - _quantity("separation", s), claimed, {gamma: _square(s)}, s)


def attack_scaled_error(claimed: Expr) -> Iterator[Comparison]:
    """Compare gamma v with its claimed ceiling in the information rate."""
    for s in SIGNALS:
        scaled = _square(s) * (1 - _quantity("separation", s))
        yield _compare(scaled, claimed, {information_rate: _quantity("information", s)}, s)


def attack_error_by_information(claimed: Expr) -> Iterator[Comparison]:
    """Compare v with a ceiling claimed in the entropy, taken at the information: the chain's first and sharper link."""
    for s in SIGNALS:
        values = {gamma: _square(s), entropy_rate: _quantity("information", s)}
        yield _compare(1 - _quantity("separation", s), claimed, values, s)
