"""Replay an identity certificate without the code that found it.

The claim is read again from its own text, every axiom instance is checked, every polynomial multiplied out; then each
transcendental node is compared with its fraction in balls at two points, and the claim with its goal at twenty.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sympy as sp
from flint import acb
from sympy.logic.boolalg import Boolean

from ..verdict import Json
from . import points
from .axioms import UnprovedError, fields, require
from .balls import Undefined, ball
from .binding import check_binding, unknown_functions
from .canonical_text import read_exactly
from .certificate import FIELDS, FORMAT, MOST_GENERATORS, read_generator, seal_of
from .gaussian import Unsupported
from .goals import GOAL_SIGNS, RELATION_SIGNS, Fact, Goal, along, circle, facts_of, parts, shift, solve, split
from .jets import from_jets, to_jets
from .reading import Reader, SplitNeededError
from .sample_text import read_sample
from .sampling import Sample, draw_admissible, is_admissible
from .sign_sets import NEGATIVE, NONREAL, POSITIVE, ZERO
from .signs import Signs
from .tower import Tower

POINTS: Final = 20
PRECISION: Final = 128
SEED: Final = 2026


MALFORMED: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What Python and the readers raise on a payload that is not of the form a replayer expects."""


class ReplayError(ValueError):
    """A certificate that does not prove what it claims to prove."""


def replay_identity(payload: Mapping[str, Json]) -> Goal:
    """Check a certificate's payload; return the goal that it proves.

    **Raises:** `ReplayError` saying what does not hold.
    """
    try:
        require(isinstance(payload, Mapping) and set(payload) == set(FIELDS), "the fields of a certificate")
        require(payload["format"] == FORMAT and type(payload["format"]) is int, "the format's version")
        require(payload["seal"] == seal_of(payload), "the seal does not fit the certificate")
        goal, claim, hypotheses = read_goal(payload)
        _check_point(claim, hypotheses, payload["point"])
        samples = _check_numerically(claim, hypotheses, goal.sign)
        prove(goal, payload["proof"], samples)
    except (*MALFORMED, Unsupported, SplitNeededError) as error:
        raise ReplayError(str(error) or type(error).__name__) from error
    return goal


def read_goal(payload: Mapping[str, Json]) -> tuple[Goal, sp.Expr, list[Boolean]]:
    """Return the goal in jets, and claim and hypotheses with their derivatives, as a payload states them."""
    require(isinstance(payload["claim"], str), "a claim is text")
    require(isinstance(payload["hypotheses"], list), "hypotheses are a list")
    require(isinstance(payload["goal"], str) and payload["goal"] in GOAL_SIGNS, "a goal")
    claim = read_exactly(payload["claim"])
    require(isinstance(claim, sp.Expr), "a claim is an expression")
    hypotheses = [read_exactly(text) for text in payload["hypotheses"]]
    require(all(isinstance(h, Boolean) for h in hypotheses), "a hypothesis is a relation")
    texts = payload["hypotheses"]
    require(texts == sorted(set(texts)), "hypotheses are sorted and occur once")
    goal = Goal(claim, facts_of(hypotheses), GOAL_SIGNS[payload["goal"]])
    return goal, *with_derivatives(claim, hypotheses)


def with_derivatives(claim: sp.Expr, hypotheses: Sequence[Boolean]) -> tuple[Any, list[Any]]:
    """Return claim and hypotheses with jets written as derivatives, as evaluation at points wants them."""
    functions = unknown_functions(claim, *hypotheses)
    return from_jets(claim, functions), [from_jets(h, functions) for h in hypotheses]


def _check_point(claim: sp.Expr, hypotheses: list[Any], point: Json) -> None:
    """Check the point at which the claim is defined and its hypotheses hold."""
    sample = read_sample(point, unknown_functions(to_jets(claim), *(to_jets(h) for h in hypotheses)))
    wanted = {symbol for tree in (claim, *hypotheses) for symbol in tree.free_symbols}
    require({node for node in sample.values if node.is_Symbol} == wanted, "the point gives every symbol a value")
    require(is_admissible(sample, claim, hypotheses), "the point does not satisfy the hypotheses")
    require(is_defined(claim, sample), "the claim is not known to be defined at the point")


def is_defined(claim: sp.Expr, sample: Sample) -> bool:
    """Say whether a ball shows the claim to be defined at a point."""
    for precision in (PRECISION, 4 * PRECISION):
        try:
            ball(claim, sample.values, sample.functions, precision=precision)
        except Undefined:
            continue
        return True
    return False


def _check_numerically(claim: sp.Expr, hypotheses: list[Any], sign: int) -> list[Sample]:
    """Compare the claim with its goal at points of its own choice; return them."""
    samples: list[Sample] = []
    for sample in draw_admissible(claim, hypotheses, count=POINTS, seed=SEED):
        samples.append(sample)
        try:
            value = ball(claim, sample.values, sample.functions, precision=PRECISION)
        except Undefined:
            continue
        require(_may_be(value, sign), "the claim fails at a point")
    return samples


def _may_be(value: acb, sign: int) -> bool:
    """Say whether a ball meets the numbers of the given signs."""
    return bool(
        (sign & ZERO and value.contains(0))
        or (sign & NONREAL and not value.is_zero())
        or (value.imag.contains(0) and sign & POSITIVE and not value.real <= 0)
        or (value.imag.contains(0) and sign & NEGATIVE and not value.real >= 0)
    )


def prove(goal: Goal, proof: Json, samples: list[Sample]) -> None:
    """Check that `proof` proves `goal`; `samples` are points of the goal at which nodes are compared."""
    require(isinstance(proof, dict) and isinstance(proof.get("rule"), str), "a proof names a rule")
    require(proof["rule"] in RULES, "a rule of proof")
    RULES[proof["rule"]](goal, proof, samples)


def _normal_form(goal: Goal, proof: Json, samples: list[Sample]) -> None:
    _, generators, facts, advice = fields(proof, "rule", "generators", "facts", "advice")
    require(isinstance(generators, list) and len(generators) <= MOST_GENERATORS, "generators are a list")
    require(isinstance(advice, list), "advice is a list")
    tower = Tower(max(1, len(generators)))
    for generator in generators:
        tower.add_generator(read_generator(tower, generator))
    answers = iter(advice)

    def look_up(_kind: str, _question: tuple[Any, ...]) -> Json:
        answer = next(answers, None)
        require(answer is not None, "advice is missing")
        return answer

    reader = Reader(tower, Signs(tower), look_up)
    require(isinstance(facts, list) and facts == sorted(set(facts)), "facts are listed once")
    for place in facts:
        fact = _fact(goal, place)
        reader.assume(fact.expression, RELATION_SIGNS[fact.relation])
    value = reader.value(goal.expression)
    require(next(answers, None) is None, "advice is left over")
    require(not reader.undischarged(), "a denominator may vanish")
    require(reader.settles(value, goal.sign), "the normal form is not 0, or the sign is not proved")
    check_binding(goal, reader, samples)


def _fact(goal: Goal, place: Json) -> Fact:
    require(type(place) is int and 0 <= place < len(goal.facts), "a fact is named by its place")
    return goal.facts[place]


def _symbol(text: Json) -> sp.Symbol:
    require(isinstance(text, str), "a symbol is text")
    symbol = read_exactly(text)
    require(isinstance(symbol, sp.Symbol), "a symbol")
    return symbol


def _shift(goal: Goal, proof: Json, samples: list[Sample]) -> None:
    _, place, symbol, style, name, then = fields(proof, "rule", "fact", "symbol", "style", "name", "then")
    require(isinstance(style, str) and isinstance(name, str), "a style and a name")
    fact, bounded = _fact(goal, place), _symbol(symbol)
    next_goal, new = shift(goal, fact, bounded, style, name)
    prove(next_goal, then, points.shifted(samples, fact, bounded, style, new))


def _solve(goal: Goal, proof: Json, samples: list[Sample]) -> None:
    _, place, node, then = fields(proof, "rule", "fact", "node", "then")
    require(isinstance(node, str), "a node is text")
    solved = read_exactly(node)
    prove(solve(goal, _fact(goal, place), solved), then, points.without(samples, solved))


def _split(goal: Goal, proof: Json, samples: list[Sample]) -> None:
    _, kind, text, real, cases = fields(proof, "rule", "kind", "expression", "real", "cases")
    require(isinstance(kind, str) and isinstance(text, str) and isinstance(cases, list), "a split")
    reality, goals = split(goal, kind, read_exactly(text))
    prove(reality, real, samples)
    for case, case_proof in zip(goals, cases, strict=True):
        prove(case, case_proof, points.satisfying(samples, case.facts[-1]))


def _parts(goal: Goal, proof: Json, samples: list[Sample]) -> None:
    _, symbol, names, then = fields(proof, "rule", "symbol", "names", "then")
    require(isinstance(names, list) and len(names) == 2 and all(isinstance(n, str) for n in names), "two names")
    prove(parts(goal, _symbol(symbol), (names[0], names[1])), then, points.in_parts(samples, _symbol(symbol), names))


def _along(goal: Goal, proof: Json, samples: list[Sample]) -> None:
    _, symbol, base, smooth, derivative, then = fields(proof, "rule", "symbol", "base", "smooth", "derivative", "then")
    require(isinstance(base, str) and isinstance(smooth, list), "a base point and proofs of smoothness")
    obligations, slope_goal, start = along(goal, _symbol(symbol), read_exactly(base))
    for obligation, obligation_proof in zip(obligations, smooth, strict=True):
        prove(obligation, obligation_proof, samples)
    prove(slope_goal, derivative, samples)
    prove(start, then, points.without(samples, _symbol(symbol)))


def _circle(goal: Goal, proof: Json, samples: list[Sample]) -> None:
    _, then = fields(proof, "rule", "then")
    prove(circle(goal), then, samples)


RULES: Final = {
    "normal-form": _normal_form,
    "shift": _shift,
    "solve": _solve,
    "split": _split,
    "parts": _parts,
    "along": _along,
    "circle": _circle,
}

__all__ = ["MALFORMED", "ReplayError", "UnprovedError", "prove", "read_goal", "replay_identity"]
