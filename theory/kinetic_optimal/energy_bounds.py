"""What no path can go below, derived: integral of the error, flat angle, energy; and that a line is shortest.

    derive_integral_ceiling   J <= arctan sqrt(exp(2 L) - 1)            bathtub rearrangement
    derive_angle_floor        pi/2 - J <= Theta_m                       h^2 <= h, integrated
    derive_energy_floor       2 - 2 sqrt(1 - exp(-2 L)) <= energy       monotone functions
    derive_shortest_chord     (b - a)^2 <= int_0^1 x'^2 dt              a square, integrated

Notation: s is the signal-to-noise ratio, V a primitive of v, Theta_m = int_0^oo h/(1 + s^2) ds = pi/2 - arctan c.
"""

from functools import cache

import sympy as sp

from ..derivation import Derivation
from ..rules import (
    bathtub,
    combine,
    fundamental_theorem,
    instance,
    integrate,
    limit_of_function,
    limit_of_reciprocal,
    monotone,
    squeeze,
    sum_of_squares,
)
from ..rules.inverse import inverse_monotone
from ..statement import Approaches, ForAll, Statement, at_most
from . import notation

_x = sp.Symbol("x", real=True)
_s = sp.Symbol("s", positive=True)
_S = sp.Symbol("S", positive=True)
_L = notation.entropy_rate
_profile = sp.Function("v", real=True)


@cache
def derive_integral_ceiling() -> Derivation:
    """Derive `J <= arctan sqrt(exp(2 L) - 1)` from `v <= 1/(1 + s^2)` and `int s v ds <= L`.

    The two premises are the linear ceiling, and the integrated slope of the information with its ceiling H.
    """
    v = _profile(_s)
    cut = sp.sqrt(sp.exp(2 * _L) - 1)
    budget = sp.Integral(_s * v, (_s, 0, sp.oo))
    return (
        Derivation("Integral of the error")
        .assume(ForAll(_s, v <= 1 / (1 + _s**2)), name="linear ceiling")
        .assume(budget <= _L, name="information")
        .assume(ForAll(_s, v >= 0), name="floor")
        .apply(
            bathtub,
            *("floor", "linear ceiling", "information"),
            variable=_s,
            function=v,
            cap=1 / (1 + _s**2),
            payoff=1,
            weight=_s,
            budget=_L,
            lower=0,
            upper=sp.oo,
            cut=cut,
            payoff_antiderivative=sp.atan(_s),
            weight_antiderivative=sp.log(1 + _s**2) / 2,
            name="bathtub",
        )
    )


_h = sp.Function("h", nonnegative=True)
_primitive = sp.Function("V", real=True)
_total = sp.Symbol("V_oo", real=True)
_cotangent = sp.Symbol("c", nonnegative=True)
"""cot Theta_m: the flat angle ends at Theta_m = pi/2 - arctan c."""


@cache
def derive_angle_floor() -> Derivation:
    """Derive `pi/2 - J <= Theta_m` from h^2 <= h, with Theta_m = int_0^oo h/(1 + s^2) ds and v = V'."""
    v, h = _primitive(_s).diff(_s), _h(_s)
    flat = sp.atan(_s) - _primitive(_s)
    shifted = sp.pi / 2 - sp.atan(1 / _s) - _primitive(_s)
    arguments = sp.symbols("x y", real=True)
    return (
        Derivation("Flat angle from below")
        .assume(ForAll(_s, sp.Eq(h**2, 1 - (1 + _s**2) * v)), name="angular speed")
        .assume(ForAll(_s, h <= 1), name="at most 1")
        .assume(Approaches(_primitive(_s), _s, sp.oo, _total), name="J is finite")
        .at_most(h**2, h, using=("at most 1",), name="h^2 <= h")
        .apply(
            combine,
            *("h^2 <= h", "angular speed"),
            left=1 / (1 + _s**2) - v,
            right=h / (1 + _s**2),
            factors=(1 / (1 + _s**2), -1 / (1 + _s**2)),
            name="pointwise",
        )
        .apply(limit_of_reciprocal, variable=_s, name="1/s")
        .apply(
            limit_of_function,
            *("1/s", "J is finite"),
            function=sp.Lambda(arguments, sp.pi / 2 - sp.atan(arguments[0]) - arguments[1]),
            name="shifted limit",
        )
        .equal(shifted, flat, name="complement")
        .equal(flat, shifted, name="complement back")
        .apply(squeeze, "complement", "complement back", "shifted limit", "shifted limit", name="limit")
        .apply(integrate, "pointwise", "limit", variable=_s, lower=0, upper=sp.oo, left=flat, name="integrated")
        .apply(
            fundamental_theorem,
            "J is finite",
            integrand=v,
            variable=_s,
            lower=0,
            upper=sp.oo,
            antiderivative=_primitive(_s),
            name="J",
        )
        .apply(
            combine,
            *("integrated", "J"),
            left=sp.pi / 2 - sp.Integral(v, (_s, 0, sp.oo)),
            right=sp.Integral(h / (1 + _s**2), (_s, 0, sp.oo)),
            factors=(1, -1),
            name="floor",
        )
    )


@cache
def derive_energy_floor() -> Derivation:
    """Derive `2 - 2 sqrt(1 - exp(-2 L)) <= 2 - 2 cos Theta_m` from the integral's ceiling and the angle's floor.

    The profile v is the derivative of its primitive V; Theta_m = pi/2 - arctan c with c = cot Theta_m >= 0.
    """
    v = _primitive(_s).diff(_s)
    angle = sp.Integral(_h(_s) / (1 + _s**2), (_s, 0, sp.oo))
    cut = sp.sqrt(sp.exp(2 * _L) - 1)
    sine = sp.Lambda(_x, _x / sp.sqrt(1 + _x**2))
    return (
        Derivation("What no path can go below")
        .lemma(derive_integral_ceiling(), name="integral of a profile")
        .apply(instance, "integral of a profile", functions={_profile: sp.Lambda(_s, v)}, name="J at most")
        .lemma(derive_angle_floor(), name="angle")
        .assume(sp.Eq(angle, sp.pi / 2 - sp.atan(_cotangent)), name="Theta_m")
        .apply(
            combine,
            *("J at most", "angle", "Theta_m"),
            left=sp.atan(_cotangent),
            right=sp.atan(cut),
            factors=(1, 1, 1),
            name="complementary angles",
        )
        .apply(
            inverse_monotone,
            "complementary angles",
            function=sp.Lambda(_x, sp.atan(_x)),
            left=_cotangent,
            right=cut,
            name="cotangents",
        )
        .apply(monotone, "cotangents", function=sine, name="cosines")
        .equal(sine(cut), sp.sqrt(1 - sp.exp(-2 * _L)), name="cosine at the ceiling")
        .equal(sine(_cotangent), sp.cos(sp.pi / 2 - sp.atan(_cotangent)), name="cosine of Theta_m")
        .apply(
            combine,
            *("cosines", "cosine at the ceiling", "cosine of Theta_m"),
            left=2 - 2 * sp.sqrt(1 - sp.exp(-2 * _L)),
            right=2 - 2 * sp.cos(sp.pi / 2 - sp.atan(_cotangent)),
            factors=(2, 2, -2),
            name="energy",
        )
    )


_time = sp.Symbol("t", positive=True)
_place = sp.Function("x", real=True)


@cache
def derive_shortest_chord() -> Derivation:
    """Derive `(b - a)^2 <= int_0^1 x'^2 dt` for each flat coordinate x(t) from a to b; the straight line attains it.

    From the square of x' - (b - a) at every time, integrated.
    """
    time, place, speed = _time, _place, _place(1) - _place(0)
    rate = place(time).diff(time)
    return (
        Derivation("A straight line is shortest")
        .apply(
            sum_of_squares,
            expression=rate**2 - 2 * speed * rate + speed**2,
            squares=((1, rate - speed),),
            name="square",
        )
        .apply(
            combine,
            "square",
            left=2 * speed * rate - speed**2,
            right=rate**2,
            factors=(1,),
            name="below the square",
        )
        .apply(
            integrate,
            "below the square",
            variable=time,
            lower=0,
            upper=1,
            left=2 * speed * place(time) - speed**2 * time,
            name="integrated",
        )
        .apply(
            combine,
            "integrated",
            left=speed**2,
            right=sp.Integral(rate**2, (time, 0, 1)),
            factors=(1,),
            name="chord",
        )
    )


def chord_at_most_length(factor: sp.Expr) -> Statement:
    """State that `factor` times the squared chord is at most the integral of the squared speed."""
    rate = _place(_time).diff(_time)
    return at_most(factor * (_place(1) - _place(0)) ** 2, sp.Integral(rate**2, (_time, 0, 1)))


def energy_at_least(floor: sp.Expr) -> Statement:
    """State that the optimal energy is at least `floor`, an expression in L."""
    return at_most(floor, 2 - 2 * sp.cos(sp.pi / 2 - sp.atan(_cotangent)))
