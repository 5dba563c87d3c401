"""The attack on rules: random numeric instances of the premises, against which a conclusion has to hold."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from lemmata.theory.kernel import Inference, normalise
from lemmata.theory.obligation import Goal, Obligation
from lemmata.theory.statement import Condition, Relation, Statement

TOLERANCE = 1e-9
"""Values are evaluated to 15 digits and are of order one: this is far above their rounding."""
FAR = (10**5, 10**7)
"""Where a limit at infinity is looked at, and how near it must be: 1/sqrt of the place, times 10."""


@dataclass(frozen=True)
class Instance:
    """Values for symbols, and functions for undefined ones; other symbols run through a grid."""

    symbols: Mapping[sp.Symbol, Any] = field(default_factory=dict)
    functions: Mapping[Any, sp.Lambda] = field(default_factory=dict)

    def put(self, expression: sp.Basic) -> sp.Basic:
        for function, body in self.functions.items():
            expression = expression.replace(function, body)
        placed = expression.subs(dict(self.symbols))
        return placed.replace(sp.Integral, polynomial_integral).doit()


def polynomial_integral(integrand: sp.Expr, limits: sp.Tuple) -> sp.Expr:
    """Integrate a polynomial: SymPy's general integration takes a hundred times longer."""
    variable, lower, upper = limits
    if not integrand.is_polynomial(variable):
        return sp.Integral(integrand, limits).doit()
    primitive = sp.Poly(integrand.doit(), variable).integrate().as_expr()
    return primitive.subs(variable, upper) - primitive.subs(variable, lower)


class FailedError(AssertionError):
    """The conclusion fails at an instance."""


def grid(free: set[Any]) -> Iterator[dict[sp.Symbol, sp.Rational]]:
    symbols = sorted(free, key=str)
    values = [sp.Rational(k, 4) for k in range(-8, 9)]
    positive = [*(v for v in values if v > 0), sp.Integer(FAR[0])]
    admitted = [positive if s.is_positive else values for s in symbols]
    for point in itertools.product(*admitted):
        yield dict(zip(symbols, point, strict=True))


Point = Mapping[sp.Symbol, Any]


def compiled(expression: sp.Basic, instance: Instance) -> tuple[set[Any], Callable[[Point], float | None]]:
    """Return the symbols that are left in an expression at an instance, and its real values as a function of them."""
    put = instance.put(expression)
    symbols = sorted(put.free_symbols, key=str)
    function = sp.lambdify(symbols, put, modules="math")

    def value(point: Point) -> float | None:
        try:
            found = function(*(float(point[s]) for s in symbols))
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        return found if isinstance(found, float | int) and math.isfinite(found) else None

    return set(symbols), value


def compares(kind: Any, left: float | None, right: float | None) -> bool:
    """Compare two values; where one is missing there is nothing to compare."""
    if left is None or right is None:
        return True
    if kind is sp.Equality or kind is Relation.EQUAL:
        return abs(left - right) < TOLERANCE * (1 + abs(left))
    if kind is sp.LessThan or kind is Relation.AT_MOST:
        return left <= right + TOLERANCE * (1 + abs(left))
    if kind is sp.StrictLessThan or kind is Relation.BELOW:
        return left < right
    return left != right


def tends(statement: Statement, instance: Instance) -> bool:
    assert statement.along is not None
    (_, left), (_, right) = compiled(statement.left, instance), compiled(statement.right, instance)
    limit = right({})
    seen = [left({statement.along[0]: place}) for place in FAR]
    return limit is not None and all(
        v is not None and abs(v - limit) < 10 / place**0.5 for v, place in zip(seen, FAR, strict=True)
    )


def holds(statement: Statement, instance: Instance) -> bool:
    """Say whether a statement holds at every point of the grid where its hypotheses do."""
    if statement.relation is Relation.TENDS:
        return tends(statement, instance)
    pairs: list[tuple[Any, sp.Basic, sp.Basic]] = [(statement.relation, statement.left, statement.right)]
    for condition in (h for h in statement.hypotheses if not isinstance(h, Condition)):
        order = isinstance(condition, sp.Equality | sp.Unequality)
        sides = (condition.lhs, condition.rhs) if order else (condition.lts, condition.gts)
        strict = isinstance(condition, sp.StrictLessThan | sp.StrictGreaterThan)
        pairs.append((type(condition) if order else sp.StrictLessThan if strict else sp.LessThan, *sides))
    sides_of = [(kind, compiled(left, instance), compiled(right, instance)) for kind, left, right in pairs]
    free = set().union(*(left[0] | right[0] for _, left, right in sides_of))
    (said, said_left, said_right), *given = sides_of
    for point in grid(free):
        premises = [(kind, left[1](point), right[1](point)) for kind, left, right in given]
        if any(low is None or high is None or not compares(kind, low, high) for kind, low, high in premises):
            continue
        if not compares(said, said_left[1](point), said_right[1](point)):
            return False
    return True


def met(obligation: Obligation, instance: Instance) -> bool:
    zero = sp.S.Zero
    goal = obligation.goal
    if goal is Goal.NONZERO:
        square = Statement(Relation.BELOW, zero, obligation.expression**2, obligation.hypotheses)
        return holds(square, instance)
    relation = {Goal.ZERO: Relation.EQUAL, Goal.POSITIVE: Relation.BELOW, Goal.NONNEGATIVE: Relation.AT_MOST}[goal]
    return holds(Statement(relation, zero, obligation.expression, obligation.hypotheses), instance)


Rule = Callable[..., Inference]


@dataclass(frozen=True)
class Attack:
    """Premises and parameters of a rule, a broken twin of it, and random instances of both."""

    rule: Rule
    twin: Rule
    premises: tuple[Statement, ...]
    parameters: Mapping[str, Any]
    instances: st.SearchStrategy[Instance]
    examples: int = 40

    def run(self, rule: Rule) -> int:
        """Attack `rule`; return how many instances satisfied premises and obligations.

        Raises `FailedError` at an instance that satisfies them and at which the conclusion fails.
        """
        inference = rule(self.premises, **{name: normalise(value) for name, value in self.parameters.items()})
        counted = 0

        @settings(
            max_examples=self.examples,
            derandomize=True,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=(HealthCheck.filter_too_much, HealthCheck.too_slow),
        )
        @given(self.instances)
        def attempt(instance: Instance) -> None:
            nonlocal counted
            assume(all(holds(premise, instance) for premise in self.premises))
            assume(all(met(obligation, instance) for obligation in inference.obligations))
            counted += 1
            if not holds(inference.conclusion, instance):
                raise FailedError(f"{inference.conclusion} fails at {instance}")

        attempt()
        return counted
