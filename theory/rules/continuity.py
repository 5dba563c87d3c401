"""Rules of continuity: values that a function cannot pass without taking them."""

import sympy as sp

from ..kernel import Inference, rule
from ..obligation import Obligation, zero
from ..statement import Relation, Statement, below
from .side_conditions import defined, join, over_interval, require, require_relation


def _from_start(variable: sp.Symbol, start: sp.Expr, end: sp.Expr) -> tuple[sp.Basic, ...]:
    return (variable >= start,) if end is sp.S.Infinity else (variable >= start, variable < end)


@rule
def keeps_sign(
    premises: tuple[Statement, ...],
    *,
    variable: sp.Symbol,
    function: sp.Expr,
    start: sp.Expr,
    end: sp.Expr,
) -> Inference:
    """A continuous function that is positive at the start and never 0 stays positive (intermediate values).

    Premises: `0 < v^2` inside the interval, `0 < v(start)`.
    """
    require(len(premises) == 2, "premises: 0 < v^2, 0 < v(start)")
    nowhere_zero, initial = premises
    for premise in premises:
        require_relation(premise, Relation.BELOW)
    remaining, _, obligations = over_interval(nowhere_zero.hypotheses, variable, start, end)
    given = join(remaining, initial)
    conditions = join(given, _from_start(variable, start, end))
    found = (
        *obligations,
        zero(nowhere_zero.left, nowhere_zero.hypotheses),
        zero(nowhere_zero.right - function**2, nowhere_zero.hypotheses),
        zero(initial.left, given),
        zero(initial.right - function.subs(variable, start), given),
        *defined(function, conditions),
    )
    return Inference(below(0, function, conditions), tuple(dict.fromkeys(found)))


@rule
def barrier(
    premises: tuple[Statement, ...],
    *,
    variable: sp.Symbol,
    functions: tuple[sp.Expr, ...],
    level: sp.Expr,
    start: sp.Expr,
    end: sp.Expr,
    which: sp.Integer = sp.S.Zero,
) -> Inference:
    """Functions above a level at the start stay above it if none falls while all of them are above it.

    Premises: `0 <= v_j'` (or `<`) for each function, under hypotheses that may include `v_l > level` for each l; then
    `level < v_j(start)` for each. None can be the first to come back to the level. The conclusion is about the function
    of index `which`.
    """
    count = len(functions)
    require(count > 0 and len(premises) == 2 * count, "premises: a derivative and a first value for each function")
    require(variable not in level.free_symbols, f"{level} depends on {variable}")
    require(bool(which.is_Integer) and 0 <= which < count, f"there is no function {which}")
    slopes, initials = premises[:count], premises[count:]
    above = {sp.StrictLessThan(level, f) for f in functions} | {sp.StrictGreaterThan(f, level) for f in functions}
    found: list[Obligation] = []
    kept: list[tuple[sp.Basic, ...]] = []
    for function, slope, initial in zip(functions, slopes, initials, strict=True):
        require_relation(slope, Relation.AT_MOST, Relation.BELOW)
        require_relation(initial, Relation.BELOW)
        outer = tuple(h for h in slope.hypotheses if h not in above)
        remaining, _, obligations = over_interval(outer, variable, start, end)
        given = join(remaining, initial)
        require(not any(variable in h.free_symbols for h in initial.hypotheses), f"{initial} is not at the start")
        found += (
            *obligations,
            zero(slope.left, slope.hypotheses),
            zero(slope.right - function.diff(variable), slope.hypotheses),
            zero(initial.left - level, given),
            zero(initial.right - function.subs(variable, start), given),
            *defined(function, join(given, _from_start(variable, start, end))),
        )
        kept.append(given)
    conditions = join(*kept, _from_start(variable, start, end))
    return Inference(below(level, functions[int(which)], conditions), tuple(dict.fromkeys(found)))
