"""Statements: what a step of a derivation says, and the hypotheses under which it says it.

A `Statement` is a sequent `H |- left R right` with R one of `=`, `<=`, `<`, `->`. Its symbols and undefined functions
are universally quantified: the sequent holds for every value of every free symbol that its assumptions admit and for
every function, smooth inside its domain and continuous up to the boundary, put for an undefined one. A hypothesis that
mentions a symbol is a condition at that value of the symbol; a condition on a function at every argument is a `ForAll`,
a limit that is given is an `Approaches`.

**Example.**

>>> import sympy as sp
>>> t = sp.Symbol("t", positive=True)
>>> print(at_most(sp.log(t), t - 1))
log(t) <= t - 1
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, final

import sympy as sp
from sympy.logic.boolalg import Boolean

from .expression_text import canonical, read_expression, register_class, write_expression
from .verdict import Json

Expression: TypeAlias = Any
"""A SymPy expression, or what `sympify` makes one of."""


@final
class Relation(StrEnum):
    """How the two sides of a statement compare."""

    EQUAL = "="
    AT_MOST = "<="
    BELOW = "<"
    TENDS = "->"


class Condition(Boolean):
    """A hypothesis that is no relation between values: it is matched literally, never decided."""

    def _sympyrepr(self, printer: Any) -> str:
        return f"{type(self).__name__}({', '.join(printer._print(arg) for arg in self.args)})"

    def _sympystr(self, printer: Any) -> str:
        return f"{type(self).__name__}({', '.join(printer._print(arg) for arg in self.args)})"


@final
@register_class
class ForAll(Condition):
    """`ForAll(variable, relation)`: the relation holds for every value that the variable's assumptions admit."""

    def __new__(cls, variable: sp.Symbol, relation: Boolean) -> "ForAll":
        """Build the condition from its parts."""
        if not isinstance(variable, sp.Symbol) or not isinstance(relation, sp.core.relational.Relational):
            raise TypeError("ForAll takes a symbol and a relation that does not evaluate to true or false")
        return sp.Basic.__new__(cls, variable, relation)

    @property
    def bound_symbols(self) -> set[sp.Symbol]:
        """The quantified variable."""
        return {self.args[0]}

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols of the relation other than the quantified one."""
        return set(self.args[1].free_symbols) - self.bound_symbols


@final
@register_class
class Approaches(Condition):
    """`Approaches(expression, variable, point, limit)`: a limit that is given."""

    def __new__(cls, expression: Expression, variable: sp.Symbol, point: Expression, limit: Expression) -> "Approaches":
        """Build the condition from its parts."""
        return sp.Basic.__new__(cls, sp.sympify(expression), variable, sp.sympify(point), sp.sympify(limit))

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """The symbols other than the running variable."""
        return set().union(*(arg.free_symbols for arg in self.args)) - {self.args[1]}


def sort_hypotheses(hypotheses: Iterable[Boolean]) -> tuple[Boolean, ...]:
    """Return the hypotheses without repetition, in an order that depends on their text alone."""
    kept = {write_expression(h): h for h in map(sp.sympify, hypotheses) if h is not sp.true}
    if any(h is sp.false for h in kept.values()):
        raise ValueError("a hypothesis is false: everything would follow")
    return tuple(kept[text] for text in sorted(kept))


@final
@dataclass(frozen=True, slots=True)
class Statement:
    """The sequent `hypotheses |- left relation right`; `along` is (variable, point) of a limit and of nothing else."""

    relation: Relation
    left: sp.Expr
    right: sp.Expr
    hypotheses: tuple[Boolean, ...] = ()
    along: tuple[sp.Symbol, sp.Expr] | None = None

    def __post_init__(self) -> None:
        if (self.relation is Relation.TENDS) != (self.along is not None):
            raise ValueError("a limit names its variable and point, and nothing else does")
        if any(side.has(sp.nan, sp.zoo) or side.has(sp.Float) for side in (self.left, self.right)):
            raise ValueError(f"{self.left}, {self.right}: a side is undefined or a floating-point number")

    def __str__(self) -> str:
        tail = f" as {self.along[0]} -> {self.along[1]}" if self.along else ""
        given = f"   [{', '.join(map(str, self.hypotheses))}]" if self.hypotheses else ""
        return f"{self.left} {self.relation} {self.right}{tail}{given}"

    @property
    def difference(self) -> sp.Expr:
        """`right - left`."""
        return self.right - self.left

    @property
    def variables(self) -> frozenset[sp.Symbol]:
        """The free symbols of both sides: those that the statement quantifies over."""
        found = self.left.free_symbols | self.right.free_symbols
        return frozenset(found - {self.along[0]} if self.along else found)

    def under(self, hypotheses: Iterable[Boolean]) -> "Statement":
        """Return the same statement under `hypotheses` in place of its own."""
        return Statement(self.relation, self.left, self.right, sort_hypotheses(hypotheses), self.along)

    def canonical(self) -> "Statement":
        """Return the statement with every expression as it is read back from text."""
        along = (self.along[0], canonical(self.along[1])) if self.along else None
        hypotheses = sort_hypotheses(canonical(h) for h in self.hypotheses)
        return Statement(self.relation, canonical(self.left), canonical(self.right), hypotheses, along)

    def as_hypothesis(self) -> Boolean:
        """Return what the statement says as a SymPy relation, to be given to a decision as a hypothesis."""
        match self.relation:
            case Relation.EQUAL:
                return sp.Eq(self.left, self.right)
            case Relation.AT_MOST:
                return sp.Le(self.left, self.right)
            case Relation.BELOW:
                return sp.Lt(self.left, self.right)
        assert self.along is not None
        return Approaches(self.left, *self.along, self.right)

    def to_json(self) -> dict[str, Json]:
        """Return the statement as JSON."""
        return {
            "relation": self.relation.value,
            "left": write_expression(self.left),
            "right": write_expression(self.right),
            "hypotheses": [write_expression(h) for h in self.hypotheses],
            "along": [write_expression(item) for item in self.along] if self.along else None,
        }

    @classmethod
    def from_json(cls, value: dict[str, Json]) -> "Statement":
        """Read a statement back from `to_json`."""
        along = value["along"]
        return cls(
            Relation(value["relation"]),
            read_expression(value["left"]),
            read_expression(value["right"]),
            tuple(read_expression(h) for h in value["hypotheses"]),
            tuple(read_expression(item) for item in along) if along else None,
        )


def equal(left: Expression, right: Expression, hypotheses: Iterable[Boolean] = ()) -> Statement:
    """State `left = right`."""
    return Statement(Relation.EQUAL, sp.sympify(left), sp.sympify(right), sort_hypotheses(hypotheses))


def at_most(left: Expression, right: Expression, hypotheses: Iterable[Boolean] = ()) -> Statement:
    """State `left <= right`."""
    return Statement(Relation.AT_MOST, sp.sympify(left), sp.sympify(right), sort_hypotheses(hypotheses))


def below(left: Expression, right: Expression, hypotheses: Iterable[Boolean] = ()) -> Statement:
    """State `left < right`."""
    return Statement(Relation.BELOW, sp.sympify(left), sp.sympify(right), sort_hypotheses(hypotheses))


def tends(
    expression: Expression,
    variable: sp.Symbol,
    point: Expression,
    limit: Expression,
    hypotheses: Iterable[Boolean] = (),
) -> Statement:
    """State that `expression` tends to `limit` as `variable` tends to `point`."""
    along = (variable, sp.sympify(point))
    return Statement(Relation.TENDS, sp.sympify(expression), sp.sympify(limit), sort_hypotheses(hypotheses), along)
