"""Decide the corpus once for a whole test session: verdict, CPU time and answer of every entry."""

import time
from dataclasses import dataclass
from functools import cache
from typing import final

import sympy as sp
from sympy.logic.boolalg import Boolean

from lemmata.theory.decide import decide_zero
from lemmata.theory.verdict import Decision

from .corpus import entries


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What the kernel said of one statement of the corpus, and how long it took."""

    name: str
    expression: sp.Expr
    hypotheses: tuple[Boolean, ...]
    truth: bool
    decision: Decision
    milliseconds: float


def decide(name: str, expression: sp.Expr, hypotheses: tuple[Boolean, ...], truth: bool) -> Answer:
    start = time.process_time()
    decision = decide_zero(expression, hypotheses)
    return Answer(name, expression, hypotheses, truth, decision, 1000 * (time.process_time() - start))


@cache
def answers(topic: str) -> tuple[Answer, ...]:
    """Decide every identity of a topic and every twin."""
    return tuple(
        answer
        for each in entries(topic)
        for answer in (
            decide(each.id, each.true, each.hypotheses, truth=True),
            decide(f"{each.id} (twin)", each.false, each.false_hypotheses, truth=False),
        )
    )
