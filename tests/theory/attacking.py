"""Attacks on rules: what a rule concludes holds in every drawn world, and what its broken twin concludes does not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lemmata.theory.kernel import Inference, normalise
from lemmata.theory.statement import Statement

World = TypeVar("World")


@dataclass(frozen=True)
class Case:
    """A rule with its parameters and premises, how its twin's conclusion differs, and worlds if not the usual ones."""

    rule: Callable[..., Inference]
    parameters: Mapping[str, Any]
    broken: Callable[[Statement], Statement]
    premises: tuple[Statement, ...] = ()
    worlds: "st.SearchStrategy[Any] | None" = None

    def conclusion(self) -> Statement:
        parameters = {name: normalise(value) for name, value in self.parameters.items()}
        inference = self.rule(self.premises, **parameters)
        assert all(o.decide().verdict == "proved" for o in inference.obligations)
        return inference.conclusion


def times(factor: Any) -> Callable[[Statement], Statement]:
    """Break a conclusion: its right side is multiplied."""
    return lambda s: Statement(s.relation, s.left, s.right * factor, s.hypotheses)


def attack(
    statement: Statement,
    drawn: "st.SearchStrategy[World]",
    holds: Callable[[World, Statement], bool],
    *,
    examples: int,
) -> None:
    """Fail in the first of the drawn worlds in which the statement does not hold."""

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=(HealthCheck.too_slow,),
    )
    @given(drawn)
    def attempt(world: World) -> None:
        assert holds(world, statement), f"{statement} at {world}"

    attempt()
