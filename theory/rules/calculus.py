"""Rules of calculus: integrals by antiderivatives, integrated inequalities, derivatives of identities, Taylor bounds.

An integral over an interval is the improper one: the limit of integrals over compact parts. Antiderivatives are given
and decided by differentiation; at an end where one is not defined, a premise states its limit there.
"""

import sympy as sp
from sympy.logic.boolalg import Boolean

from ..kernel import Inference, rule
from ..obligation import Obligation, nonnegative, zero
from ..statement import Relation, Statement, at_most, equal
from .side_conditions import defined, defined_at, join, mentions, one, over_interval, require, require_relation

_OPEN = (sp.StrictLessThan, sp.StrictGreaterThan, sp.Unequality)


def _end(
    antiderivative: sp.Expr,
    variable: sp.Symbol,
    end: sp.Expr,
    limits: tuple[Statement, ...],
    given: tuple[Boolean, ...],
) -> tuple[sp.Expr, tuple[Obligation, ...]]:
    """Return the antiderivative's value at an end: its stated limit, or the value where it is continuous."""
    for limit in limits:
        if limit.along == (variable, end) and limit.left == antiderivative:
            return limit.right, ()
    return antiderivative.subs(variable, end), defined_at(antiderivative, {variable: end}, given)


@rule
def fundamental_theorem(
    premises: tuple[Statement, ...],
    *,
    integrand: sp.Expr,
    variable: sp.Symbol,
    lower: sp.Expr,
    upper: sp.Expr,
    antiderivative: sp.Expr,
    hypotheses: tuple[Boolean, ...] = (),
) -> Inference:
    """The integral of a derivative is the difference of the end values."""
    for premise in premises:
        require_relation(premise, Relation.TENDS)
    remaining, inside, obligations = over_interval(join(*premises, hypotheses), variable, lower, upper)
    top, at_top = _end(antiderivative, variable, upper, premises, remaining)
    bottom, at_bottom = _end(antiderivative, variable, lower, premises, remaining)
    slope = zero(antiderivative.diff(variable) - integrand, inside)
    integral = sp.Integral(integrand, (variable, lower, upper))
    return Inference(
        equal(integral, top - bottom, remaining),
        (*obligations, slope, *defined(antiderivative, inside), *at_top, *at_bottom),
    )


@rule
def integrate(
    premises: tuple[Statement, ...],
    *,
    variable: sp.Symbol,
    lower: sp.Expr,
    upper: sp.Expr,
    left: sp.Expr | None = None,
    right: sp.Expr | None = None,
) -> Inference:
    """An inequality that holds inside an interval is integrated; `left`, `right` are antiderivatives of the sides."""
    require(bool(premises), "a statement to integrate is needed")
    premise, *limits = premises
    require_relation(premise, Relation.EQUAL, Relation.AT_MOST, Relation.BELOW)
    remaining, inside, obligations = over_interval(join(*premises), variable, lower, upper)
    found: list[Obligation] = list(obligations)
    sides: list[sp.Expr] = []
    for side, antiderivative in ((premise.left, left), (premise.right, right)):
        if antiderivative is None:
            found += defined(side, inside)
            sides.append(sp.Integral(side, (variable, lower, upper)))
            continue
        top, at_top = _end(antiderivative, variable, upper, tuple(limits), remaining)
        bottom, at_bottom = _end(antiderivative, variable, lower, tuple(limits), remaining)
        found += (zero(antiderivative.diff(variable) - side, inside), *defined(antiderivative, inside))
        found += (*at_top, *at_bottom)
        sides.append(top - bottom)
    relation = Relation.EQUAL if premise.relation is Relation.EQUAL else Relation.AT_MOST
    return Inference(Statement(relation, sides[0], sides[1], remaining), tuple(dict.fromkeys(found)))


@rule
def differentiate(premises: tuple[Statement, ...], *, variable: sp.Symbol) -> Inference:
    """An identity that holds on an open set of values of a variable is differentiated in it."""
    premise = one(premises)
    require_relation(premise, Relation.EQUAL)
    closed = [h for h in premise.hypotheses if mentions(h, variable) and not isinstance(h, _OPEN)]
    require(not closed, f"{closed} need not hold beside {variable}")
    require(bool(variable.is_real) and not variable.is_integer, f"{variable} does not run through an interval")
    kinks = (sp.Abs, sp.Min, sp.Max, sp.sign, sp.Piecewise)
    require(not (premise.left.has(*kinks) or premise.right.has(*kinks)), "a side has kinks")
    for side in (premise.left, premise.right):
        defined(side, premise.hypotheses)  # refuses functions that may jump
    return Inference(equal(premise.left.diff(variable), premise.right.diff(variable), premise.hypotheses))


@rule
def taylor(
    premises: tuple[Statement, ...],
    *,
    function: sp.Lambda,
    center: sp.Expr,
    point: sp.Expr,
    order: sp.Integer,
    bound: sp.Expr,
    side: str,
    hypotheses: tuple[Boolean, ...] = (),
) -> Inference:
    """A bound of the derivative of order k between center and a later point bounds the Taylor remainder."""
    require(side in ("upper", "lower"), f"{side!r} is neither upper nor lower")
    require(bool(order.is_Integer) and order >= 1, "the remainder has order one at least")
    given = join(*premises, hypotheses)
    (variable,) = function.variables
    middle = sp.Symbol(variable.name + "_between", real=True)
    require(not any(mentions(h, middle) for h in given), f"{middle} is taken")
    between = join(given, (p.as_hypothesis() for p in premises), (center <= middle, middle <= point))
    derivative = function(middle).diff((middle, order))
    polynomial = sum(
        (
            function(middle).diff((middle, k)).subs(middle, center) * (point - center) ** k / sp.factorial(k)
            for k in range(int(order))
        ),
        sp.S.Zero,
    )
    estimate = polynomial + bound * (point - center) ** order / sp.factorial(order)
    sign = 1 if side == "upper" else -1
    obligations = (
        nonnegative(point - center, join(given, (p.as_hypothesis() for p in premises))),
        *defined(function(middle), between),
        *defined(derivative, between),
        nonnegative(sign * (bound - derivative), between),
    )
    value = function(point)
    sides = (value, estimate) if side == "upper" else (estimate, value)
    return Inference(at_most(*sides, given), obligations)
