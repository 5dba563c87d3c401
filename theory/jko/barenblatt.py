"""JKO steps of the porous medium equation between Barenblatt profiles, in every dimension d.

    profile            rho(x) = s^(-d) b(|x|/s), b(z) = (C - kappa z^2)^(1/(p - 1)) inside its support, for p > 1
    scale_rate         s' = c s^(-q), c = 2 kappa p/(p - 1), q = d (p - 1) + 1
    exact_scale        s^(q + 1) = s_0^(q + 1) + (q + 1) c t
    step_equation      s^q (s - s_0) = tau c: implicit Euler for s' = c s^(-q)
    derive_increasing  one positive root: the left side increases in s where s > s_0

V = U = 0, F(r) = r^p/(p - 1), d_t rho = div(rho grad F'(rho)) = Laplacian rho^p. The linear map y -> x = (s_0/s) y
takes a profile to the profile of the scale s_0, and it is the gradient of a convex function, and so optimal. The
condition is one on each coordinate: below y is a coordinate of the point, and w the sum of the squares of the others.

References: [otto2001] for the equation as a gradient flow.
"""

from functools import cache

import sympy as sp
from sympy import Expr, diff

from ..derivation import Derivation
from ..statement import Statement, below
from .first_variation import porous_medium
from .notation import dimension, exponent, old_scale, scale, t, tau, y

others = sp.Symbol("w", nonnegative=True)
height = sp.Symbol("C", positive=True)
curvature = sp.Symbol("kappa", positive=True)
_increment = sp.Symbol("h", positive=True)


def inside(at: Expr = scale) -> tuple[sp.Gt, sp.Gt]:
    """Return the conditions that the point lies in the support of the profile of scale `at`, and `p > 1`."""
    return sp.Gt(height - curvature * (y**2 + others) / at**2, 0), sp.Gt(exponent, 1)


def profile(at: Expr = scale) -> Expr:
    """Return the density of scale `at` at the point: `s^(-d) (C - kappa |y|^2/s^2)^(1/(p - 1))`."""
    return (height - curvature * (y**2 + others) / at**2) ** (1 / (exponent - 1)) / at**dimension


def growth() -> Expr:
    """Return the constant c of the growth of the scale: `2 kappa p/(p - 1)`."""
    return 2 * curvature * exponent / (exponent - 1)


def power() -> Expr:
    """Return the exponent q of the growth of the scale: `d (p - 1) + 1`, which is p on the line."""
    return dimension * (exponent - 1) + 1


def scale_rate() -> Expr:
    """Return the rate s' of the porous medium equation: `c s^(-q)`."""
    return growth() * scale ** (-power())


def scale_rate_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the velocity: points move along `-grad F'(rho)`, and by `s'/s y`."""
    return {"velocity": -_chemical_force() - claimed / scale * y}


def _chemical_force() -> Expr:
    """Return the coordinate of grad F'(rho) at the point."""
    (value,) = porous_medium().variables
    slope = diff(porous_medium()(value), value)
    return diff(slope.subs(value, profile()), y)


def exact_scale() -> Expr:
    """Return the scale at time t, started at s_0: `(s_0^(q + 1) + (q + 1) c t)^(1/(q + 1))`."""
    q = power()
    return (old_scale ** (q + 1) + (q + 1) * growth() * t) ** (1 / (q + 1))


def exact_scale_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of `s' = c s^(-q)` and of its start."""
    return {
        "rate": diff(claimed, t) - scale_rate().subs(scale, claimed),
        "start": claimed.subs(t, 0) - old_scale,
    }


def step_equation() -> Expr:
    """Return what vanishes at the scale s after one step from s_0: `s^q (s - s_0) - tau c`."""
    return scale ** power() * (scale - old_scale) - tau * growth()


def step_equation_residuals(claimed: Expr) -> dict[str, Expr]:
    """Return what `claimed` leaves over of the first-order condition: they differ by the factor `y/(tau s^(q + 1))`."""
    condition = _chemical_force() + (y - old_scale / scale * y) / tau
    return {
        "condition": condition - y * claimed / (tau * scale ** (power() + 1)),
        "implicit Euler": claimed / scale ** power() - (scale - old_scale - tau * scale_rate()),
    }


def increasing_statement(floor: Expr) -> Statement:
    """State that the slope of the step equation in s, at s = s_0 + h, is above `floor`."""
    return below(floor, diff(step_equation(), scale).subs(scale, old_scale + _increment), (sp.Gt(exponent, 1),))


@cache
def derive_increasing() -> Derivation:
    """Derive that the step equation increases in s for s > s_0; it is below 0 at s_0: it has one root there."""
    stated = increasing_statement(sp.S.Zero)
    return (
        Derivation("The scale after a step of the porous medium", stated.hypotheses)
        .below(step_equation().subs(scale, old_scale), 0, name="below 0 at first")
        .below(stated.left, stated.right, name="increases")
    )
