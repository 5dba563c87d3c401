"""A printed statement held to exact instances, smallest first: the first that fails is the witness.

What a statement says may be restricted to some of the instances: a printed statement that fails in general holds on a
few, and its controls are true and false there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import sympy as sp
from sympy import Expr

from ...theory.decide import decide_zero
from ...theory.verdict import Strength, Verdict
from ..builders import Check
from ..comparison import Comparison, weigh
from ..evidence import Evidence, Kind
from ..trial import Run


@final
@dataclass(frozen=True, slots=True)
class Printed:
    """What a statement claims, and the instances that it is claimed of (None: all of them)."""

    claim: Any
    cases: frozenset[str] | None = None

    def covers(self, name: str) -> bool:
        """Say whether the statement speaks of the instance of this name."""
        return self.cases is None or name in self.cases


def printed(claim: Any, *cases: str) -> Printed:
    """Return a statement about these instances, about all where none is named."""
    return Printed(claim, frozenset(cases) or None)


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """What an instance says of a claim: `found` equals `claimed`, or is at most `claimed` where `bound` is set.

    Both are exact real numbers; `what` names the quantity in LaTeX or words.
    """

    found: Expr
    claimed: Expr
    what: str
    bound: bool = False


def _exact_sign(difference: Expr) -> tuple[int, Strength]:
    """Return the sign of an exact number, and how firmly it is known.

    **Raises:** `ArithmeticError` where it cannot be decided whether the number is 0.
    """
    if difference.is_Rational:
        return int(sp.sign(difference)), Strength.EXACT
    decision = decide_zero(difference)
    if decision.verdict is Verdict.PROVED:
        return 0, Strength.EXACT
    if decision.witness is None:
        raise ArithmeticError(f"cannot tell whether {difference} is 0: {decision.reason}")
    # The ball excludes 0, so fifteen digits give the sign.
    return (1 if difference.evalf(15) > 0 else -1), decision.witness.strength


def _compare(name: str, outcome: Outcome) -> Comparison:
    """Return the comparison of an outcome; its deviation is 0 if and only if the statement holds exactly."""
    difference = sp.sympify(outcome.found - outcome.claimed)
    sign, strength = _exact_sign(difference)
    size = float(abs(difference)) if sign else 0.0
    return Comparison(
        deviation=sign * size if outcome.bound else size,
        error=0.0,
        scale=max(abs(float(outcome.claimed)), abs(float(outcome.found))) or 1.0,
        observed=f"{outcome.what} = {outcome.found}",
        required=f"at most {outcome.claimed}" if outcome.bound else str(outcome.claimed),
        equality=not outcome.bound,
        strength=strength,
        point={"instance": name},
        data={"instance": name},
    )


def exact_instances(
    instances: Mapping[str, Any],
    outcome: Callable[[Any, Any], Outcome],
    *,
    method: str,
    name: str = "exact instances",
) -> Check:
    """Build a check of a `Printed` statement on instances, in their order, in exact arithmetic.

    `outcome(claim, instance)` returns what is found and what the claim says of it.
    """

    def compare(said: Printed, run: Run) -> Iterator[Comparison]:
        for label, instance in instances.items():
            visited = run.at is None or run.at.data.get("instance") == label
            if visited and said.covers(label):
                yield _compare(label, outcome(said.claim, instance))

    def examine(formula: Callable[[], Printed], run: Run) -> Evidence:
        found = []
        for one in compare(formula(), run):
            found.append(one)
            if one.violated:
                found = [one]
                break
        return weigh(found, run, check=name, kind=Kind.ENCLOSURE, method=method)

    return Check(name, Kind.ENCLOSURE, examine)
