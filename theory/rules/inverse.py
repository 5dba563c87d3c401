"""Order read backwards through a strictly increasing function."""

import sympy as sp

from ..kernel import Inference, rule
from ..obligation import Obligation, nonnegative, positive, zero
from ..statement import Relation, Statement, at_most
from .side_conditions import defined, mentions, one, require, require_relation


@rule
def inverse_monotone(
    premises: tuple[Statement, ...],
    *,
    function: sp.Lambda,
    left: sp.Expr,
    right: sp.Expr,
    lower: sp.Expr = sp.S.NegativeInfinity,
    upper: sp.Expr = sp.S.Infinity,
) -> Inference:
    """F(a) <= F(b) gives a <= b where F increases strictly on an interval (lower, upper) that holds both."""
    premise = one(premises)
    require_relation(premise, Relation.AT_MOST, Relation.BELOW, Relation.EQUAL)
    (variable,) = function.variables
    middle = sp.Symbol(variable.name + "_between", real=True)
    given = premise.hypotheses
    require(not any(mentions(h, middle) for h in given), f"{middle} is taken")
    within = [lower < middle] if lower is not sp.S.NegativeInfinity else []
    within += [middle < upper] if upper is not sp.S.Infinity else []
    inside = (*given, *within)
    obligations: list[Obligation] = [
        zero(premise.left - function(left), given),
        zero(premise.right - function(right), given),
        *defined(function(middle), inside),
        positive(function(middle).diff(middle), inside),
    ]
    for end in (left, right):
        obligations += defined(end, given)
        obligations += [positive(end - lower, given)] if lower is not sp.S.NegativeInfinity else []
        obligations += [positive(upper - end, given)] if upper is not sp.S.Infinity else []
    # A real value at each end is what the order of the conclusion speaks of.
    obligations += [nonnegative(end**2, given) for end in (left, right)]
    return Inference(at_most(left, right, given), tuple(dict.fromkeys(obligations)))
