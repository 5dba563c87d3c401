"""Rules of equality and order: decisions, hypotheses, instances, chains, sums, monotone functions.

Each rule takes statements and returns a conclusion with the obligations that make it sound; a parameter called
`hypotheses` adds conditions to the conclusion.
"""

from itertools import pairwise

import sympy as sp
from sympy.core.function import UndefinedFunction
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from ..kernel import Inference, rule
from ..obligation import Obligation, nonnegative, nonzero, positive, zero
from ..statement import Approaches, ForAll, Relation, Statement, at_most, below, equal, tends
from .side_conditions import (
    assumed,
    binding,
    defined,
    entail,
    instantiate,
    join,
    lost_domain,
    mentions,
    one,
    require,
    require_relation,
)

_ORDER = (Relation.EQUAL, Relation.AT_MOST, Relation.BELOW)


def _used(premises: tuple[Statement, ...]) -> tuple[Boolean, ...]:
    """Return what may be used where the premises hold: their hypotheses and what they say."""
    return join(*premises, (h for p in premises if isinstance(h := p.as_hypothesis(), Relational)))


def _strongest(*premises: Statement) -> Relation:
    """Return the relation of a chain or sum of the premises."""
    relations = {premise.relation for premise in premises}
    return next(r for r in (Relation.BELOW, Relation.AT_MOST, Relation.EQUAL) if r in relations)


@rule
def decision(
    premises: tuple[Statement, ...],
    *,
    relation: str,
    left: sp.Expr,
    right: sp.Expr,
    hypotheses: tuple[Boolean, ...] = (),
) -> Inference:
    """The statement is decided, the premises serving as further hypotheses."""
    given = join(*premises, hypotheses)
    used = join(given, _used(premises))
    goal = {"=": zero, "<=": nonnegative, "<": positive}
    require(relation in goal, f"{relation!r} is not decided")
    conclusion = Statement(Relation(relation), left, right, given)
    domain = lost_domain((side for p in premises for side in (p.left, p.right)), (left, right), used)
    return Inference(conclusion, (goal[relation](right - left, used), *domain))


@rule
def hypothesis(premises: tuple[Statement, ...], *, given: Boolean, hypotheses: tuple[Boolean, ...] = ()) -> Inference:
    """What is given holds; a condition given for every argument holds at the argument itself."""
    require(not premises, "a hypothesis needs no premises")
    under = join(hypotheses, (given,))
    match given:
        case ForAll():
            body = given.args[1]
        case Approaches():
            expression, variable, point, limit = given.args
            return Inference(tends(expression, variable, point, limit, under))
        case _:
            body = given
    match body:
        case sp.Equality():
            return Inference(equal(body.lhs, body.rhs, under))
        case sp.LessThan() | sp.GreaterThan():
            return Inference(at_most(body.lts, body.gts, under))
        case sp.StrictLessThan() | sp.StrictGreaterThan():
            return Inference(below(body.lts, body.gts, under))
    require(False, f"{given} states no equality, order or limit")
    raise AssertionError


@rule
def instance(
    premises: tuple[Statement, ...],
    *,
    values: tuple[tuple[sp.Symbol, sp.Expr], ...] = (),
    functions: tuple[tuple[UndefinedFunction, sp.Lambda], ...] = (),
) -> Inference:
    """A statement holds for every value of its symbols and for every smooth function put for an undefined one.

    A function declared to have a sign has it at every real argument, and so must what is put for it.
    """
    premise = one(premises)
    require(premise.along is None or premise.along[0] not in dict(values), "the running variable of a limit stays")
    table = dict(values)
    require(all(type(symbol) is sp.Symbol for symbol in table), "only ordinary symbols take values")

    def put(expression: sp.Basic) -> sp.Basic:
        for function, body in functions:
            expression = expression.replace(function, body)
        return instantiate(expression.doit(deep=True) if functions else expression, table)

    hypotheses = join(put(h) for h in premise.hypotheses)
    obligations: list[Obligation] = []
    for function, body in functions:
        arguments = tuple(sp.Symbol(f"argument_{place}", real=True) for place in range(len(body.variables)))
        for condition in assumed(function(*arguments), body(*arguments)):
            obligations += entail(condition, ())
    for symbol, value in values:
        if symbol.is_extended_real:
            obligations += defined(value, hypotheses)
        for condition in assumed(symbol, value):
            obligations += entail(condition, hypotheses)
    along = (premise.along[0], put(premise.along[1])) if premise.along else None
    conclusion = Statement(premise.relation, put(premise.left), put(premise.right), hypotheses, along)
    return Inference(conclusion, tuple(dict.fromkeys(obligations)))


@rule
def weaken(premises: tuple[Statement, ...], *, hypotheses: tuple[Boolean, ...]) -> Inference:
    """A statement holds under more hypotheses."""
    premise = one(premises)
    return Inference(premise.under(join(premise, hypotheses)))


@rule
def discharge(premises: tuple[Statement, ...], *, given: Boolean) -> Inference:
    """A hypothesis that follows from the others, or from further premises, is dropped."""
    require(bool(premises), "a statement is needed")
    premise, *facts = premises
    require(given in premise.hypotheses, f"{given} is no hypothesis of {premise}")
    remaining = join((h for h in premise.hypotheses if h != given), *facts)
    require(given not in remaining, f"{given} rests on itself")
    used = join(remaining, (fact.as_hypothesis() for fact in facts))
    if isinstance(given, ForAll):
        require(given.args[1] in used, f"no premise says {given.args[1]}")
        require(not any(mentions(h, given.args[0]) for h in remaining), f"{given} must hold for every {given.args[0]}")
        return Inference(premise.under(remaining))
    return Inference(premise.under(remaining), entail(given, used))


@rule
def cases(premises: tuple[Statement, ...], *, given: Boolean) -> Inference:
    """A statement that holds under a relation and under its negation holds."""
    require(len(premises) == 2, "one premise per case")
    first, second = premises
    same = (first.relation, first.left, first.right, first.along)
    require(same == (second.relation, second.left, second.right, second.along), "the cases state different things")
    require(isinstance(given, Relational), f"{given} is no relation")
    negation = given.negated
    require(given in first.hypotheses and negation in second.hypotheses, f"the cases are not {given} and {negation}")
    rest = join(
        (h for h in first.hypotheses if h != given), (h for h in second.hypotheses if h not in (given, negation))
    )
    return Inference(first.under(rest), (*defined(given.lhs, rest), *defined(given.rhs, rest)))


@rule
def chain(premises: tuple[Statement, ...]) -> Inference:
    """Relations chain: a R b and b R c give a R c."""
    require(len(premises) >= 2, "a chain has two links at least")
    for premise in premises:
        require_relation(premise, *_ORDER)
    hypotheses, used = join(*premises), _used(premises)
    obligations = [
        zero(second.left - first.right, used) for first, second in pairwise(premises) if second.left != first.right
    ]
    left, right = premises[0].left, premises[-1].right
    inner = (side for first, second in pairwise(premises) for side in (first.right, second.left))
    domain = lost_domain(inner, (left, right), used)
    return Inference(Statement(_strongest(*premises), left, right, hypotheses), (*obligations, *domain))


@rule
def antisymmetry(premises: tuple[Statement, ...]) -> Inference:
    """What is at most another and at least it is equal to it: a <= b and b <= a give a = b."""
    require(len(premises) == 2, "premises: a <= b, b <= a")
    floor, ceiling = premises
    for premise in premises:
        require_relation(premise, Relation.AT_MOST, Relation.EQUAL)
    used = _used(premises)
    obligations = (zero(floor.left - ceiling.right, used), zero(floor.right - ceiling.left, used))
    domain = lost_domain((ceiling.left, ceiling.right), (floor.left, floor.right), used)
    return Inference(equal(floor.left, floor.right, join(*premises)), (*obligations, *domain))


@rule
def combine(
    premises: tuple[Statement, ...], *, left: sp.Expr, right: sp.Expr, factors: tuple[sp.Expr, ...]
) -> Inference:
    """Statements may be multiplied by nonnegative factors (by any factor, if equalities) and added.

    A premise with the factor 0 only serves the obligations.
    """
    require(len(premises) == len(factors) and bool(premises), "one factor per premise")
    hypotheses, used = join(*premises), _used(premises)
    obligations: list[Obligation] = []
    total: sp.Expr = sp.S.Zero
    for premise, factor in zip(premises, factors, strict=True):
        require_relation(premise, *_ORDER)
        if factor == 0:
            continue
        if premise.relation is not Relation.EQUAL:
            strict = premise.relation is Relation.BELOW
            obligations.append((positive if strict else nonnegative)(factor, used))
        total += factor * premise.difference
    obligations.append(zero(right - left - total, hypotheses))
    obligations += lost_domain((p.difference for p in premises), (left, right), used)
    obligations += lost_domain(factors, (left, right), used)
    counted = [p for p, factor in zip(premises, factors, strict=True) if factor != 0]
    require(bool(counted), "every factor is 0")
    return Inference(Statement(_strongest(*counted), left, right, hypotheses), tuple(dict.fromkeys(obligations)))


@rule
def solve_linear(premises: tuple[Statement, ...], *, left: sp.Expr, right: sp.Expr, factor: sp.Expr) -> Inference:
    """An equality multiplied by an expression without zeros is an equality."""
    premise = one(premises)
    require_relation(premise, Relation.EQUAL)
    hypotheses = premise.hypotheses
    obligations = (nonzero(factor, hypotheses), zero(factor * (right - left) - premise.difference, hypotheses))
    domain = lost_domain((premise.left, premise.right, factor), (left, right), hypotheses)
    return Inference(equal(left, right, hypotheses), (*obligations, *domain))


@rule
def rewrite(premises: tuple[Statement, ...]) -> Inference:
    """Equals are put for equals: the left side of each further premise is replaced by its right side."""
    require(len(premises) >= 2, "a statement and an equality at least are needed")
    premise, *equalities = premises
    table = {}
    for equality in equalities:
        require_relation(equality, Relation.EQUAL)
        inner = binding(premise.left) | binding(premise.right)
        caught = [h for h in equality.hypotheses if inner & h.free_symbols]
        require(not caught, f"{equality} holds only where {caught}, but is needed at every {inner}")
        table[equality.left] = equality.right
    left, right = premise.left.xreplace(table), premise.right.xreplace(table)
    require((left, right) != (premise.left, premise.right), "nothing to replace")
    require(premise.along is None, "a limit is not rewritten")
    domain = lost_domain((premise.left, premise.right, *table), (left, right), _used(premises))
    return Inference(Statement(premise.relation, left, right, join(*premises)), domain)


@rule
def monotone(premises: tuple[Statement, ...], *, function: sp.Lambda, direction: str = "increasing") -> Inference:
    """A function whose derivative has one sign between the two sides is applied to both.

    Further premises serve the obligations.
    """
    require(bool(premises), "a premise is needed")
    premise = premises[0]
    require_relation(premise, Relation.AT_MOST, Relation.BELOW)
    require(direction in ("increasing", "decreasing"), f"{direction!r} is no direction")
    (variable,) = function.variables
    point = sp.Symbol(variable.name + "_between", real=True)
    hypotheses, used = join(*premises), _used(premises)
    require(not any(mentions(h, point) for h in used), f"{point} is taken")
    between = join(used, (premise.left <= point, point <= premise.right))
    slope = function(point).diff(point)
    sign = 1 if direction == "increasing" else -1
    strict = premise.relation is Relation.BELOW
    left, right = (function(side) for side in (premise.left, premise.right)[::sign])
    obligations = (*defined(function(point), between), (positive if strict else nonnegative)(sign * slope, between))
    domain = lost_domain((premise.left, premise.right), (left, right), used)
    return Inference(Statement(premise.relation, left, right, hypotheses), (*obligations, *domain))
