"""One ball for all late horizons: where the flow is at tau_0, whenever before it started.

    late_reach           |x| tau_0^2/2 + R tau_0, R at least the length of every atom
    derive_late_start    the flow from x at a time T with tau_T <= tau_0 is within that of x at tau = tau_0

The flow from x at time T starts at `u = x sqrt(1 + tau_T^2)` and its velocity is a mean of the atoms. With n any unit
vector, h = <u, n> and z = <x, n>, the derivation bounds h(tau_0) - z; the distance is the largest of these over n. What
is certified of all points of the ball at tau_0 holds for every T at once, infinity included, and no limit is taken.
"""

from functools import cache

import sympy as sp
from sympy import Expr

from ..derivation import Derivation
from ..rules import combine, integrate
from ..statement import ForAll, Statement, at_most

first_time = sp.Symbol("tau_T", nonnegative=True)
delay = sp.Symbol("delta", nonnegative=True)
final_time = first_time + delay
"""tau_0, at least tau_T."""
height = sp.Symbol("z", real=True)
"""<x, n>."""
length = sp.Symbol("r", nonnegative=True)
"""|x|, at least z."""
longest = sp.Symbol("R", nonnegative=True)
excess = sp.Symbol("sigma", nonnegative=True)
"""sqrt(1 + tau_T^2) - 1, by which u exceeds x at the start."""

_time = sp.Symbol("s", positive=True)
_path, _velocity = (sp.Function(name, real=True) for name in ("h", "v"))


def late_reach() -> Expr:
    """Return `r tau_0^2/2 + R tau_0`."""
    return length * final_time**2 / 2 + longest * final_time


def late_statement(reach: Expr) -> Statement:
    """State that the flow is at tau_0 within `reach` of x, in the direction n."""
    return at_most(_path(final_time) - height, reach)


@cache
def derive_late_start() -> Derivation:
    """Derive `h(tau_0) - z <= r tau_0^2/2 + R tau_0` for tau_T <= tau_0."""
    rest = longest * first_time + length * (delay * (2 * first_time + delay) + excess**2) / 2
    return (
        Derivation("Late starts")
        .assume(ForAll(_time, sp.Eq(_path(_time).diff(_time), _velocity(_time))), name="flow")
        .assume(ForAll(_time, _velocity(_time) <= longest), name="speed")
        .assume(sp.Eq(_path(first_time), height * (1 + excess)), name="start")
        .assume(sp.LessThan(height, length), name="length")
        .apply(combine, "flow", "speed", left=_path(_time).diff(_time), right=longest, factors=(1, 1), name="slope")
        .apply(
            integrate,
            "slope",
            variable=_time,
            lower=first_time,
            upper=final_time,
            left=_path(_time),
            right=longest * _time,
            name="way",
        )
        .assume(sp.Eq(first_time**2, excess**2 + 2 * excess), name="scale")
        .at_most(0, rest, name="rest")
        .apply(
            combine,
            *("way", "start", "length", "scale", "rest"),
            left=_path(final_time) - height,
            right=late_reach(),
            factors=(1, 1, excess, -length / 2, 1),
            name="late start",
        )
    )
