"""Inequalities from squares and from convexity."""

import sympy as sp
from sympy.logic.boolalg import Boolean

from ..kernel import Inference, rule
from ..obligation import Obligation, nonnegative, positive, zero
from ..statement import Statement, at_most
from .side_conditions import defined, join, mentions, require


@rule
def sum_of_squares(
    premises: tuple[Statement, ...],
    *,
    expression: sp.Expr,
    squares: tuple[tuple[sp.Expr, sp.Expr], ...],
    hypotheses: tuple[Boolean, ...] = (),
) -> Inference:
    """A sum of squares of real numbers with nonnegative weights is nonnegative; `squares` is (weight, root) pairs."""
    given = join(*premises, hypotheses)
    used = join(given, (p.as_hypothesis() for p in premises))
    total = sum((weight * root**2 for weight, root in squares), sp.S.Zero)
    obligations: list[Obligation] = [zero(expression - total, used)]
    for weight, root in squares:
        obligations += (*defined(root, used), nonnegative(weight, used))
    return Inference(at_most(0, expression, given), tuple(obligations))


@rule
def tangent_line(
    premises: tuple[Statement, ...],
    *,
    function: sp.Lambda,
    point: sp.Expr,
    touching: sp.Expr,
    shape: str,
    lower: sp.Expr = sp.S.NegativeInfinity,
    upper: sp.Expr = sp.S.Infinity,
    hypotheses: tuple[Boolean, ...] = (),
) -> Inference:
    """A convex function lies above its tangents, a concave one below; convexity is decided on (lower, upper)."""
    require(shape in ("convex", "concave"), f"{shape!r} is neither convex nor concave")
    given = join(*premises, hypotheses)
    used = join(given, (p.as_hypothesis() for p in premises))
    (variable,) = function.variables
    middle = sp.Symbol(variable.name + "_between", real=True)
    require(not any(mentions(h, middle) for h in given), f"{middle} is taken")
    within = [lower < middle] if lower is not sp.S.NegativeInfinity else []
    within += [middle < upper] if upper is not sp.S.Infinity else []
    domain = join(used, within)
    obligations: list[Obligation] = [
        *defined(function(middle), domain),
        *defined(point, used),
        *defined(touching, used),
    ]
    for place in (point, touching):
        obligations += [positive(place - lower, used)] if lower is not sp.S.NegativeInfinity else []
        obligations += [positive(upper - place, used)] if upper is not sp.S.Infinity else []
    sign = 1 if shape == "convex" else -1
    obligations.append(nonnegative(sign * function(middle).diff(middle, 2), domain))
    slope = function(middle).diff(middle).subs(middle, touching)
    line = function(touching) + slope * (point - touching)
    sides = (line, function(point)) if shape == "convex" else (function(point), line)
    return Inference(at_most(*sides, given), tuple(dict.fromkeys(obligations)))
