"""Obligations: what a rule wants decided before its conclusion becomes a fact, and how that is decided and replayed.

An obligation says that an expression is zero, is nonzero, is positive or is nonnegative wherever it is defined and its
hypotheses hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, final

import sympy as sp
from sympy.logic.boolalg import Boolean

from .decide import decide_sign, prepare
from .deciding.canonical_text import write_exactly
from .expression_text import read_expression, write_expression
from .generalisation import forms
from .replay import replay_goal
from .statement import sort_hypotheses
from .verdict import Certificate, Decision, Json, Verdict


@final
class Goal(StrEnum):
    """What is to be decided of an expression."""

    ZERO = "=0"
    NONZERO = "!=0"
    POSITIVE = ">0"
    NONNEGATIVE = ">=0"


@final
@dataclass(frozen=True, slots=True)
class Obligation:
    """`hypotheses |- expression goal`, to be decided."""

    goal: Goal
    expression: sp.Expr
    hypotheses: tuple[Boolean, ...]

    def __str__(self) -> str:
        return f"{self.expression} {self.goal} under {', '.join(map(str, self.hypotheses)) or 'no hypotheses'}"

    def decide(self) -> Decision:
        """Decide the obligation in the most general form that can be proved; refute it only as it stands."""
        decision: Decision | None = None
        for expression, hypotheses in forms(self.expression, self.hypotheses):
            decision = decide_sign(expression, self.goal.value, hypotheses)
            if decision.verdict is Verdict.PROVED:
                return decision
        assert decision is not None
        return decision

    def replay(self, certificate: Certificate) -> bool:
        """Say whether `certificate` proves this very obligation, in one of its forms, without searching for a proof."""
        stated = certificate.payload.get("claim")
        for expression, hypotheses in forms(self.expression, self.hypotheses):
            claim, _ = prepare(expression, ())
            if write_exactly(claim) == stated and replay_goal(certificate, expression, self.goal.value, hypotheses):
                return True
        return False

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


def zero(expression: Any, hypotheses: Iterable[Boolean] = ()) -> Obligation:
    """Demand `expression = 0`."""
    return Obligation(Goal.ZERO, sp.sympify(expression), sort_hypotheses(hypotheses))


def nonzero(expression: Any, hypotheses: Iterable[Boolean] = ()) -> Obligation:
    """Demand `expression != 0`."""
    return Obligation(Goal.NONZERO, sp.sympify(expression), sort_hypotheses(hypotheses))


def positive(expression: Any, hypotheses: Iterable[Boolean] = ()) -> Obligation:
    """Demand `expression > 0`."""
    return Obligation(Goal.POSITIVE, sp.sympify(expression), sort_hypotheses(hypotheses))


def nonnegative(expression: Any, hypotheses: Iterable[Boolean] = ()) -> Obligation:
    """Demand `expression >= 0`."""
    return Obligation(Goal.NONNEGATIVE, sp.sympify(expression), sort_hypotheses(hypotheses))
