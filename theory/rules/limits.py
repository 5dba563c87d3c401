"""Limits: base limits, continuous functions of limits, squeezing, and what a monotone function leaves behind.

Every limit of this project is reached from `1/x -> 0`, or from `erf x -> 1`, by inequalities and continuous functions,
never by a symbolic limit algorithm. A hypothesis on the running variable must hold from some value on.
"""

from collections.abc import Mapping

import sympy as sp
from sympy.logic.boolalg import Boolean

from ..kernel import Inference, rule
from ..obligation import Goal, Obligation, positive, zero
from ..statement import Condition, Relation, Statement, at_most, tends
from .side_conditions import defined, instantiate, join, mentions, require, require_relation


def _eventual(hypotheses: tuple[Boolean, ...], variable: sp.Symbol, point: sp.Expr) -> tuple[Boolean, ...]:
    """Drop the hypotheses on the running variable that hold near the point: `x > c` and `x >= c` at infinity."""
    kept = []
    for h in hypotheses:
        if not mentions(h, variable):
            kept.append(h)
            continue
        require(not isinstance(h, Condition) and point is sp.S.Infinity, f"{h} need not hold near {point}")
        lower = isinstance(h, sp.StrictGreaterThan | sp.GreaterThan) and h.lhs == variable
        upper = isinstance(h, sp.StrictLessThan | sp.LessThan) and h.rhs == variable
        bound = h.rhs if lower else h.lhs
        require((lower or upper) and variable not in bound.free_symbols, f"{h} need not hold near infinity")
    return tuple(kept)


def _continuous(
    body: sp.Expr, arguments: Mapping[sp.Symbol, Statement], given: tuple[Boolean, ...]
) -> tuple[Obligation, ...]:
    """Demand that a function is continuous at the limits of its arguments.

    An open condition has to hold at the limit. A closed one, as of a root, has to hold along the way: there the
    function is continuous up to the end of its domain.
    """
    limits = {symbol: limit.right for symbol, limit in arguments.items()}
    way = {symbol: limit.left for symbol, limit in arguments.items()}
    found: list[Obligation] = []
    for o in defined(body, ()):
        place = way if o.goal is Goal.NONNEGATIVE else limits
        found.append(Obligation(o.goal, o.expression.subs(place, simultaneous=True), given))
        require(not found[-1].expression.has(sp.nan, sp.zoo, sp.oo), f"{body} has no value at the limit")
    return tuple(dict.fromkeys(found))


@rule
def limit_of_reciprocal(premises: tuple[Statement, ...], *, variable: sp.Symbol) -> Inference:
    """1/x tends to 0 as x tends to infinity."""
    require(not premises, "the base limit needs no premises")
    require(not (variable.is_negative or variable.is_nonpositive), f"{variable} does not tend to infinity")
    return Inference(tends(1 / variable, variable, sp.oo, 0))


@rule
def limit_of_error_function(premises: tuple[Statement, ...], *, variable: sp.Symbol, scale: sp.Expr) -> Inference:
    """erf(c x) tends to 1 as x tends to infinity, for c > 0: the Gaussian integral over the whole line is 1."""
    require(
        not premises and variable not in scale.free_symbols, f"{scale} depends on {variable}, or there are premises"
    )
    require(not (variable.is_negative or variable.is_nonpositive), f"{variable} does not tend to infinity")
    return Inference(tends(sp.erf(scale * variable), variable, sp.oo, 1), (*defined(scale, ()), positive(scale)))


@rule
def limit_of_constant(
    premises: tuple[Statement, ...], *, value: sp.Expr, variable: sp.Symbol, point: sp.Expr
) -> Inference:
    """A constant tends to itself."""
    require(not premises and variable not in value.free_symbols, f"{value} depends on {variable}")
    return Inference(tends(value, variable, point, value))


@rule
def limit_of_function(premises: tuple[Statement, ...], *, function: sp.Lambda) -> Inference:
    """A function that is continuous at the limits of its arguments tends to its value there."""
    require(bool(premises) and len(function.variables) == len(premises), "one limit per argument")
    for premise in premises:
        require_relation(premise, Relation.TENDS)
        require(premise.along == premises[0].along, "the limits are at different points")
        require(not premise.right.has(sp.oo), f"{premise} is no finite limit")
    along = premises[0].along
    assert along is not None
    given = join(*premises)
    names = tuple(sp.Symbol(f"{symbol.name}_{place}", real=True) for place, symbol in enumerate(function.variables))
    arguments = dict(zip(names, premises, strict=True))
    value = function(*(premise.right for premise in premises))
    expression = function(*(premise.left for premise in premises))
    return Inference(tends(expression, *along, value, given), _continuous(function(*names), arguments, given))


@rule
def limit_along(premises: tuple[Statement, ...], *, inner: sp.Expr) -> Inference:
    """A limit at infinity is one along whatever tends there: f(x) -> L and 1/g -> 0 with g > 0 give f(g) -> L.

    Premises: `f(x) -> L` as x tends to infinity, `1/g -> 0`, where `inner` is g.
    """
    require(len(premises) == 2, "premises: the limit at infinity, 1/g -> 0")
    outer, reciprocal = premises
    for premise in premises:
        require_relation(premise, Relation.TENDS)
    assert outer.along is not None
    assert reciprocal.along is not None
    variable, point = outer.along
    require(point is sp.S.Infinity and reciprocal.right == 0, "the limits are not at infinity and 0")
    require(not outer.hypotheses, "the limit at infinity is under hypotheses")
    require(reciprocal.along[0] not in outer.left.free_symbols - {variable}, f"{reciprocal.along[0]} is taken")
    given = reciprocal.hypotheses
    require(not variable.is_integer, f"{variable} does not run through an interval")
    left = instantiate(outer.left, {variable: inner})
    obligations = (positive(inner, given), zero(reciprocal.left - 1 / inner, given))
    return Inference(tends(left, *reciprocal.along, outer.right, given), obligations)


@rule
def squeeze(premises: tuple[Statement, ...]) -> Inference:
    """What lies between two expressions with one limit has it too: a <= x, x <= b, a -> L, b -> L.

    With three premises `a <= x`, `x <= b`, `b -> L` the floor is the limit itself: a = L.
    """
    require(len(premises) in (3, 4), "premises: floor, ceiling, and the limits of the outer sides")
    floor, ceiling, *limits = premises
    for premise in (floor, ceiling):
        require_relation(premise, Relation.AT_MOST, Relation.BELOW, Relation.EQUAL)
    for limit in limits:
        require_relation(limit, Relation.TENDS)
    along = limits[0].along
    assert along is not None
    require(limits[-1].along == along, "the limits are at different points")
    given = _eventual(join(*premises), *along)
    used = join(*premises)
    target = limits[-1].right
    obligations = [zero(floor.right - ceiling.left, used), zero(ceiling.right - limits[-1].left, used)]
    if len(limits) == 1:
        require(along[0] not in floor.left.free_symbols, "the floor has no stated limit")
        obligations.append(zero(floor.left - target, used))
    else:
        obligations += [zero(floor.left - limits[0].left, used), zero(limits[0].right - target, used)]
    return Inference(tends(floor.right, *along, target, given), tuple(obligations))


@rule
def monotone_limit(premises: tuple[Statement, ...], *, direction: str = "nondecreasing") -> Inference:
    """A differentiable function with a derivative of one sign stays on one side of its limit at infinity.

    Premises: `0 <= f'` (or `f' <= 0`, with "nonincreasing"), and `f -> L` at infinity.
    """
    require(len(premises) == 2, "premises: the derivative's sign, the limit")
    sign, limit = premises
    require_relation(sign, Relation.AT_MOST, Relation.BELOW, Relation.EQUAL)
    require_relation(limit, Relation.TENDS)
    assert limit.along is not None
    variable, point = limit.along
    require(point is sp.S.Infinity, "the limit is not at infinity")
    require(direction in ("nondecreasing", "nonincreasing"), f"{direction!r} is no direction")
    used = join(*premises)
    given = [h for h in used if mentions(h, variable)]
    require(_eventual(used, *limit.along) == tuple(h for h in used if h not in given), "the sign must hold to infinity")
    smooth = defined(limit.left, used)
    slope = limit.left.diff(variable)
    low, high = (sp.S.Zero, slope) if direction == "nondecreasing" else (slope, sp.S.Zero)
    obligations = (zero(sign.left - low, used), zero(sign.right - high, used), *smooth)
    sides = (limit.left, limit.right) if direction == "nondecreasing" else (limit.right, limit.left)
    return Inference(at_most(*sides, used), obligations)


@rule
def limit_at_most(premises: tuple[Statement, ...]) -> Inference:
    """Limits keep weak inequalities: a <= b, a -> A and b -> B give A <= B."""
    require(len(premises) == 3, "premises: the inequality and both limits")
    order, first, second = premises
    require_relation(order, Relation.AT_MOST, Relation.BELOW, Relation.EQUAL)
    for limit in (first, second):
        require_relation(limit, Relation.TENDS)
    require(first.along == second.along, "the limits are at different points")
    assert first.along is not None
    used = join(*premises)
    obligations = (zero(order.left - first.left, used), zero(order.right - second.left, used))
    return Inference(at_most(first.right, second.right, _eventual(used, *first.along)), obligations)
