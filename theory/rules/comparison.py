"""Comparison rules: ordered solutions of differential inequalities, Gronwall, and the bathtub rearrangement.

References: comparison and Gronwall by the integrating factor; the bathtub principle by subtracting the multiple of
the constraint that makes the integrand change sign at the cut.
"""

import sympy as sp
from sympy.logic.boolalg import Boolean

from ..kernel import Inference, rule
from ..obligation import Obligation, nonnegative, positive, zero
from ..statement import Relation, Statement, at_most
from .side_conditions import defined, defined_at, fresh, join, mentions, one, over_interval, require, require_relation


def _stretch(anchor: sp.Expr, end: sp.Expr, side: str) -> tuple[sp.Expr, sp.Expr]:
    require(side in ("after", "before"), f"{side!r} is neither after nor before")
    return (anchor, end) if side == "after" else (end, anchor)


def _closed(variable: sp.Expr, lower: sp.Expr, upper: sp.Expr) -> tuple[Boolean, ...]:
    """Return the interval's conditions on the variable, without infinite ends."""
    ends = []
    if lower is not sp.S.NegativeInfinity:
        ends.append(sp.Ge(variable, lower))
    if upper is not sp.S.Infinity:
        ends.append(sp.Le(variable, upper))
    return tuple(ends)


@rule
def ode_comparison(
    premises: tuple[Statement, ...],
    *,
    variable: sp.Symbol,
    function: sp.Expr,
    solution: sp.Expr,
    rate: sp.Lambda,
    anchor: sp.Expr,
    end: sp.Expr,
    side: str,
    at: sp.Expr | None = None,
) -> Inference:
    """v' <= f(t, v) and w' = f(t, w), equal at a point: v <= w after it and v >= w before it.

    The conclusion is stated at `at` (the variable itself, unless given) between anchor and end.
    """
    premise = one(premises)
    require_relation(premise, Relation.AT_MOST, Relation.EQUAL)
    require(len(rate.variables) == 2, "the rate is a function of time and value")
    lower, upper = _stretch(anchor, end, side)
    remaining, inside, obligations = over_interval(premise.hypotheses, variable, lower, upper)
    slope = function.diff(variable)
    decreasing = premise.left == slope
    derivative, bound = (premise.left, premise.right) if decreasing else (premise.right, premise.left)
    value = fresh(variable, premise.left, premise.right, solution, function)
    closed = join(remaining, _closed(variable, lower, upper))
    lipschitz = rate(variable, value).diff(value)
    found: list[Obligation] = [
        *obligations,
        zero(derivative - slope, inside),
        zero(bound - rate(variable, function), inside),
        zero(solution.diff(variable) - rate(variable, solution), inside),
        zero((solution - function).subs(variable, anchor), remaining),
        *defined(solution, closed),
        *defined(function, closed),
        *defined(rate(variable, value), closed),
        *defined(lipschitz, closed),
    ]
    below = decreasing == (side == "after")
    place = variable if at is None else at
    there = join(remaining, _closed(place, lower, upper))
    value_there, solution_there = (e.subs(variable, place) for e in (function, solution))
    sides = (value_there, solution_there) if below else (solution_there, value_there)
    return Inference(at_most(*sides, there), tuple(dict.fromkeys(found)))


@rule
def gronwall(
    premises: tuple[Statement, ...],
    *,
    variable: sp.Symbol,
    function: sp.Expr,
    rate: sp.Expr,
    source: sp.Expr,
    exponent: sp.Expr,
    accumulated: sp.Expr,
    start: sp.Expr,
    end: sp.Expr,
) -> Inference:
    """u' <= a u + b gives u <= exp(A) (u(start) + B), with A' = a, B' = exp(-A) b, both 0 at the start."""
    premise = one(premises)
    require_relation(premise, Relation.AT_MOST, Relation.EQUAL)
    remaining, inside, obligations = over_interval(premise.hypotheses, variable, start, end)
    closed = join(remaining, _closed(variable, start, end))
    found = (
        *obligations,
        zero(premise.left - function.diff(variable), inside),
        zero(premise.right - rate * function - source, inside),
        zero(exponent.diff(variable) - rate, inside),
        zero(accumulated.diff(variable) - sp.exp(-exponent) * source, inside),
        zero(exponent.subs(variable, start), remaining),
        zero(accumulated.subs(variable, start), remaining),
        *defined(function, closed),
        *defined(exponent, closed),
        *defined(accumulated, closed),
    )
    initial = function.subs(variable, start)
    estimate = sp.exp(exponent) * (initial + accumulated)
    return Inference(at_most(function, estimate, closed), tuple(dict.fromkeys(found)))


@rule
def bathtub(
    premises: tuple[Statement, ...],
    *,
    variable: sp.Symbol,
    function: sp.Expr,
    cap: sp.Expr,
    payoff: sp.Expr,
    weight: sp.Expr,
    budget: sp.Expr,
    lower: sp.Expr,
    upper: sp.Expr,
    cut: sp.Expr,
    payoff_antiderivative: sp.Expr,
    weight_antiderivative: sp.Expr,
) -> Inference:
    """Under 0 <= v <= cap and a budget for int weight v, int payoff v is largest when the best ratios fill up first.

    Premises: `0 <= v`, `v <= cap`, `int weight v <= budget`. payoff/weight is nonincreasing; up to `cut` the cap uses
    up the budget; the two antiderivatives are those of payoff cap and weight cap.
    """
    require(len(premises) == 3, "premises: 0 <= v, v <= cap, the budget")
    floor, ceiling, constraint = premises
    for premise in premises:
        require_relation(premise, Relation.AT_MOST, Relation.EQUAL, Relation.BELOW)
    spent = sp.Integral(weight * function, (variable, lower, upper))
    require(constraint.left == spent, f"the budget must bound {spent}")
    require(not any(mentions(h, variable) for h in constraint.hypotheses), f"the budget depends on {variable}")
    remaining, inside, obligations = over_interval(join(*premises), variable, lower, upper)
    filled = join(inside, (variable < cut,))
    at_cut = (payoff / weight).subs(variable, cut)
    found: list[Obligation] = [
        *obligations,
        nonnegative(cut - lower, remaining),
        zero(floor.left, inside),
        zero(floor.right - function, inside),
        zero(ceiling.left - function, inside),
        zero(ceiling.right - cap, inside),
        zero(constraint.right - budget, remaining),
        positive(weight, inside),
        nonnegative(-(payoff / weight).diff(variable), inside),
        *defined_at(payoff / weight, {variable: cut}, remaining),
        nonnegative(at_cut, remaining),
    ]
    if upper is not sp.S.Infinity:
        found.append(nonnegative(upper - cut, remaining))
    ends = []
    for antiderivative, integrand in ((payoff_antiderivative, payoff), (weight_antiderivative, weight)):
        found.append(zero(antiderivative.diff(variable) - integrand * cap, filled))
        found += defined(antiderivative, filled)
        for end in (cut, lower):
            found += defined_at(antiderivative, {variable: end}, remaining)
        ends.append(antiderivative.subs(variable, cut) - antiderivative.subs(variable, lower))
    found.append(zero(ends[1] - budget, remaining))
    gain = sp.Integral(payoff * function, (variable, lower, upper))
    return Inference(at_most(gain, ends[0], remaining), tuple(dict.fromkeys(found)))
