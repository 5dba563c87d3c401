"""Bring a goal's expression to normal form and see whether that settles it: the leaves of a proof."""

from dataclasses import dataclass
from typing import final

from ..verdict import Json
from .advice import Adviser
from .axioms import UnprovedError
from .certificate import write_generator
from .gaussian import Unsupported
from .goals import RELATION_SIGNS, Goal
from .plan import Plan, StartAgain
from .reading import Reader, SplitNeededError
from .sign_sets import ZERO
from .signs import Signs
from .tower import Generator, Kind, MissingGeneratorError, Tower, VanishingDenominatorError

MOST_REFINEMENTS = 12
SPARE_GENERATORS = 8


@final
@dataclass(frozen=True, slots=True)
class Reading:
    """What the normal form says of a goal: the proof where it settles it, else None and the reason."""

    proof: Json | None
    summary: str


def read_normal_form(goal: Goal) -> Reading:
    """Read a goal over a fresh tower, refining the plan until it fits.

    **Raises:** `Unsupported` where the expression has no normal form here, and `SplitNeededError`.
    """
    plan = Plan(capacity=len(goal.symbols) + SPARE_GENERATORS)
    while plan.refined <= MOST_REFINEMENTS:
        try:
            return _read(goal, plan)
        except StartAgain:
            continue
        except MissingGeneratorError as missing:
            plan.include(missing.constant)
        except UnprovedError as error:
            raise Unsupported(str(error)) from error
        except VanishingDenominatorError as error:
            raise Unsupported(f"{error}, so that it is defined nowhere") from error
    raise Unsupported("the generators did not settle")


def _read(goal: Goal, plan: Plan) -> Reading:
    tower = Tower(plan.capacity)
    signs = Signs(tower)
    adviser = Adviser(tower, signs, plan)
    reader = Reader(tower, signs, adviser)
    for symbol in goal.symbols:
        adviser.add(Generator(Kind.SYMBOL, symbol=symbol))
    if plan.unity:
        adviser.add(Generator(Kind.UNITY, order=plan.unity))
    for constant in plan.constants:
        adviser.add(Generator(Kind.CONSTANT, symbol=constant))
    used = _assume_facts(goal, reader, adviser)
    value = reader.value(goal.expression)
    settled = reader.settles(value, goal.sign)
    if not settled:
        return Reading(None, "the normal form is not 0" if goal.sign == ZERO else "the sign is not proved")
    if reader.undischarged():
        return Reading(None, "a denominator may vanish")
    proof = {
        "rule": "normal-form",
        "generators": [write_generator(tower, generator) for generator in tower.generators],
        "facts": used,
        "advice": adviser.answers,
    }
    return Reading(proof, "")


def _assume_facts(goal: Goal, reader: Reader, adviser: Adviser) -> list[int]:
    """Read the facts; leave out those that cannot be read, which makes the question harder but not wrong."""
    used = []
    for place, fact in enumerate(goal.facts):
        asked = len(adviser.answers)
        divided = len(reader.divisors)
        owed = len(reader.signs.owed)
        try:
            reader.assume(fact.expression, RELATION_SIGNS[fact.relation])
        except (Unsupported, UnprovedError, SplitNeededError, VanishingDenominatorError):
            del adviser.answers[asked:], reader.divisors[divided:], reader.signs.owed[owed:]
            reader.values.clear()
        else:
            used.append(place)
    return used
