"""Obligations: what a rule wants decided before its conclusion becomes a fact, and how that is decided and replayed.

An obligation says that an expression is zero, is nonzero, is positive or is nonnegative under hypotheses. Nodes that
the deciding code does not know (expectations, sums over coordinates) are first put behind undefined functions of the
symbols that they depend on, equal nodes behind the same function: what holds for every function holds for those.
Hypotheses that are no relations between values are left out, which can only make the question harder.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, final

import sympy as sp
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from .decide import decide_sign, decide_zero, prepare
from .deciding.canonical_text import write_exactly
from .deciding.replay import ReplayError, replay_identity
from .expression_text import read_expression, write_expression
from .statement import sort_hypotheses
from .verdict import Certificate, Decision, Json


@final
class Goal(StrEnum):
    """What is to be decided of an expression."""

    ZERO = "=0"
    NONZERO = "!=0"
    POSITIVE = ">0"
    NONNEGATIVE = ">=0"


class Opaque(sp.Expr):
    """A real number that the deciding code is not to look into: it is known by its arguments alone."""

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


@final
@dataclass(frozen=True, slots=True)
class Obligation:
    """`hypotheses |- expression goal`, to be decided."""

    goal: Goal
    expression: sp.Expr
    hypotheses: tuple[Boolean, ...]

    def __str__(self) -> str:
        return f"{self.expression} {self.goal} under {', '.join(map(str, self.hypotheses)) or 'no hypotheses'}"

    def exposed(self) -> tuple[sp.Expr, tuple[Boolean, ...]]:
        """Return the expression and the relational hypotheses with opaque nodes behind undefined functions."""
        relations = [h for h in self.hypotheses if isinstance(h, Relational)]
        nodes = sorted(set().union(*(_opaque_nodes(e) for e in (self.expression, *relations))), key=write_expression)
        special = {s for e in (self.expression, *relations) for s in e.atoms(sp.Symbol) if type(s) is not sp.Symbol}
        table: dict[sp.Basic, sp.Basic] = {node: _stand_in(index, node) for index, node in enumerate(nodes)}
        table |= {s: _plain(s) for s in special}
        return self.expression.xreplace(table), sort_hypotheses(h.xreplace(table) for h in relations)

    def decide(self) -> Decision:
        """Decide the obligation."""
        expression, hypotheses = self.exposed()
        if self.goal is Goal.ZERO:
            return decide_zero(expression, hypotheses)
        return decide_sign(expression, self.goal.value, hypotheses)

    def replay(self, certificate: Certificate) -> bool:
        """Say whether `certificate` proves this very obligation, without searching for a proof."""
        claim, hypotheses = prepare(*self.exposed())
        payload = certificate.payload
        stated = (payload.get("claim"), payload.get("hypotheses"), payload.get("goal"))
        if stated != (write_exactly(claim), [write_exactly(h) for h in hypotheses], self.goal.value):
            return False
        try:
            replay_identity(payload)
        except ReplayError:
            return False
        return certificate.kind == "identity"

    def to_json(self) -> dict[str, Json]:
        """Return the obligation as JSON."""
        return {
            "goal": self.goal.value,
            "expression": write_expression(self.expression),
            "hypotheses": [write_expression(h) for h in self.hypotheses],
        }

    @classmethod
    def from_json(cls, value: dict[str, Json]) -> "Obligation":
        """Read an obligation back from `to_json`."""
        hypotheses = tuple(read_expression(h) for h in value["hypotheses"])
        return cls(Goal(value["goal"]), read_expression(value["expression"]), hypotheses)


def _opaque_nodes(expression: sp.Basic) -> set[Opaque]:
    if isinstance(expression, Opaque):
        return {expression}
    return set().union(*(_opaque_nodes(arg) for arg in expression.args))


def _plain(symbol: sp.Symbol) -> sp.Symbol:
    """Return an ordinary symbol for one of a class of its own."""
    return sp.Symbol(f"{type(symbol).__name__}_{symbol.name}", **symbol._assumptions_orig)


def _stand_in(index: int, node: Opaque) -> sp.Expr:
    found = (s for s in node.free_symbols if isinstance(s, sp.Symbol))
    parameters = [s if type(s) is sp.Symbol else _plain(s) for s in sorted(found, key=write_expression)]
    name = f"opaque_{index}"
    return sp.Function(name, real=True)(*parameters) if parameters else sp.Symbol(name, real=True)


def _under(hypotheses: Iterable[Boolean]) -> tuple[Boolean, ...]:
    return sort_hypotheses(hypotheses)


def zero(expression: Any, hypotheses: Iterable[Boolean] = ()) -> Obligation:
    """Demand `expression = 0`."""
    return Obligation(Goal.ZERO, sp.sympify(expression), _under(hypotheses))


def nonzero(expression: Any, hypotheses: Iterable[Boolean] = ()) -> Obligation:
    """Demand `expression != 0`."""
    return Obligation(Goal.NONZERO, sp.sympify(expression), _under(hypotheses))


def positive(expression: Any, hypotheses: Iterable[Boolean] = ()) -> Obligation:
    """Demand `expression > 0`."""
    return Obligation(Goal.POSITIVE, sp.sympify(expression), _under(hypotheses))


def nonnegative(expression: Any, hypotheses: Iterable[Boolean] = ()) -> Obligation:
    """Demand `expression >= 0`."""
    return Obligation(Goal.NONNEGATIVE, sp.sympify(expression), _under(hypotheses))
