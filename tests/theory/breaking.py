"""Broken twins of rules: the same rule with one thing left out or turned round, which an attack has to notice."""

from collections.abc import Callable
from typing import Any

import sympy as sp

from lemmata.theory.kernel import Inference
from lemmata.theory.statement import Statement


def trusting(rule: Any) -> Any:
    """Break a rule: none of its obligations is demanded."""
    return lambda premises, **parameters: Inference(rule(premises, **parameters).conclusion)


def reversing(rule: Any) -> Any:
    """Break a rule: the sides of its conclusion change places."""

    def twin(premises: tuple[Statement, ...], **parameters: Any) -> Inference:
        inference = rule(premises, **parameters)
        said = inference.conclusion
        return Inference(Statement(said.relation, said.right, said.left, said.hypotheses), inference.obligations)

    return twin


def replacing(rule: Any, change: Callable[[Statement], Statement]) -> Any:
    """Break a rule: its conclusion is changed."""

    def twin(premises: tuple[Statement, ...], **parameters: Any) -> Inference:
        inference = rule(premises, **parameters)
        return Inference(change(inference.conclusion), inference.obligations)

    return twin


def with_right(change: Callable[[sp.Expr], sp.Expr]) -> Callable[[Statement], Statement]:
    return lambda s: Statement(s.relation, s.left, change(s.right), s.hypotheses, s.along)


def without_hypotheses(statement: Statement) -> Statement:
    return statement.under(())
