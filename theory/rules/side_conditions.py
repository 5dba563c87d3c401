"""Side conditions that several rules share: joining hypotheses, discharging them over an interval, domains.

Each function returns obligations, or raises `InapplicableRuleError` where no obligation would do.
"""

from collections.abc import Iterable, Iterator, Mapping

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from ..generalisation import Opaque
from ..kernel import InapplicableRuleError
from ..obligation import Obligation, nonnegative, nonzero, positive, zero
from ..statement import Condition, Relation, Statement, sort_hypotheses

_ENTIRE = (
    sp.exp,
    sp.sin,
    sp.cos,
    sp.sinh,
    sp.cosh,
    sp.tanh,
    sp.atan,
    sp.asinh,
    sp.erf,
    sp.erfc,
    sp.Abs,
    sp.Min,
    sp.Max,
)


def require(condition: bool, message: str) -> None:
    """Raise `InapplicableRuleError` with `message` unless the condition holds."""
    if not condition:
        raise InapplicableRuleError(message)


def one(premises: tuple[Statement, ...]) -> Statement:
    """Return the only premise."""
    require(len(premises) == 1, f"one premise is needed, not {len(premises)}")
    return premises[0]


def require_relation(premise: Statement, *relations: Relation) -> None:
    """Demand that the premise is one of `relations`."""
    if premise.relation not in relations:
        raise InapplicableRuleError(f"{premise} is not one of {', '.join(relations)}")


def join(*sources: Statement | Iterable[Boolean]) -> tuple[Boolean, ...]:
    """Return the hypotheses of all the statements, and all the hypotheses given."""
    groups = (source.hypotheses if isinstance(source, Statement) else source for source in sources)
    return sort_hypotheses(h for group in groups for h in group)


def entail(hypothesis: Boolean, hypotheses: tuple[Boolean, ...]) -> tuple[Obligation, ...]:
    """Demand that `hypothesis` follows from `hypotheses`."""
    if hypothesis in hypotheses or hypothesis is sp.true:
        return ()
    match hypothesis:
        case sp.LessThan():
            return (nonnegative(hypothesis.rhs - hypothesis.lhs, hypotheses),)
        case sp.GreaterThan():
            return (nonnegative(hypothesis.lhs - hypothesis.rhs, hypotheses),)
        case sp.StrictLessThan():
            return (positive(hypothesis.rhs - hypothesis.lhs, hypotheses),)
        case sp.StrictGreaterThan():
            return (positive(hypothesis.lhs - hypothesis.rhs, hypotheses),)
        case sp.Equality():
            return (zero(hypothesis.lhs - hypothesis.rhs, hypotheses),)
        case sp.Unequality():
            return (nonzero(hypothesis.lhs - hypothesis.rhs, hypotheses),)
    raise InapplicableRuleError(f"{hypothesis} does not follow: it is given nowhere and cannot be decided")


def mentions(hypothesis: Boolean, symbol: sp.Symbol) -> bool:
    """Say whether the hypothesis is a condition at a value of `symbol`."""
    return symbol in hypothesis.free_symbols


def assumed(symbol: sp.Expr, value: sp.Expr) -> Iterator[Boolean]:
    """Yield what the assumptions of a symbol, or of a function's value, say of `value`, as relations."""
    if symbol.is_positive:
        yield sp.Gt(value, 0, evaluate=False)
    elif symbol.is_nonnegative:
        yield sp.Ge(value, 0, evaluate=False)
    elif symbol.is_negative:
        yield sp.Lt(value, 0, evaluate=False)
    elif symbol.is_nonpositive:
        yield sp.Le(value, 0, evaluate=False)
    elif symbol.is_zero is False and symbol.is_real is None:
        yield sp.Ne(value, 0, evaluate=False)
    if symbol.is_integer:
        require(bool(value.is_integer), f"{symbol} is an integer and {value} need not be")


def fresh(symbol: sp.Symbol, *avoid: sp.Basic) -> sp.Symbol:
    """Return a real symbol without further assumptions that occurs in none of `avoid`."""
    names = {s.name for e in avoid for s in e.atoms(sp.Symbol)}
    name = symbol.name + "_"
    while name in names:
        name += "_"
    return sp.Symbol(name, real=True)


def over_interval(
    hypotheses: tuple[Boolean, ...], variable: sp.Symbol, lower: sp.Expr, upper: sp.Expr
) -> tuple[tuple[Boolean, ...], tuple[Boolean, ...], tuple[Obligation, ...]]:
    """Discharge the hypotheses at `variable` for every lower < variable < upper.

    **Returns:** the hypotheses that remain, the same with the interval added (to be used inside it), and the
    obligations: that the ends are in order, that the variable's assumptions hold inside, and that every hypothesis at
    the variable does.
    """
    require(variable not in lower.free_symbols | upper.free_symbols, f"the ends depend on {variable}")
    remaining = tuple(h for h in hypotheses if not mentions(h, variable))
    probe = fresh(variable, lower, upper, *hypotheses)
    inside_probe = join(remaining, (lower < probe, probe < upper))
    inside = join(remaining, (lower < variable, variable < upper))
    obligations: list[Obligation] = []
    if lower is not sp.S.NegativeInfinity and upper is not sp.S.Infinity:
        obligations.append(nonnegative(upper - lower, remaining))
    for condition in assumed(variable, probe):
        obligations += entail(condition, inside_probe)
    for hypothesis in hypotheses:
        if mentions(hypothesis, variable):
            require(not isinstance(hypothesis, Condition), f"{hypothesis} cannot be discharged")
            obligations += entail(hypothesis, inside)
    return remaining, inside, tuple(obligations)


def defined(expression: sp.Expr, hypotheses: tuple[Boolean, ...], *, jumps: bool = False) -> tuple[Obligation, ...]:
    """Demand that an elementary expression is defined, real and therefore continuous under the hypotheses.

    Undefined functions are continuous by convention, opaque nodes are numbers. With `jumps` an expression that is
    defined but need not be continuous will do.
    """
    require(not expression.has(sp.nan, sp.zoo), f"{expression} is not a number")
    found: dict[Obligation, None] = {}

    def visit(node: sp.Expr) -> None:
        match node:
            case sp.Symbol():
                require(bool(node.is_extended_real), f"{node} is not declared real")
                return
            case Opaque() | sp.Derivative() | sp.Subs() | sp.Integral():
                return
            case sp.Piecewise(args=pieces) if jumps:
                for value, _ in pieces:
                    visit(value)
                return
            case sp.sign() if jumps:
                pass
            case sp.exp():
                pass
            case sp.Pow(base=base, exp=exponent):
                found.update(dict.fromkeys(_power(base, exponent)))
            case sp.log(args=(argument,)):
                found[positive(argument, hypotheses)] = None
            case sp.tan(args=(argument,)):
                found[nonzero(sp.cos(argument), hypotheses)] = None
            case sp.asin(args=(argument,)) | sp.acos(args=(argument,)):
                found[nonnegative(1 - argument**2, hypotheses)] = None
            case sp.atanh(args=(argument,)):
                found[positive(1 - argument**2, hypotheses)] = None
            case sp.Add() | sp.Mul() | AppliedUndef():
                pass
            case _ if isinstance(node, _ENTIRE) or (node.is_number and node.is_real and node.is_Atom):
                pass
            case _:
                raise InapplicableRuleError(f"no rule says where {node} is continuous")
        for argument in node.args:
            visit(argument)

    def _power(base: sp.Expr, exponent: sp.Expr) -> Iterator[Obligation]:
        if (base.is_number and base.is_positive) or (exponent.is_integer and exponent.is_nonnegative):
            return
        base = base.as_content_primitive()[1]
        if exponent.is_integer:
            yield nonzero(base, hypotheses)
        elif exponent.is_Rational and exponent.is_positive:
            yield nonnegative(base, hypotheses)
        else:
            yield positive(base, hypotheses)

    visit(expression)
    return tuple(found)


def defined_at(
    expression: sp.Expr, values: Mapping[sp.Symbol, sp.Expr], hypotheses: tuple[Boolean, ...]
) -> tuple[Obligation, ...]:
    """Demand that an expression is defined and continuous, up to the end of its domain, where symbols have values.

    The conditions are read off before the values are put in: evaluation hides them, as 0 to the power 0 does.
    """
    found = (Obligation(o.goal, o.expression.subs(dict(values)), hypotheses) for o in defined(expression, ()))
    obligations = tuple(dict.fromkeys(found))
    require(not any(o.expression.has(sp.nan, sp.zoo, sp.oo) for o in obligations), f"{expression} has no value there")
    return obligations


def lost_domain(
    before: Iterable[sp.Expr], after: Iterable[sp.Expr], hypotheses: tuple[Boolean, ...]
) -> tuple[Obligation, ...]:
    """Demand that expressions are defined that leave the statement: without them its domain could grow.

    A decided statement holds where both of its sides are defined, so an expression may disappear only if it is defined
    wherever what remains is.
    """
    kept = {o for e in after for o in defined(e, hypotheses, jumps=True)}
    found = (o for e in before for o in defined(e, hypotheses, jumps=True))
    return tuple(dict.fromkeys(o for o in found if o not in kept))


def binding(expression: sp.Basic) -> frozenset[sp.Symbol]:
    """Return the symbols that some node of the expression binds or differentiates in."""
    found: set[sp.Symbol] = set()
    for node in sp.preorder_traversal(expression):
        if isinstance(node, sp.Derivative):
            found |= set(node.variables)
        elif isinstance(node, sp.Integral | sp.Subs | sp.Lambda | Opaque | Condition):
            found |= {s for s in getattr(node, "bound_symbols", ()) if isinstance(s, sp.Symbol)}
    return frozenset(found)


def instantiate(expression: sp.Basic, values: Mapping[sp.Symbol, sp.Expr]) -> sp.Basic:
    """Put values for free symbols; bound symbols stay, and no value is captured by one."""
    if not set(values) & expression.free_symbols:
        return expression
    names = set().union(*(value.free_symbols for value in values.values())) | set(values)
    for node in sp.preorder_traversal(expression):
        if isinstance(node, sp.Integral | sp.Subs | sp.Lambda | Opaque | Condition):
            clash = set(getattr(node, "bound_symbols", ())) & names
            require(not clash or not set(values) & node.free_symbols, f"{clash} is bound in {node}")
    return expression.subs(dict(values), simultaneous=True).replace(_renames, _renamed)


def _renames(node: sp.Basic) -> bool:
    """Say whether the node is a derivative at another symbol, which is that symbol's derivative."""
    return isinstance(node, sp.Subs) and all(
        isinstance(new, sp.Symbol) and new not in node.expr.free_symbols for new in node.point
    )


def _renamed(node: sp.Subs) -> sp.Basic:
    return node.expr.xreplace(dict(zip(node.variables, node.point, strict=True)))


def relational(hypotheses: Iterable[Boolean]) -> tuple[Boolean, ...]:
    """Return the hypotheses that are relations between values."""
    return tuple(h for h in hypotheses if isinstance(h, Relational))
