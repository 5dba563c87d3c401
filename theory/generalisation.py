"""Ask a more general question: what holds for arbitrary numbers holds for the values of functions.

An obligation is put to the deciding code in several forms, the most general first:

1. no hypotheses, every value of an unknown function, derivative, integral or opaque node a symbol with the same sign;
2. the same with a hypothesis about this very expression;
3. the same with the inequalities that share a symbol with the question, directly or through other inequalities;
4. the same with the equalities too;
5. as it stands, opaque nodes behind unknown functions of the symbols that they depend on.

A proof of any form proves the obligation. A counterexample counts only in the last form, where it satisfies all the
hypotheses and is told in the obligation's own terms.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean
from sympy.printing.precedence import PRECEDENCE

from .expression_text import write_expression
from .statement import sort_hypotheses

Form: TypeAlias = tuple[sp.Expr, tuple[Boolean, ...]]


class Opaque(sp.Expr):
    """A real number that the deciding code is not to look into: it is known by its arguments alone."""

    precedence = PRECEDENCE["Mul"]
    is_commutative = True
    is_extended_real = True
    is_finite = True
    is_real = True

    @property
    def bound_symbols(self) -> set[sp.Basic]:
        """Symbols that occur inside but on whose values the number does not depend."""
        return set()

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """Symbols on whose values the number depends."""
        return set().union(*(arg.free_symbols for arg in self.args)) - self.bound_symbols

    def _eval_derivative(self, symbol: sp.Symbol) -> Any:
        return sp.S.Zero if symbol not in self.free_symbols else None

    def _sympyrepr(self, printer: Any) -> str:
        return f"{type(self).__name__}({', '.join(printer._print(arg) for arg in self.args)})"


def forms(expression: sp.Expr, hypotheses: tuple[Boolean, ...]) -> Iterator[Form]:
    """Yield the forms of a question, the most general first; conditions that are no relations are left out."""
    relations = tuple(h for h in hypotheses if isinstance(h, Relational))
    table = _values((expression, *relations))
    general = expression.xreplace(table)
    yield general, ()
    named = sort_hypotheses(r.xreplace(table) for r in relations)
    yield from ((general, (h,)) for h in named if h.lhs - h.rhs in (general, -general))
    ordered = _relevant(general, tuple(h for h in named if not isinstance(h, sp.Equality)))
    related = _relevant(general, named)
    yield from ((general, kept) for kept in dict.fromkeys((ordered, related)) if kept)
    yield _exposed(expression, relations)


def _values(trees: tuple[sp.Basic, ...]) -> dict[sp.Basic, sp.Basic]:
    """Name the values of unknown functions, derivatives and opaque nodes, and symbols of special classes."""
    nodes = sorted(set().union(*(_outermost(tree) for tree in trees)), key=write_expression)
    table: dict[sp.Basic, sp.Basic] = {
        node: sp.Symbol(f"q_{index}", **_assumptions(node)) for index, node in enumerate(nodes)
    }
    return table | _plain_symbols(trees)


def _outermost(tree: sp.Basic) -> set[sp.Basic]:
    if isinstance(tree, Opaque | AppliedUndef | sp.Derivative | sp.Subs | sp.Integral):
        return {tree}
    return set().union(*(_outermost(arg) for arg in tree.args))


def _assumptions(node: sp.Basic) -> dict[str, bool]:
    if isinstance(node, sp.Subs):
        return _assumptions(node.expr) if isinstance(node.expr, sp.Derivative) and _all_real(node.point) else {}
    if isinstance(node, sp.Derivative):
        return {"real": True} if node.expr.is_extended_real and _all_real(node.variables) else {}
    telling = ("positive", "negative", "nonnegative", "nonpositive", "real")
    return next(({name: True} for name in telling if getattr(node, f"is_{name}")), {})


def _all_real(values: Iterable[sp.Expr]) -> bool:
    return all(value.is_real for value in values)


def _relevant(expression: sp.Expr, hypotheses: tuple[Boolean, ...]) -> tuple[Boolean, ...]:
    known, found = set(expression.free_symbols), set[Boolean]()
    while new := {h for h in hypotheses if h not in found and h.free_symbols & known}:
        found |= new
        known |= set().union(*(h.free_symbols for h in new))
    return sort_hypotheses(found)


def _exposed(expression: sp.Expr, relations: tuple[Boolean, ...]) -> Form:
    """Put opaque nodes behind unknown functions of the symbols that they depend on."""
    trees = (expression, *relations)
    nodes = sorted(set().union(*(_opaque(tree) for tree in trees)), key=write_expression)
    table: dict[sp.Basic, sp.Basic] = {node: _function(index, node) for index, node in enumerate(nodes)}
    table |= _plain_symbols(trees)
    return expression.xreplace(table), sort_hypotheses(h.xreplace(table) for h in relations)


def _opaque(tree: sp.Basic) -> set[sp.Basic]:
    return {tree} if isinstance(tree, Opaque) else set().union(*(_opaque(arg) for arg in tree.args))


def _function(index: int, node: sp.Basic) -> sp.Expr:
    found = (s for s in node.free_symbols if isinstance(s, sp.Symbol))
    parameters = [_plain(s) for s in sorted(found, key=write_expression)]
    name = f"value_{index}"
    return sp.Function(name, real=True)(*parameters) if parameters else sp.Symbol(name, real=True)


def _plain_symbols(trees: tuple[sp.Basic, ...]) -> dict[sp.Basic, sp.Basic]:
    return {s: _plain(s) for tree in trees for s in tree.atoms(sp.Symbol) if type(s) is not sp.Symbol}


def _plain(symbol: sp.Symbol) -> sp.Symbol:
    """Return an ordinary symbol for one of a class of its own."""
    if type(symbol) is sp.Symbol:
        return symbol
    return sp.Symbol(f"{type(symbol).__name__}_{symbol.name}", **symbol._assumptions_orig)
